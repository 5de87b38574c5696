"""The pages of the admin, also of waves and releases: these show sites, so ``labels`` cannot know them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from labels.models import Fact, KeyFigure, PressRelease, Wave
from pimms_directory.base.folding import fold
from pimms_directory.editing.edited_admin import EditedAdmin, TableInline
from pimms_directory.editing.publishing.published_admin import PublishedAdmin
from pimms_directory.editing.tables.resources import OTHER_TABLES
from sites.models import (
    Association,
    Commune,
    CommuneAlias,
    Department,
    Listing,
    Notice,
    OfficialList,
    OpeningPeriod,
    Postcode,
    Region,
    Site,
    SiteAlias,
)
from sites.pages.label_pages import ReleaseDetail, WaveDetail
from sites.staff.official_list.admin_views import OfficialListAdmin
from sites.staff.release_lines.admin_views import ReleaseLinesPages
from sites.staff.site_admin import SiteAdmin
from sites.staff.stacked_inline import StackedInline
from sites.staff.week_table import WeekResource

admin.site.register(OfficialList, OfficialListAdmin)
admin.site.register(Site, SiteAdmin)
OTHER_TABLES[OpeningPeriod] = WeekResource


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
    list_display = ("name", "kind", "commune")
    list_select_related = ("commune__department",)
    list_filter = ("kind",)
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


@admin.register(Notice)
class NoticeAdmin(SearchBySite):
    list_display = ("site", "kind", "begins_on", "ends_on", "text")
    list_select_related = ("site",)
    list_filter = ("kind",)
    date_hierarchy = "begins_on"
    autocomplete_fields = ("site",)


@admin.register(SiteAlias)
class SiteAliasAdmin(SearchBySite):
    list_display = ("name", "slug", "site")
    list_select_related = ("site",)
    autocomplete_fields = ("site",)


@admin.register(Listing)
class ListingAdmin(ReleaseLinesPages, SearchBySite):
    list_display = ("release", "row", "department_printed", "name_printed", "marked_new", "site")
    list_display_links = ("row",)
    list_select_related = ("release", "site")
    list_filter = ("release", "marked_new")
    autocomplete_fields = ("release", "site")


class KeyFigureInline(StackedInline):
    model = KeyFigure
    new_title, add_text = _("Nouveau chiffre clé"), _("Ajouter un chiffre clé")
    fields = (
        ("position", "value", "qualifier", "unit", "concerns_wave"),
        "caption",
        ("quotation", "place"),
        "note",
    )


class FactInline(StackedInline):
    model = Fact
    new_title, add_text = _("Nouveau fait"), _("Ajouter un fait")
    fields = ("position", "statement", ("quotation", "place"), "note")


@admin.register(PressRelease)
class PressReleaseAdmin(PublishedAdmin):
    guide_part = "4-saisir-un-communiqué"
    change_form_template = "admin/labels/pressrelease/change_form.html"
    list_display = ("title", "published_on", "issuer", "publication_state")
    list_filter = ("publication",)
    preview_view = ReleaseDetail
    search_fields = ("title", "slug")
    date_hierarchy = "published_on"
    inlines = (KeyFigureInline, FactInline)


@admin.register(Wave)
class WaveAdmin(PublishedAdmin):
    guide_part = "2-préparer-et-publier"
    list_display = ("name", "code", "publication_state", "effective_on", "announced_on", "release", "national_total")
    list_filter = ("publication",)
    list_select_related = ("release",)
    search_fields = ("name", "code")
    autocomplete_fields = ("release",)
    preview_view = WaveDetail
    preview_argument = "code"
    published_with = "sites"


@admin.register(KeyFigure)
class KeyFigureAdmin(EditedAdmin):
    list_display = ("release", "position", "qualifier", "value", "unit", "caption", "concerns_wave")
    list_display_links = ("caption",)
    list_select_related = ("release",)
    list_filter = ("release",)
    search_fields = ("caption", "note", "quotation")
    autocomplete_fields = ("release",)


@admin.register(Fact)
class FactAdmin(EditedAdmin):
    list_display = ("release", "position", "statement", "place")
    list_display_links = ("statement",)
    list_select_related = ("release",)
    list_filter = ("release",)
    search_fields = ("statement", "note", "quotation")
    autocomplete_fields = ("release",)
