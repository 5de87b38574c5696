from django.contrib import admin
from django.db import models

from labels.models import KeyFigure, PressRelease, Wave


class KeyFigureInline(admin.TabularInline):
    model = KeyFigure
    extra = 1


@admin.register(PressRelease)
class PressReleaseAdmin(admin.ModelAdmin):
    list_display = ("title", "published_on", "issuer")
    search_fields = ("title", "slug")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    date_hierarchy = "published_on"
    inlines = (KeyFigureInline,)


@admin.register(KeyFigure)
class KeyFigureAdmin(admin.ModelAdmin):
    list_display = ("release", "position", "qualifier", "value", "unit", "caption", "concerns_wave")
    list_display_links = ("caption",)
    list_select_related = ("release",)
    list_filter = ("release",)
    search_fields = ("caption", "note")
    autocomplete_fields = ("release",)


@admin.register(Wave)
class WaveAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "effective_on", "announced_on", "release", "national_total")
    list_select_related = ("release",)
    search_fields = ("name", "code")
    autocomplete_fields = ("release",)
