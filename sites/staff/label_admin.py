"""Waves and press releases in the admin. Their pages show sites, so ``labels`` cannot know them."""

from django.contrib import admin

from labels.models import KeyFigure, PressRelease, Wave
from pimms_directory.editing.edited_admin import TableInline
from pimms_directory.editing.published_admin import PublishedAdmin
from sites.pages.label_pages import ReleaseDetail, WaveDetail


class KeyFigureInline(TableInline):
    model = KeyFigure
    extra = 1


@admin.register(PressRelease)
class PressReleaseAdmin(PublishedAdmin):
    change_form_template = "admin/labels/pressrelease/change_form.html"
    list_display = ("title", "published_on", "issuer", "publication_state")
    list_filter = ("publication",)
    preview_view = ReleaseDetail
    search_fields = ("title", "slug")
    date_hierarchy = "published_on"
    inlines = (KeyFigureInline,)


@admin.register(Wave)
class WaveAdmin(PublishedAdmin):
    list_display = ("name", "code", "effective_on", "announced_on", "release", "national_total", "publication_state")
    list_filter = ("publication",)
    list_select_related = ("release",)
    search_fields = ("name", "code")
    autocomplete_fields = ("release",)
    preview_view = WaveDetail
    preview_argument = "code"
    published_with = "sites"
