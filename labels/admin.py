from django.contrib import admin

from labels.models import KeyFigure, PressRelease, Wave
from labels.views import ReleaseDetail, WaveDetail
from pimms_directory.editing.edited_admin import EditedAdmin, TableInline
from pimms_directory.editing.published_admin import PublishedAdmin


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


@admin.register(KeyFigure)
class KeyFigureAdmin(EditedAdmin):
    list_display = ("release", "position", "qualifier", "value", "unit", "caption", "concerns_wave")
    list_display_links = ("caption",)
    list_select_related = ("release",)
    list_filter = ("release",)
    search_fields = ("caption", "note")
    autocomplete_fields = ("release",)


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
