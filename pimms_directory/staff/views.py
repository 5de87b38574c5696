from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import RedirectURLMixin, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView
from django_otp import user_has_device
from django_otp.plugins.otp_static.models import StaticToken

from pimms_directory.staff import second_factor, sessions
from pimms_directory.staff.guide import guide


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """The same words whether the account exists or not."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    asked_for_mail = request.path == reverse("admin:password_forgotten")
    said = {"title": _("Trop d’essais"), "minutes": minutes, "asked_for_mail": asked_for_mail}
    context = {**admin.site.each_context(request), **said}
    page = render(request, "admin/locked_out.html", context, status=429)
    page.headers["Retry-After"] = str(minutes * 60)
    return page


class Guide(TemplateView):
    template_name = "admin/guide.html"
    admin_site: admin.AdminSite = admin.site

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = self.admin_site.each_context(self.request)
        return super().get_context_data(**context, title=_("Guide de la rédaction"), guide=guide(), **kwargs)


def code_field(help_text: Any, **attributes: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", **attributes})
    return forms.CharField(label=_("Code"), max_length=20, help_text=help_text, widget=widget)


class CodeForm(forms.Form):
    code = code_field(
        _("Les six chiffres de votre application, ou un de vos codes de secours."),
        autocapitalize="none",
        autofocus=True,
    )


class NewCodeForm(forms.Form):
    code = code_field(_("Les six chiffres que l’application affiche maintenant."), inputmode="numeric")


class ConfirmForm(forms.Form):
    password = forms.CharField(
        label=_("Mot de passe"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = code_field(_("Les six chiffres de votre application, ou un de vos codes de secours."), autocapitalize="none")

    def __init__(self, *args: Any, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_code:
            del self.fields["code"]


class StaffFormView(RedirectURLMixin, FormView):
    """A page of the admin for who has given a password; subclasses say who else is sent away, and where to."""

    next_page = "admin:index"
    admin_site: admin.AdminSite = admin.site
    title: Any = ""

    def elsewhere(self) -> str:
        return ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (request.user.is_active and request.user.is_staff):
            return redirect_to_login(self.get_success_url(), reverse("admin:login"))
        if address := self.elsewhere():
            return redirect(address)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **self.admin_site.each_context(self.request), title=self.title, next=self.get_success_url(), **kwargs
        )

    def refuse(self, form: forms.Form) -> HttpResponse:
        text = _(
            "Ce code n’est pas valable. Attendez quelques secondes, puis entrez celui que l’application affiche alors."
        )
        form.add_error("code", text)
        return self.form_invalid(form)

    def show_codes(self, codes: list[str]) -> HttpResponse:
        """Once: they are not shown again."""
        context = {
            **self.admin_site.each_context(self.request),
            "title": _("Vos codes de secours"),
            "codes": codes,
            "next": self.get_success_url(),
        }
        return render(self.request, "admin/recovery_codes.html", context)


class EnterCode(StaffFormView):
    form_class = CodeForm
    template_name = "admin/enter_code.html"
    title = _("Deuxième étape de la connexion")

    def elsewhere(self) -> str:
        if self.admin_site.has_permission(self.request):
            return self.get_success_url()
        return "" if user_has_device(self.request.user) else reverse("admin:set_up_second_factor")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        if not second_factor.accept(self.request, form.cleaned_data["code"]):
            return self.refuse(form)
        second_factor.let_in(self.request)
        return super().form_valid(form)


class SetUp(StaffFormView):
    form_class = NewCodeForm
    template_name = "admin/set_up_second_factor.html"
    title = _("Activer la double authentification")

    def elsewhere(self) -> str:
        if user_has_device(self.request.user):
            return reverse("admin:second_factor")
        return sessions.confirming(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        device = second_factor.candidate(self.request)
        return super().get_context_data(
            qr_code=second_factor.qr_code(device),
            key=second_factor.readable_key(device),
            demanded=settings.ADMIN_REQUIRE_TOTP,
            **kwargs,
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        codes = second_factor.set_up(self.request, form.cleaned_data["code"])
        return self.show_codes(codes) if codes else self.refuse(form)


class SecondFactor(StaffFormView):
    """What is set up; new recovery codes, or none of it any more, for who enters a code once again."""

    form_class = CodeForm
    template_name = "admin/second_factor.html"
    title = _("Double authentification")

    def elsewhere(self) -> str:
        return "" if self.admin_site.has_permission(self.request) else reverse("admin:login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            is_set_up=user_has_device(self.request.user),
            codes_left=StaticToken.objects.filter(device__user=self.request.user).count(),
            demanded=settings.ADMIN_REQUIRE_TOTP,
            **kwargs,
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        if not second_factor.accept(self.request, form.cleaned_data["code"]):
            return self.refuse(form)
        if "remove" not in self.request.POST:
            return self.show_codes(second_factor.new_recovery_codes(self.request.user))
        second_factor.remove(self.request.user, self.request)
        messages.success(self.request, _("La double authentification est retirée de votre compte."))
        return redirect("admin:second_factor")


class Confirm(StaffFormView):
    """Who is logged in says so again, with all that a login asks for, before what would hand the account to another."""

    form_class = ConfirmForm
    template_name = "admin/confirm.html"
    title = _("Confirmez que c’est vous")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "with_code": user_has_device(self.request.user)}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        code = form.cleaned_data.get("code")
        if not sessions.is_password(self.request, form.cleaned_data["password"]):
            form.add_error("password", _("Ce n’est pas le mot de passe de ce compte."))
            return self.form_invalid(form)
        if code is not None and not second_factor.accept(self.request, code):
            return self.refuse(form)
        sessions.note_who_it_is(self.request)
        return super().form_valid(form)


class Sessions(StaffFormView):
    """Where this account is logged in, to end what is not wanted any more."""

    template_name = "admin/sessions.html"
    title = _("Vos sessions")

    def elsewhere(self) -> str:
        if not self.admin_site.has_permission(self.request):
            return reverse("admin:login")
        return sessions.confirming(self.request)

    def get_form(self, form_class: Any = None) -> forms.Form:
        return sessions.ChoiceForm(self.request, **self.get_form_kwargs())

    def form_valid(self, form: Any) -> HttpResponse:
        sessions.end(self.request, self.request.user, form.chosen())
        messages.success(self.request, _("Les sessions choisies sont fermées."))
        return redirect("admin:sessions")
