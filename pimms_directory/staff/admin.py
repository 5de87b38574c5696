from typing import Any

from axes.models import AccessAttempt
from axes.utils import reset
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from pimms_directory.staff import roles, second_factor, sessions
from pimms_directory.staff.models import EVERYWHERE, LoginEvent

# Their own pages show the secrets of everybody's second factor.
admin.site.unregister([Group, User, StaticDevice, TOTPDevice])


class PermissionsField(forms.ModelMultipleChoiceField):
    """What a role may do, in the words of the admin: Django keeps the names of permissions in English."""

    VERBS = {"add": _("ajouter"), "change": _("modifier"), "delete": _("supprimer"), "view": _("consulter")}

    def label_from_instance(self, permission: Any) -> str:
        verb, _separator, _model = permission.codename.partition("_")
        return f"{permission.content_type.name} : {self.VERBS.get(verb, permission.name)}"


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """The groups of ``staff/roles.py`` are shown; others are the administrators' own."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        if db_field.name != "permissions":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        order = ("content_type__app_label", "content_type__model", "codename")
        return PermissionsField(
            Permission.objects.filter(roles.grantable()).select_related("content_type").order_by(*order),
            label=_("Droits"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.name not in roles.NAMES)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in roles.NAMES)


def locks() -> QuerySet[AccessAttempt]:
    """Of the account of an outer query: where it is locked now."""
    recent = Q(attempt_time__gte=timezone.now() - settings.AXES_COOLOFF_TIME)
    somewhere = ~Q(ip_address=EVERYWHERE) & recent & Q(failures_since_start__gte=settings.AXES_FAILURE_LIMIT)
    everywhere = Q(ip_address=EVERYWHERE, failures_since_start__gte=settings.LOGIN_ACCOUNT_LIMIT)
    return AccessAttempt.objects.filter(somewhere | everywhere, username=OuterRef("username"))


class AccountForm(UserChangeForm):
    """Somebody must be left who manages the accounts: the last one cannot lock everybody out."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if self.instance.pk and manages_accounts().filter(pk=self.instance.pk).exists():
            others = manages_accounts().exclude(pk=self.instance.pk)
            if not self.will_manage_accounts(cleaned) and not others.exists():
                raise forms.ValidationError(
                    _("Ce compte est le dernier à gérer les comptes : donnez d’abord ce rôle à un autre.")
                )
        return cleaned

    def will_manage_accounts(self, cleaned: dict[str, Any]) -> bool:
        def keeps(name: str) -> bool:
            return cleaned.get(name, getattr(self.instance, name))

        groups = cleaned.get("groups", Group.objects.none())
        may = keeps("is_superuser") or groups.filter(permissions__codename="change_user").exists()
        return may and keeps("is_active") and keeps("is_staff")


def manages_accounts() -> QuerySet[User]:
    may = Q(is_superuser=True) | Q(groups__permissions__codename="change_user")
    return User.objects.filter(may, is_active=True, is_staff=True).distinct()


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts of staff. Who is no superuser neither makes one nor touches one."""

    form = AccountForm
    add_form = UserCreationForm
    add_form_template = None
    list_display = ("username", "roles", "is_active", "has_second_factor", "is_locked", "last_login")
    list_filter = ("is_active", "groups")
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    actions = ("unlock", "end_sessions", "remove_second_factor")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personne"), {"fields": ("first_name", "last_name", "email")}),
        (_("Droits"), {"fields": ("is_active", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "groups", "password1", "password2")}),)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj and request.user.is_superuser:
            return (*fieldsets, (_("Compte technique"), {"fields": ("is_staff", "is_superuser")}))
        return fieldsets

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            text = _("Chaque rôle donne accès à une partie de l’annuaire ; sans rôle, le compte ne voit rien.")
            kwargs |= {"widget": forms.CheckboxSelectMultiple, "help_text": text}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        accounts = super().get_queryset(request).prefetch_related("groups")
        return accounts.annotate(second_factor=Exists(devices), locked=Exists(locks()))

    # A session that somebody else uses must not become an account of theirs.
    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        first = sessions.confirm_first(request) if request.method == "POST" else None
        return first or super().changelist_view(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return sessions.confirm_first(request) or super().changeform_view(request, *args, **kwargs)

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return sessions.confirm_first(request) or super().user_change_password(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.is_staff = True  # the site knows no other accounts
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self.may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self.may_touch(request, obj) and obj != request.user

    @staticmethod
    def may_touch(request: HttpRequest, account: User | None) -> bool:
        return account is None or not account.is_superuser or request.user.is_superuser

    @admin.display(description=_("rôles"))
    def roles(self, account: User) -> str:
        return ", ".join(group.name for group in account.groups.all())

    @admin.display(description=_("2e facteur"), boolean=True)
    def has_second_factor(self, account: Any) -> bool:
        return account.second_factor

    @admin.display(description=_("verrouillé"), boolean=True)
    def is_locked(self, account: Any) -> bool:
        return account.locked

    @admin.action(description=_("Déverrouiller la connexion"), permissions=["change"])
    def unlock(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        for account in accounts:
            reset(username=account.username)
            LoginEvent.objects.record(LoginEvent.Kind.UNLOCK, request, account.username)
        count = len(accounts)
        text = ngettext("%(count)d compte déverrouillé.", "%(count)d comptes déverrouillés.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Fermer les sessions"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        touched = [account for account in accounts if self.may_touch(request, account)]
        for account in touched:
            sessions.end(request, account, sessions.of(account))
        self.message_user(request, _("Les sessions sont fermées."), messages.SUCCESS if touched else messages.WARNING)

    @admin.action(description=_("Retirer la double authentification (téléphone perdu)"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        touched = [account for account in accounts if self.may_touch(request, account)]
        for account in touched:
            second_factor.remove(account, request)
            self.log_change(request, account, str(_("Double authentification retirée.")))
        count = len(touched)
        text = ngettext(
            "Double authentification retirée de %(count)d compte.",
            "Double authentification retirée de %(count)d comptes.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS if touched else messages.WARNING)


@admin.register(LoginEvent)
class LoginEventAdmin(admin.ModelAdmin):
    """To read: nobody edits a log, not even a superuser."""

    list_display = ("at", "kind", "account", "address")
    list_filter = ("kind", "at")
    search_fields = ("username",)
    date_hierarchy = "at"

    @admin.display(description=_("compte"), ordering="username")
    def account(self, event: LoginEvent) -> str:
        return event.username or str(_("compte inconnu"))

    def has_add_permission(self, request: HttpRequest, obj: LoginEvent | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission
