"""Hours in a form: one field for a whole week, with a box for each time and one for a text of the week.

What is typed is read here alone, on saving and while typing (``check_week``), and stays in the form as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from sites.hours.notices import spoken
from sites.hours.opening_hours import WEEKDAYS, Stretch, describe_days
from sites.hours.typed_hours import OpenHours, UnreadableHours, moment_text, parse_boxes
from sites.hours.typed_week import parse_week

BOXES = 4  # of a day: from, to, from, to; more where a day has more hours


@dataclass(frozen=True)
class TypedDay:
    weekday: int
    name: str
    boxes: Sequence[str]

    @cached_property
    def read(self) -> tuple[tuple[OpenHours, ...], str]:
        """Its hours, or what is wrong with them."""
        try:
            return parse_boxes(self.boxes), ""
        except UnreadableHours as problem:
            return (), problem.said_of(self.name)

    @property
    def hours(self) -> tuple[OpenHours, ...]:
        return self.read[0]

    @property
    def problem(self) -> str:
        return self.read[1]

    @property
    def understood(self) -> str:
        return spoken(self.hours)


@dataclass(frozen=True)
class TypedWeek:
    days: list[TypedDay]
    text: str = ""  # of a week, as long as it could not be read
    problem: str = ""  # of that text
    filled: str = ""  # which days it filled

    @property
    def problems(self) -> list[str]:
        return [each for each in (self.problem, *(day.problem for day in self.days)) if each]

    @property
    def stretches(self) -> list[Stretch]:
        return sorted((day.weekday, opens, closes) for day in self.days for opens, closes in day.hours)

    def filled_from(self, text: str) -> TypedWeek:
        """With the days that a text names, or with the text and what is wrong with it."""
        if not text:
            return self
        try:
            found = parse_week(text)
        except UnreadableHours as problem:
            return replace(self, text=text, problem=problem.said_of(_("Texte")))
        days = [with_hours(day, found[day.weekday]) if day.weekday in found else day for day in self.days]
        said = _("Repris du texte : %(days)s. Les autres jours restent comme ils étaient.")
        if len(found) == len(days):
            said = _("Repris du texte : %(days)s.")
        return replace(self, days=days, filled=said % {"days": describe_days(tuple(sorted(found)))})

    def with_days_like_monday(self, weekdays: Iterable[str]) -> TypedWeek:
        monday, wanted = self.days[0], set(weekdays)
        days = [replace(day, boxes=monday.boxes) if str(day.weekday) in wanted else day for day in self.days]
        return replace(self, days=days)


def empty_week() -> TypedWeek:
    return TypedWeek([TypedDay(weekday, str(capfirst(name)), ("",) * BOXES) for weekday, name in WEEKDAYS])


def with_hours(day: TypedDay, hours: Iterable[tuple[Any, Any]]) -> TypedDay:
    boxes = [moment_text(moment) for stretch in hours for moment in stretch]
    return replace(day, boxes=[*boxes, *[""] * (BOXES - len(boxes))])


def stored_week(stretches: Iterable[Stretch]) -> TypedWeek:
    known = list(stretches)
    days = empty_week().days
    return TypedWeek([with_hours(day, [each[1:] for each in known if each[0] == day.weekday]) for day in days])


class WeekWidget(forms.Widget):
    template_name = "admin/directory/site/_week.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> TypedWeek | None:
        if self.value_omitted_from_data(data, files, name):
            return None
        days = [replace(day, boxes=typed_boxes(data, f"{name}-{day.weekday}")) for day in empty_week().days]
        week = TypedWeek(days).with_days_like_monday(data.get(f"{name}-like_monday", "").split())
        return week.filled_from(data.get(name, "").strip())

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-1-0" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        week = value if isinstance(value, TypedWeek) else stored_week(value or ())
        rows = [
            (day, [(f"{name}-{day.weekday}-{number}", text, number % 2) for number, text in enumerate(day.boxes)])
            for day in week.days
        ]
        return render_to_string(self.template_name, {"name": name, "week": week, "rows": rows})


def typed_boxes(data: Any, prefix: str) -> list[str]:
    """As many as were sent, two by two."""
    boxes: list[str] = []
    while f"{prefix}-{len(boxes)}" in data:
        boxes.append(data[f"{prefix}-{len(boxes)}"].strip())
    return [*boxes, *[""] * max(len(boxes) % 2, BOXES - len(boxes))]


class WeekField(forms.Field):
    """Its value is the stretches of the week, Monday first."""

    widget = WeekWidget

    def bound_data(self, data: TypedWeek | None, initial: Any) -> Any:
        return initial if data is None else data

    def clean(self, value: TypedWeek | None) -> list[Stretch]:
        if value and value.problems:
            raise ValidationError(value.problems)
        return value.stretches if value else []

    def has_changed(self, initial: Any, data: TypedWeek | None) -> bool:
        return data is not None and (bool(data.problems) or data.stretches != list(initial or ()))
