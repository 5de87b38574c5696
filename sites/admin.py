from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sites.folding import fold
from sites.forms import OpeningPeriodForm, OpeningPeriodFormSet
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
from sites.official_list.admin_views import OfficialListAdmin

admin.site.register(OfficialList, OfficialListAdmin)


class FoldedSearch(admin.ModelAdmin):
    """Searches folded columns (slugs, search texts) with a folded term: accents and case do not matter."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, fold(search_term))


class OpeningPeriodInline(admin.TabularInline):
    model = OpeningPeriod
    form = OpeningPeriodForm
    formset = OpeningPeriodFormSet
    ordering = ("weekday", "opens")
    extra = 2


class SiteAliasInline(admin.TabularInline):
    model = SiteAlias
    prepopulated_fields = {"slug": ("name",)}
    extra = 0


class ListingInline(admin.TabularInline):
    """What the releases print of a site, to compare; lines are edited on their own page."""

    model = Listing
    fields = readonly_fields = ("release", "row", "printed", "remark")
    show_change_link = True
    extra = 0

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
class SiteAdmin(admin.ModelAdmin):
    list_display = ("name", "commune", "department", "kind", "wave", "phone", "contact_checked_on")
    list_select_related = ("commune__department", "department", "wave")
    list_filter = ("kind", "wave", "department__region", "association", "contact_checked_on")
    search_fields = ("name",)
    search_help_text = _("Nom, ancien nom, commune, code postal, adresse, département.")
    autocomplete_fields = ("association", "department", "commune")
    prepopulated_fields = {"slug": ("name",)}
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = (OpeningPeriodInline, SiteAliasInline, ListingInline)
    fieldsets = (
        (None, {"fields": ("name", "slug", "association", "kind")}),
        (_("Label"), {"fields": ("wave", "label_ended_on", "closed_on", "official_name", "official_id")}),
        (
            _("Lieu"),
            {
                "fields": (
                    "department",
                    "commune",
                    "address",
                    "address_complement",
                    "postcode",
                    ("latitude", "longitude"),
                    "base",
                    "area_served",
                )
            },
        ),
        (_("Contact"), {"fields": ("phone", "email", "website", "appointment", "access_note")}),
        (_("Sources"), {"fields": ("contact_checked_on", "contact_source", "data_note")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Site], search_term: str
    ) -> tuple[QuerySet[Site], bool]:
        """As on the public list: accents, case, hyphens and former names do not matter."""
        return queryset & Site.objects.search(search_term), False

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


class PostcodeInline(admin.TabularInline):
    model = Postcode
    extra = 0


class CommuneAliasInline(admin.TabularInline):
    model = CommuneAlias
    extra = 0


@admin.register(Commune)
class CommuneAdmin(FoldedSearch):
    list_display = ("name", "insee_code", "department", "collectivity", "population")
    list_select_related = ("department",)
    list_filter = ("department__region", "collectivity")
    search_fields = ("search_name", "insee_code")
    autocomplete_fields = ("department", "parent")
    inlines = (PostcodeInline, CommuneAliasInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commune]:
        return super().get_queryset(request).select_related("department")


@admin.register(CommuneAlias)
class CommuneAliasAdmin(admin.ModelAdmin):
    list_display = ("name", "commune")
    list_select_related = ("commune__department",)
    search_fields = ("search_name", "commune__search_name")
    autocomplete_fields = ("commune",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CommuneAlias], search_term: str
    ) -> tuple[QuerySet[CommuneAlias], bool]:
        return super().get_search_results(request, queryset, fold(search_term))


@admin.register(Postcode)
class PostcodeAdmin(FoldedSearch):
    list_display = ("code", "commune")
    list_select_related = ("commune__department",)
    search_fields = ("code", "commune__search_name")
    autocomplete_fields = ("commune",)


@admin.register(OpeningPeriod)
class OpeningPeriodAdmin(FoldedSearch):
    list_display = ("site", "weekday", "opens", "closes")
    list_select_related = ("site",)
    list_filter = ("weekday",)
    search_fields = ("site__search_text",)
    autocomplete_fields = ("site",)


@admin.register(SiteAlias)
class SiteAliasAdmin(FoldedSearch):
    list_display = ("name", "slug", "site")
    list_select_related = ("site",)
    search_fields = ("slug", "site__search_text")
    autocomplete_fields = ("site",)


@admin.register(Listing)
class ListingAdmin(FoldedSearch):
    list_display = ("release", "row", "department_printed", "name_printed", "marked_new", "site")
    list_display_links = ("row",)
    list_select_related = ("release", "site")
    list_filter = ("release", "marked_new")
    search_fields = ("site__search_text",)
    autocomplete_fields = ("release", "site")
