from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pimms_directory.base.folding import fold
from pimms_directory.editing.admin import EditedAdmin, PublishedAdmin, TableInline
from sites.maps.position_check import position_check
from sites.models import (
    Association,
    Commune,
    CommuneAlias,
    Department,
    Listing,
    OfficialList,
    OpeningPeriod,
    Postcode,
    Region,
    Site,
    SiteAlias,
)
from sites.pages.site_detail import SiteDetail
from sites.staff import label_admin  # noqa: F401  (registers waves and releases)
from sites.staff.forms import ConfirmForm, OpeningPeriodForm, OpeningPeriodFormSet, SiteForm
from sites.staff.official_list.admin_views import OfficialListAdmin
from sites.staff.release_lines.admin_views import ReleaseLinesAdmin

admin.site.register(OfficialList, OfficialListAdmin)


class FoldedSearch(EditedAdmin):
    """Searches folded columns (slugs, search texts) with a folded term: accents and case do not matter."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, fold(search_term))


class SearchBySite(EditedAdmin):
    """Searches what belongs to sites by these, as the public list finds them: by an index."""

    search_fields = ("site__name",)  # shows the field

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found = Site.objects.search(search_term)
        return (queryset.filter(site__in=found) if fold(search_term) else queryset), False


EMPTY_WEEK = [{"weekday": weekday} for weekday in range(1, 6) for _half in range(2)]


class OpeningPeriodInline(TableInline):
    model = OpeningPeriod
    form = OpeningPeriodForm
    formset = OpeningPeriodFormSet
    ordering = ("weekday", "opens")
    help_text = _("Une ligne par période, deux pour un jour avec une pause. Une ligne sans heures ne compte pas.")

    def get_extra(self, request: HttpRequest, obj: Site | None = None, **kwargs: Any) -> int:
        """A week with a pause at noon where there is no period yet, else two rows for what is missing."""
        return 2 if obj and obj.opening_periods.exists() else len(EMPTY_WEEK)


class SiteAliasInline(TableInline):
    model = SiteAlias
    prepopulated_fields = {"slug": ("name",)}
    help_text = _("Restent trouvables ; leurs adresses redirigent vers la page actuelle.")


class ListingInline(TableInline):
    """What the releases print of a site, to compare; lines are edited on their own page."""

    model = Listing
    fields = readonly_fields = ("release", "row", "printed", "remark")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        return super().get_queryset(request).select_related("release")

    def has_add_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        return False

    @admin.display(description=_("tel qu’imprimé"))
    def printed(self, listing: Listing) -> str:
        return listing.printed


@admin.register(Site)
class SiteAdmin(PublishedAdmin):
    form = SiteForm
    preview_view = SiteDetail
    actions = (*PublishedAdmin.actions, "confirm_selected")
    list_display = ("name", "place", "phone", "checked_on", "publication_state")
    list_filter = (
        "publication",
        "kind",
        "wave",
        "contact_checked_on",
        ("department__region", admin.RelatedOnlyFieldListFilter),
        ("association", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("name",)
    search_help_text = _("Nom, ancien nom, commune, code postal, adresse, département.")
    autocomplete_fields = ("association", "wave", "department", "commune")
    readonly_fields = ("contact_checked_by", "on_the_map")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (OpeningPeriodInline, SiteAliasInline, ListingInline)
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
        """As on the public list: accents, case, hyphens and former names do not matter."""
        return queryset & Site.objects.search(search_term), False

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

    def get_formset_kwargs(self, request: HttpRequest, obj: Site, inline: Any, prefix: str) -> dict[str, Any]:
        """The rows of a week that is still empty have their days."""
        given = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, OpeningPeriodInline) and not (obj.pk and obj.opening_periods.exists()):
            given["initial"] = EMPTY_WEEK
        return given

    @admin.display(description=_("lieu"), ordering="department__slug")
    def place(self, site: Site) -> str:
        where = str(site.commune or site.department)
        return where if site.is_fixed else f"{where}, {site.get_kind_display()}"

    @admin.display(description=_("coordonnées vérifiées le"), ordering=F("contact_checked_on").asc(nulls_first=True))
    def checked_on(self, site: Site) -> date | None:
        """Sorted with those that nobody ever checked first, on both databases."""
        return site.contact_checked_on

    @admin.display(description=_("sur la carte"))
    def on_the_map(self, site: Site) -> str:
        context = {"site": site, "spot": position_check(site)}
        return render_to_string("admin/directory/site/on_the_map.html", context)

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        if "contact_checked_on" in form.changed_data:
            obj.contact_checked_by = request.user if obj.contact_checked_on else None  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Confirmer : toujours exact…"), permissions=["change"])
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[Site]) -> HttpResponse:
        """Says when, by whom and from what source records were found to be right still."""
        confirmed = request.POST.get("_confirmed")
        form = ConfirmForm(request.POST if confirmed else None, initial={"day": timezone.localdate()})
        records = list(queryset.order_by("slug"))
        if confirmed and form.is_valid():

            def confirm(site: Site) -> None:
                site.contact_checked_on, site.contact_source = form.cleaned_data["day"], form.text
                site.contact_checked_by = request.user  # type: ignore[assignment]

            why = _t("Confirmé : toujours exact, d’après %(source)s.") % {"source": form.text}
            count = len(self.change_each(request, records, why, confirm))
            self.message_user(request, ngettext("%d fiche confirmée.", "%d fiches confirmées.", count) % count)
            return HttpResponseRedirect(self.page("changelist"))
        return self.answer(
            request,
            "admin/editing/confirm.html",
            _t("Confirmer que ces fiches sont toujours exactes ?"),
            records=records,
            form=form,
            action="confirm_selected",
            checkbox=ACTION_CHECKBOX_NAME,
            back=self.page("changelist"),
        )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Site | None = None) -> dict:
        return {} if obj else super().get_prepopulated_fields(request, obj)


@admin.register(Association)
class AssociationAdmin(FoldedSearch):
    list_display = ("name", "slug")
    search_fields = ("slug",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Region)
class RegionAdmin(FoldedSearch):
    list_display = ("name", "code")
    search_fields = ("slug", "code")


@admin.register(Department)
class DepartmentAdmin(FoldedSearch):
    list_display = ("name", "code", "region")
    list_select_related = ("region",)
    list_filter = ("region",)
    search_fields = ("slug", "code")
    autocomplete_fields = ("region", "neighbours")


class PostcodeInline(TableInline):
    model = Postcode


class CommuneAliasInline(TableInline):
    model = CommuneAlias


@admin.register(Commune)
class CommuneAdmin(FoldedSearch):
    list_display = ("name", "insee_code", "department", "collectivity", "population")
    list_filter = ("department__region", ("collectivity", admin.EmptyFieldListFilter))
    search_fields = ("search_name", "insee_code")
    autocomplete_fields = ("department", "parent")
    inlines = (PostcodeInline, CommuneAliasInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commune]:
        return super().get_queryset(request).select_related("department")


@admin.register(CommuneAlias)
class CommuneAliasAdmin(FoldedSearch):
    list_display = ("name", "commune")
    list_select_related = ("commune__department",)
    search_fields = ("search_name", "commune__search_name")
    autocomplete_fields = ("commune",)


@admin.register(Postcode)
class PostcodeAdmin(FoldedSearch):
    list_display = ("code", "commune")
    list_select_related = ("commune__department",)
    search_fields = ("code", "commune__search_name")
    autocomplete_fields = ("commune",)


@admin.register(OpeningPeriod)
class OpeningPeriodAdmin(SearchBySite):
    list_display = ("site", "weekday", "opens", "closes")
    list_select_related = ("site",)
    list_filter = ("weekday",)
    autocomplete_fields = ("site",)


@admin.register(SiteAlias)
class SiteAliasAdmin(SearchBySite):
    list_display = ("name", "slug", "site")
    list_select_related = ("site",)
    autocomplete_fields = ("site",)


@admin.register(Listing)
class ListingAdmin(ReleaseLinesAdmin, SearchBySite):
    list_display = ("release", "row", "department_printed", "name_printed", "marked_new", "site")
    list_display_links = ("row",)
    list_select_related = ("release", "site")
    list_filter = ("release", "marked_new")
    autocomplete_fields = ("release", "site")
