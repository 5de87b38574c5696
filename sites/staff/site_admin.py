"""The page on which staff edit a site: its form, its week, its former names, what the releases print of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _

from pimms_directory.base import phones
from pimms_directory.editing.edited_admin import OWN_FIELDS, TableInline
from sites.maps.position_check import position_check
from sites.models import Listing, Notice, OpeningPeriod, Site, SiteAlias, replace_hours
from sites.models.site_queries import has_words
from sites.pages.site_detail import SiteDetail
from sites.staff.confirming import ConfirmingAdmin
from sites.staff.due import DueFilter
from sites.staff.free_slugs import free_site_slug
from sites.staff.week_field import WeekField, WeekWidget


class SiteForm(forms.ModelForm):
    """A new name brings a new address, unless the editor writes another one or keeps the one there is."""

    opening_periods = WeekField(
        label=_("Horaires"),
        required=False,
        help_text=_("Collez un texte, ou écrivez les heures comme 9h, 9h30 ou 09:30 ; un jour vide est un jour fermé."),
    )
    keep_slug = forms.BooleanField(
        label=_("Garder l’adresse actuelle"),
        required=False,
        help_text=_("À cocher pour changer de nom sans changer d’adresse."),
    )

    class Meta:
        model = Site
        fields = ("name", "slug")  # the admin adds its own
        labels = {"slug": _("Adresse de la page")}
        help_texts = {
            "slug": _(
                "Si le nom change, l’adresse suit d’elle-même ; l’ancien nom reste trouvable et l’ancienne adresse "
                "redirige."
            ),
            "label_ended_on": _("Vide tant que le PIMMS porte le label."),
            "closed_on": _("Vide tant que le PIMMS est ouvert."),
            "department": _("Vide : celui de la commune."),
            "latitude": _("En degrés, de 41 à 51 en métropole."),
            "longitude": _("En degrés, de -5 à 10 en métropole."),
            "contact_source": _("Publique : « appel au PIMMS », « site web du PIMMS ». Aucun nom de personne."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "department" in self.fields:  # not for who may only look
            self.fields["department"].required = False
        if self.instance.pk:
            periods = self.instance.opening_periods.order_by("weekday", "opens")
            self.initial.setdefault("opening_periods", list(periods.values_list("weekday", "opens", "closes")))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and not cleaned.get("department") and not cleaned.get("commune"):
            self.add_error("department", _("Indiquez la commune ; pour un bus ou un multisite, le département."))
        renamed = self.instance.pk and "name" in self.changed_data and "slug" not in self.changed_data
        if cleaned and renamed and cleaned.get("name") and not cleaned.get("keep_slug"):
            cleaned["slug"] = free_site_slug(cleaned["name"], self.instance)
        return cleaned


class NoticeInline(admin.StackedInline):
    """One below the other: a table of eight columns would be too wide."""

    model = Notice
    formfield_overrides = OWN_FIELDS
    fields = (("kind", "begins_on", "ends_on"), ("begins_at", "ends_at", "shown_from"), ("hours", "text"))
    ordering = ("begins_on", "kind")
    extra = 1


class SiteAliasInline(TableInline):
    model = SiteAlias
    classes = ("collapse",)
    prepopulated_fields = {"slug": ("name",)}
    help_text = _("Restent trouvables ; leurs adresses redirigent vers la page actuelle.")


class ListingInline(TableInline):
    """What the releases print of a site, to compare; lines are edited on their own page."""

    model = Listing
    fields = readonly_fields = ("release", "row", "printed", "remark")
    show_change_link = True
    can_delete = False
    classes = ("collapse",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        return super().get_queryset(request).select_related("release")

    def has_add_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        return False

    @admin.display(description=_("tel qu’imprimé"))
    def printed(self, listing: Listing) -> str:
        return listing.printed


CONTACT = (
    ("phone", "email"),
    ("website", "appointment"),
    "access_note",
    ("contact_source", "contact_checked_on", "contact_checked_by"),
)
LABEL = (("label_ended_on", "closed_on"), ("official_name", "official_id"), "data_note")
POINT = ("latitude", "longitude")
# What changes most often comes first, the rest is folded; ``often``: above the notices, with a button to save.
OFTEN = (
    (_("Contact"), {"fields": CONTACT, "classes": ("often",)}),
    (_("Horaires"), {"fields": ("opening_periods",), "classes": ("often",)}),
    (_("Lieu fixe"), {"fields": (("address", "postcode"), ("address_complement", "commune"), "department")}),
)
MOBILE = (_("Bus ou multisite"), {"fields": ("base", "area_served"), "classes": ("collapse",)})
CHANGING = (
    *OFTEN,
    (_("Nom et type"), {"fields": (("name", "kind"), ("slug", "keep_slug"), "association")}),
    (_("Position"), {"fields": (POINT, "on_the_map"), "classes": ("collapse",)}),
    MOBILE,
    (_("Label et remarques"), {"fields": ("wave", *LABEL), "classes": ("collapse",)}),
)
# It has no address to keep and no place on the map yet; its name comes first.
ADDING = (
    (_("Nom et type"), {"fields": (("name", "kind"), "slug", ("association", "wave")), "classes": ("often",)}),
    *OFTEN,
    (_("Position"), {"fields": (POINT,), "classes": ("collapse",)}),
    MOBILE,
    (_("Label et remarques"), {"fields": LABEL, "classes": ("collapse",)}),
)


class SiteAdmin(ConfirmingAdmin):
    form = SiteForm
    preview_view = SiteDetail
    list_display = ("name", "place", "phone", "checked_on", "publication_state", "quality")
    list_filter = (
        "publication",
        DueFilter,
        "kind",
        "wave",
        "contact_checked_on",
        ("department__region", admin.RelatedOnlyFieldListFilter),
        ("association", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("name",)
    search_help_text = _("Nom, ancien nom, commune, code postal, adresse, département, téléphone, n° officiel.")
    autocomplete_fields = ("association", "wave", "department", "commune")
    readonly_fields = ("contact_checked_by", "on_the_map")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (NoticeInline, SiteAliasInline, ListingInline)
    change_form_template = "admin/directory/site/change_form.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Site], search_term: str
    ) -> tuple[QuerySet[Site], bool]:
        """As on the public list: accents, case, hyphens and former names do not matter. Also by telephone, in any
        spelling, and by official id."""
        if not search_term.strip():
            return queryset, False  # no words are in every record, but no record has an empty id
        found = has_words(search_term) | Q(official_id=search_term.strip())
        if number := phones.national(search_term):
            found |= Q(phone=number)
        return queryset.filter(found), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        """With what the checks of its page read."""
        return super().get_queryset(request).select_related("commune__department", "department", "wave__release")

    def get_fieldsets(self, request: HttpRequest, obj: Site | None = None) -> Any:
        return CHANGING if obj else ADDING

    def get_readonly_fields(self, request: HttpRequest, obj: Site | None = None) -> Any:
        """Hours are rows of their own, with rights of their own."""
        opts = OpeningPeriod._meta
        rights = [f"{opts.app_label}.{get_permission_codename(verb, opts)}" for verb in ("add", "change", "delete")]
        readonly = super().get_readonly_fields(request, obj)
        return readonly if request.user.has_perms(rights) else (*readonly, "opening_periods")

    def own_urls(self) -> list[URLPattern]:
        return [self.route("semaine/", self.check_week, "week"), *super().own_urls()]

    def check_week(self, request: HttpRequest) -> HttpResponse:
        """The fields of a week that is being typed, with what is understood of it; nothing is saved."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        widget, name = WeekWidget(), "opening_periods"
        return HttpResponse(widget.render(name, widget.value_from_datadict(request.POST, {}, name)))

    @admin.display(description=_("horaires"))
    def opening_periods(self, site: Site) -> str:
        """For who may read them only."""
        return "\n".join(str(period) for period in site.opening_periods.all())

    @admin.display(description=_("lieu"), ordering="department__slug")
    def place(self, site: Site) -> str:
        where = str(site.commune or site.department)
        return where if site.is_fixed else f"{where}, {site.get_kind_display()}"

    @admin.display(description=_("à jour au"), ordering=F("contact_checked_on").asc(nulls_first=True))
    def checked_on(self, site: Site) -> date | None:
        """Sorted with those that nobody ever checked first, on both databases."""
        return site.contact_checked_on

    @admin.display(description=_("qualité"))
    def quality(self, site: Site) -> str:
        """Its score of today, and what keeps it from a hundred."""
        found = site.quality
        return " ".join([f"{100 * found.score:.0f} %", *(each.reason for each in found.reasons)])

    @admin.display(description=_("sur la carte"))
    def on_the_map(self, site: Site) -> str:
        context = {"site": site, "spot": position_check(site)}
        return render_to_string("admin/directory/site/on_the_map.html", context)

    def addresses(self, record: Site) -> list[str]:
        former = record.aliases.values_list("slug", flat=True)
        return [*super().addresses(record), *(reverse("site", args=[slug]) for slug in former)]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if "opening_periods" in form.changed_data:
            replace_hours(form.instance, form.cleaned_data["opening_periods"])
        super().save_related(request, form, formsets, change)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Site | None = None) -> dict:
        return {} if obj else super().get_prepopulated_fields(request, obj)
