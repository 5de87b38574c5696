"""The table of hours: a row for each site, a column for each day, corrected in a spreadsheet and brought back.

A cell holds the hours of a day as people type them, ``09:00 - 12:00 / 14:00 - 17:00``; an empty one closes the day.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import fields, widgets

from pimms_directory.base.spreadsheets import as_text
from pimms_directory.editing.tables.resources import TableResource
from sites.hours.opening_hours import WEEKDAY_SLUGS
from sites.hours.typed_hours import OpenHours, day_text, parse_day
from sites.models import Site, replace_hours


class DayWidget(widgets.Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> tuple[OpenHours, ...]:
        return parse_day(as_text(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return day_text(value)


class DayField(fields.Field):
    """The hours of a weekday: those of the table once it was read, or else those of the directory."""

    def __init__(self, weekday: int, name: str) -> None:
        super().__init__(attribute=name, column_name=name, widget=DayWidget())
        self.weekday = weekday

    def get_value(self, instance: Site) -> tuple[OpenHours, ...]:
        periods = [each for each in instance.opening_periods.all() if each.weekday == self.weekday]
        stored = sorted(OpenHours(each.opens, each.closes) for each in periods)
        return vars(instance).get(self.attribute, tuple(stored))


DAYS = {name: DayField(weekday, name) for weekday, name in enumerate(WEEKDAY_SLUGS, start=1)}


class WeekResource(TableResource):
    help_text = gettext_lazy(
        "La semaine du fichier remplace celle du site : une cellule vide ferme le jour, une colonne absente n’est pas "
        "touchée. Aucun site n’est ajouté."
    )

    site = fields.Field(attribute="slug", column_name="site", readonly=True)
    name = fields.Field(attribute="name", column_name="name", readonly=True)
    lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche = DAYS.values()

    class Meta:
        model = Site
        fields = ("site", "name", *DAYS)
        import_id_fields = ("site",)
        skip_unchanged = True
        report_skipped = True
        skip_html_diff = True
        store_instance = True
        use_transactions = True

    def get_queryset(self) -> QuerySet[Site]:
        return Site.objects.prefetch_related("opening_periods").order_by("slug")

    def label(self, name: str) -> str:
        if name in DAYS:
            return capfirst(name)
        return capfirst(str(Site._meta.verbose_name)) if name == "site" else super().label(name)

    def after_init_instance(self, instance: Site, new: bool, row: Any, **kwargs: Any) -> None:
        if new:
            unknown = _("« %(key)s » ne désigne aucun site.") % {"key": as_text(row.get("site"))[:60]}
            raise ValidationError({"site": unknown})
        super().after_init_instance(instance, new, row, **kwargs)

    def changed_names(self, instance: Site) -> set[str]:
        return {"opening_periods"}

    def do_instance_save(self, instance: Site, is_create: bool) -> None:
        days = {each.weekday: vars(instance)[name] for name, each in DAYS.items() if name in vars(instance)}
        replace_hours(instance, [(day, *hours) for day, stretches in days.items() for hours in stretches], days)
        instance.save()
