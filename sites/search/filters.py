"""The filters of the list of sites, their choices with counts, and what a reader is told about them."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelChoiceField

from labels.models import Wave
from pimms_directory.base.templatetags.french import french_date
from sites.hours.opening_hours import WEEKDAY_SLUGS
from sites.models import Association, Commune, Department, Region, Site
from sites.models.distance import Point
from sites.models.lookup_tables import reference
from sites.models.records import SiteQuerySet, telling_words
from sites.models.territories import departments_inside
from sites.search.facets import DESK, Options, Tally, Wanted, tally
from sites.search.groups import DAY_NAMES, KIND_NAMES, KINDS
from sites.search.typed_place import Place, Understanding, understand

# Up to here, what filters leave is ranked as a whole, and looked up by what it has in common.
FEW = 500
# The filters that offer choices with counts, in the order of the form.
CHOICES = ("region", "departement", "vague", "jour", "type", "association")
ORDERS = {
    "nom": ("slug",),
    "departement": ("department__slug", "slug"),
    "date": ("-wave__effective_on", "slug"),
}


class ReferenceField(ModelChoiceField):
    """A choice among records that refuses what PostgreSQL cannot even be asked about."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": value})
        return super().to_python(value)


class ReferenceFilter(django_filters.ModelChoiceFilter):
    field_class = ReferenceField


class SmallTableField(ReferenceField):
    """A choice among records that are at hand: no query."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        for record in reference().of(self.queryset.model):
            if getattr(record, self.to_field_name) == value:
                return record
        raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": value})


class SmallTableFilter(ReferenceFilter):
    field_class = SmallTableField


class DegreesFilter(django_filters.Filter):
    """WGS 84 degrees, with a decimal point; not a number and infinity are refused."""

    field_class = forms.FloatField


PLACE = ("lieu", "commune", "lat", "lon")


class SharedFilters(dict[str, django_filters.Filter]):
    """A filter set copies its filters, and all that they are made of: what they share need not be copied."""

    def __deepcopy__(self, memo: object) -> SharedFilters:
        copies = SharedFilters((name, copy(each)) for name, each in self.items())
        for each in copies.values():
            each.method = each.method  # bound to the copy, not to what was copied
        return copies


@dataclass(frozen=True)
class Facet:
    """A filter as the reader sees it."""

    name: str
    label: str
    options: Options
    chosen: str | None
    chosen_name: str

    @property
    def elements(self) -> SafeString:
        return self.options.shown(self.chosen, self.chosen_name)


@dataclass(frozen=True)
class Chip:
    """An active filter, and the query string of the same list without it."""

    label: str
    value: str
    query: str


@dataclass(frozen=True)
class WayOut:
    """Out of an empty result: a filter to drop, or the only one to keep, and what the list then gives."""

    chip: Chip
    query: str
    count: int
    kept: bool


class SiteFilter(django_filters.FilterSet):
    """Narrows the list of labelled sites by the parameters of the public address, each a code or a slug.

    A bad value is left out and named in ``problems``; unknown parameters are ignored.
    """

    lieu = django_filters.CharFilter(label=_("Lieu"), method="in_territory", max_length=100)
    commune = ReferenceFilter(
        label=_("Commune"),
        method="in_territory",
        queryset=Commune.objects.select_related("department"),
        to_field_name="insee_code",
    )
    lat = DegreesFilter(label=_("Latitude"), method="in_territory", min_value=-90, max_value=90)
    lon = DegreesFilter(label=_("Longitude"), method="in_territory", min_value=-180, max_value=180)
    q = django_filters.CharFilter(label=_("Recherche"), method="search", max_length=100)
    region = SmallTableFilter(
        label=_("Région"),
        method="in_region",
        queryset=Region.objects.all(),
        to_field_name="slug",
    )
    departement = SmallTableFilter(
        label=_("Département"),
        field_name="department",
        queryset=Department.objects.all(),
        to_field_name="code",
    )
    vague = SmallTableFilter(label=_("Vague"), field_name="wave", queryset=Wave.objects.public(), to_field_name="code")
    labellise_apres = django_filters.DateFilter(
        label=_("Labellisé à partir du"),
        field_name="wave__effective_on",
        lookup_expr="gte",
        input_formats=["%Y-%m-%d"],
    )
    labellise_avant = django_filters.DateFilter(
        label=_("Labellisé jusqu’au"),
        field_name="wave__effective_on",
        lookup_expr="lte",
        input_formats=["%Y-%m-%d"],
    )
    type = django_filters.ChoiceFilter(
        label=_("Type"),
        method="of_kind",
        choices=list(KIND_NAMES.items()),
    )
    association = SmallTableFilter(label=_("Association"), queryset=Association.objects.public(), to_field_name="slug")
    jour = django_filters.ChoiceFilter(
        label=_("Ouvert le"),
        method="open_on",
        choices=list(DAY_NAMES.items()),
    )
    tri = django_filters.ChoiceFilter(
        label=_("Tri"),
        method="in_order",
        choices=[("nom", _("Nom")), ("departement", _("Département")), ("date", _("Label le plus récent"))],
    )

    class Meta:
        model = Site
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> SharedFilters:
        return SharedFilters(super().get_filters())

    # What each filter does

    def in_territory(self, sites: SiteQuerySet, name: str, value: Any) -> SiteQuerySet:
        """A department or a region narrows the list; a commune or a point only ranks it (see the view)."""
        if self.place and self.place.department and not self.place.commune:
            return sites.filter(department=self.place.department)
        if self.place and self.place.region:
            return self.in_region(sites, name, self.place.region)
        return sites

    def in_region(self, sites: SiteQuerySet, name: str, value: Region) -> SiteQuerySet:
        """By its departments. Of many sites, a page finds its few sooner where all stand in order."""
        inside = departments_inside(value)
        if self.length <= FEW:
            return sites.filter(department__in=inside)
        return sites.alias(inside=F("department_id") + 0).filter(inside__in=inside)  # no index begins with a sum

    def search(self, sites: SiteQuerySet, name: str, value: str) -> SiteQuerySet:
        return sites.search(value)

    def of_kind(self, sites: SiteQuerySet, name: str, value: str) -> SiteQuerySet:
        return sites.filter(kind=KINDS[value])

    def open_on(self, sites: SiteQuerySet, name: str, value: str) -> SiteQuerySet:
        return sites.open_on(WEEKDAY_SLUGS.index(value) + 1)

    def in_order(self, sites: SiteQuerySet, name: str, value: str) -> SiteQuerySet:
        return sites.order_by(*ORDERS[value])

    def listed(self, sites: SiteQuerySet) -> tuple[SiteQuerySet, Point | None]:
        """What a list shows of the filtered sites on all its pages, and the point whose distance ranks them, if any.

        Around a point only desks are shown; nothing is where the place was not understood, or has no position.
        """
        if self.understanding is None:
            return self.narrowed(sites), None
        if not self.place or (self.place.commune and not self.place.point):
            return sites.none(), None
        if not self.place.point:
            return self.narrowed(sites), None
        desks = self.narrowed(sites).filter(kind=Site.Kind.FIXED).placed()
        return (desks.with_distance(self.place.point), None) if "tri" in self.values else (desks, self.place.point)

    # What the reader is told

    @cached_property
    def values(self) -> dict[str, Any]:
        """The valid, non-empty values by parameter."""
        if not self.is_bound:
            return {}
        self.form.errors  # noqa: B018 (validates)
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}

    @cached_property
    def understanding(self) -> Understanding | None:
        """What the place parameters mean: a commune before words before a position. None when there are none."""
        if commune := self.values.get("commune"):
            return Understanding(Place.of_commune(commune), typed=self.entered["lieu"])
        if typed := self.values.get("lieu"):
            return understand(typed)
        if "lat" in self.values and "lon" in self.values:
            point = Point(self.values["lat"], self.values["lon"])
            return Understanding(Place(_t("votre position"), point=point))
        return None

    @property
    def place_entered(self) -> str:
        """What the place field shows: words that mean the same place again."""
        if self.place and self.place.commune:
            return self.place.label
        return self.entered["lieu"]

    @property
    def place(self) -> Place | None:
        return self.understanding.place if self.understanding else None

    @cached_property
    def query(self) -> QueryDict:
        """The valid parameters alone: what links to another page or format of this list carry."""
        query = QueryDict(mutable=True)
        for name in self.values:
            query[name] = self.data[name]
        return query

    @cached_property
    def entered(self) -> dict[str, str]:
        """The valid value of every parameter as written, empty where there is none: what the form shows."""
        return {name: str(self.query.get(name, "")) for name in self.filters}

    @cached_property
    def problems(self) -> list[str]:
        """A sentence for each value that was left out."""
        if not self.is_bound:
            return []
        problems = [self.problem(name) for name in self.form.errors]
        if ("lat" in self.values) != ("lon" in self.values):
            problems.append(_t("« lat » et « lon » vont ensemble : la position n’est pas prise en compte."))
        return problems

    def problem(self, name: str) -> str:
        label, value = self.filters[name].label, self.data[name].replace("\0", "�")
        if len(value) > 60:
            value = f"{value[:60]}…"
        return _t("« %(value)s » pour « %(label)s » : %(hint)s. Ce filtre n’est pas appliqué.") % {
            "value": value,
            "label": label,
            "hint": self.hint(name),
        }

    def hint(self, name: str) -> str:
        """What to write instead."""
        if name.startswith("labellise_"):
            return _t("écrivez une date comme 2020-01-31")
        if name in ("q", "lieu"):
            return _t("écrivez au plus %(n)s caractères") % {"n": 100}
        if name in ("lat", "lon"):
            return _t("écrivez des degrés décimaux comme 45.188")
        return _t("cette valeur est inconnue")

    @property
    def orders(self) -> list[tuple[str, str]]:
        """The choices of an order. The usual one is empty, so that a form does not insist on it:
        by distance where the list has a place, otherwise by name."""
        choices = list(self.filters["tri"].extra["choices"])
        if self.place and self.place.point:
            return [("", _t("Distance")), *choices]
        return [("", choices[0][1]), *choices[1:]]

    @property
    def active(self) -> list[str]:
        """The filters at work; the parameters of a place count as one."""
        place = ["lieu"] if self.understanding else []
        return place + [name for name in self.values if name not in (*PLACE, "tri")]

    @cached_property
    def chips(self) -> list[Chip]:
        return [self.chip(name) for name in self.active]

    def chip(self, name: str) -> Chip:
        query = self.query.copy()
        for parameter in PLACE if name == "lieu" else (name,):
            query.pop(parameter, None)
        return Chip(str(self.filters[name].label), self.display(name), f"?{query.urlencode()}")

    def query_at(self, place: Place) -> str:
        """The query string of this list at another place."""
        query = self.query.copy()
        for parameter in PLACE:
            query.pop(parameter, None)
        query.update(place.parameters)
        return f"?{query.urlencode()}"

    def display(self, name: str) -> str:
        if name == "lieu" and self.understanding:
            return self.place.label if self.place else self.understanding.typed
        value = self.values[name]
        if isinstance(value, date):
            return french_date(value)
        choices = dict(getattr(self.form.fields[name], "choices", ())) if isinstance(value, str) else {}
        return str(choices.get(value, value))

    # What each choice would give

    def around(self) -> SiteQuerySet:
        """The sites under all the filters but the place."""
        sites = Site.objects.labelled()
        for name in self.active:
            if name != "lieu":
                sites = self.filters[name].filter(sites, self.values[name])
        return sites

    def wanted(self, names: Collection[str], *, unplaced: bool = False) -> Wanted:
        """Some of the filters at work, for counting."""
        values = {name: value for name, value in self.values.items() if name in names}
        return Wanted(
            telling_words(values.get("q", "")),
            values.get("labellise_apres"),
            values.get("labellise_avant"),
            self.within if "lieu" in names else (),
            tuple((name, self.entered[name]) for name in CHOICES if name in values),
            unplaced,
        )

    @property
    def within(self) -> tuple[tuple[str, str], ...]:
        """What a place admits: sites of the department or region that it is, or the desks around a point."""
        if not self.place:
            return ()
        if self.place.point:
            return (("type", DESK),)
        if self.place.department and not self.place.commune:
            return (("departement", self.place.department.code),)
        return (("region", self.place.region.slug),) if self.place.region else ()

    def count_under(self, names: Collection[str]) -> int:
        """How many sites the list shows under some of the filters at work, on all its pages."""
        if "lieu" in names and not (self.place and (self.place.point or not self.place.commune)):
            return 0  # a place that was not understood, or has no position
        total = tally(self.wanted(names)).total
        if "lieu" in names and self.place and self.place.point:
            total -= tally(self.wanted(names, unplaced=True)).total
        return total

    @cached_property
    def tally(self) -> Tally:
        return tally(self.wanted(self.active))

    def narrowed(self, sites: SiteQuerySet) -> SiteQuerySet:
        """The same sites; where they are few, said in a way that an index answers."""
        if not self.active or self.length > FEW:
            return sites
        return sites.filter(department__in=self.tally.departments, open_days__in=self.tally.open_days)

    @property
    def facets(self) -> list[Facet]:
        """The filters that offer choices, with their counts; the chosen value is always among them."""
        return [self._facet(name) for name in CHOICES]

    def _facet(self, name: str) -> Facet:
        chosen = self.query.get(name)
        chosen_name = "" if chosen is None else self.display(name)
        return Facet(name, str(self.filters[name].label), self.tally.options[name], chosen, chosen_name)

    @property
    def by_name(self) -> Wanted | None:
        """What a list in the usual order asks for; None for any other list, and where there is nothing."""
        usual = self.values.get("tri", "nom") == "nom" and not (self.place and self.place.point)
        return self.wanted(self.active) if usual and self.length else None

    @property
    def newest_first(self) -> bool:
        return self.values.get("tri") == "date" and not (self.place and self.place.point)

    @cached_property
    def length(self) -> int:
        """How many sites the list shows on all its pages: the groups know it."""
        return self.count_under(self.active)

    def ways_out(self) -> list[WayOut]:
        """For an empty result: the filters whose removal alone gives sites; failing that, those that alone do."""
        dropped = [
            WayOut(chip, chip.query, self.count_under([other for other in self.active if other != name]), kept=False)
            for name, chip in zip(self.active, self.chips, strict=True)
        ]
        kept = [
            WayOut(chip, self._query_with_only(name), self.count_under([name]), kept=True)
            for name, chip in zip(self.active, self.chips, strict=True)
        ]
        return [way for way in dropped if way.count] or [way for way in kept if way.count]

    def _query_with_only(self, name: str) -> str:
        kept = PLACE if name == "lieu" else (name,)
        return f"?{urlencode({key: value for key, value in self.query.items() if key in kept})}"
