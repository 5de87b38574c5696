"""The page on which staff edit a site: its form, its week, its former names, what the releases print of it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from itertools import pairwise
from operator import attrgetter
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pimms_directory.base import phones
from pimms_directory.editing.edited_admin import NATIVE_FIELDS, TableInline
from sites.maps.position_check import position_check
from sites.models import Listing, Notice, OpeningPeriod, Site, SiteAlias
from sites.models.site_queries import has_words
from sites.pages.site_detail import SiteDetail
from sites.staff.confirming import ConfirmingAdmin
from sites.staff.due import DueFilter
from sites.staff.free_slugs import free_site_slug

EMPTY_WEEK = [{"weekday": weekday} for weekday in range(1, 6) for _half in range(2)]


class SiteForm(forms.ModelForm):
    """A new name brings a new address, unless the editor writes another one or keeps the one there is."""

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

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and not cleaned.get("department") and not cleaned.get("commune"):
            self.add_error("department", _("Indiquez la commune ; pour un bus ou un multisite, le département."))
        renamed = self.instance.pk and "name" in self.changed_data and "slug" not in self.changed_data
        if cleaned and renamed and cleaned.get("name") and not cleaned.get("keep_slug"):
            cleaned["slug"] = free_site_slug(cleaned["name"], self.instance)
        return cleaned


class OpeningPeriodForm(forms.ModelForm):
    class Meta:
        model = OpeningPeriod
        fields = ("weekday", "opens", "closes")

    def has_changed(self) -> bool:
        """A new row of which only the day is there says nothing."""
        hours = self.data.get(self.add_prefix("opens")) or self.data.get(self.add_prefix("closes"))
        return bool(self.instance.pk or hours) and super().has_changed()


class OpeningPeriodFormSet(forms.BaseInlineFormSet):
    """The week of one site, checked and saved as a whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Where there is no period yet, the rows have the days of a week with a pause at noon."""
        super().__init__(*args, **kwargs)
        if not self.initial_form_count():
            self.extra, self.initial_extra = len(EMPTY_WEEK), EMPTY_WEEK

    def clean(self) -> None:
        super().clean()
        periods = [
            form.instance
            for form in self.forms
            if form.is_valid() and form.instance.opens and form not in self.deleted_forms
        ]
        periods.sort(key=attrgetter("weekday", "opens"))
        for earlier, later in pairwise(periods):
            if earlier.weekday == later.weekday and later.opens < earlier.closes:
                text = _t("Deux périodes se chevauchent : %(earlier)s et %(later)s.")
                raise ValidationError(text % {"earlier": earlier, "later": later})

    def save(self, commit: bool = True) -> Any:
        """Changed rows leave first: on their way to a valid week, two of them may overlap."""
        if commit:
            changed = [form.instance.pk for form in self.initial_forms if form.has_changed()]
            OpeningPeriod.objects.filter(pk__in=changed).delete()
        return super().save(commit)


class OpeningPeriodInline(TableInline):
    model = OpeningPeriod
    form = OpeningPeriodForm
    formset = OpeningPeriodFormSet
    ordering = ("weekday", "opens")
    help_text = _("Une ligne par période, deux pour un jour avec une pause. Une ligne sans heures ne compte pas.")
    extra = 2


class NoticeInline(admin.StackedInline):
    """One below the other: a table of eight columns would be too wide."""

    model = Notice
    formfield_overrides = NATIVE_FIELDS
    fields = ("kind", ("begins_on", "ends_on"), ("begins_at", "ends_at"), "hours", "text", "shown_from")
    ordering = ("begins_on", "kind")
    extra = 1


class SiteAliasInline(TableInline):
    model = SiteAlias
    prepopulated_fields = {"slug": ("name",)}
    help_text = _("Restent trouvables ; leurs adresses redirigent vers la page actuelle.")


class ListingInline(TableInline):
    """What the releases print of a site, to compare; lines are edited on their own page."""

    model = Listing
    fields = readonly_fields = ("release", "row", "printed", "remark")
    show_change_link = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        return super().get_queryset(request).select_related("release")

    def has_add_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        return False

    @admin.display(description=_("tel qu’imprimé"))
    def printed(self, listing: Listing) -> str:
        return listing.printed


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
    inlines = (OpeningPeriodInline, NoticeInline, SiteAliasInline, ListingInline)
    # In the order of what changes most often.
    fieldsets = (
        (None, {"fields": ("name", "slug", "keep_slug", "association", "kind")}),
        (_("Contact"), {"fields": ("phone", "email", "website", "appointment", "access_note")}),
        (_("Vérification"), {"fields": ("contact_checked_on", "contact_source", "contact_checked_by", "data_note")}),
        (_("Lieu fixe"), {"fields": ("department", "commune", "address", "address_complement", "postcode")}),
        (_("Position"), {"fields": (("latitude", "longitude"), "on_the_map")}),
        (_("Bus ou multisite"), {"fields": ("base", "area_served")}),
        (_("Label"), {"fields": ("wave", "label_ended_on", "closed_on", "official_name", "official_id")}),
    )

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
        """A site that is being added has no address to keep and no place on the map yet."""
        fieldsets = deepcopy(super().get_fieldsets(request, obj))
        if obj is None:
            for _title, options in fieldsets:
                options["fields"] = [name for name in options["fields"] if name not in ("keep_slug", "on_the_map")]
        return fieldsets

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

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        if "contact_checked_on" in form.changed_data:
            obj.contact_checked_by = request.user if obj.contact_checked_on else None  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def addresses(self, record: Site) -> list[str]:
        former = record.aliases.values_list("slug", flat=True)
        return [*super().addresses(record), *(reverse("site", args=[slug]) for slug in former)]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Site | None = None) -> dict:
        return {} if obj else super().get_prepopulated_fields(request, obj)
