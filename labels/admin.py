"""Press releases and waves, which are shown and published with their sites: see sites/staff/label_admin.py."""

from django.contrib import admin

from labels.models import KeyFigure
from pimms_directory.editing.edited_admin import EditedAdmin


@admin.register(KeyFigure)
class KeyFigureAdmin(EditedAdmin):
    list_display = ("release", "position", "qualifier", "value", "unit", "caption", "concerns_wave")
    list_display_links = ("caption",)
    list_select_related = ("release",)
    list_filter = ("release",)
    search_fields = ("caption", "note")
    autocomplete_fields = ("release",)
