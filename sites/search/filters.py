"""The filters of the list of sites: what an address asks for, and which sites answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labels.models import PressRelease, Wave
from pimms_directory.base.templatetags.french import french_date
from sites.hours.opening_hours import WEEKDAY_SLUGS
from sites.models import Commune, Site
from sites.models.distance import Point
from sites.models.lookup_tables import LookupTables
from sites.models.site_queries import SiteQuerySet, has_words, opens_on
from sites.search.facet_counts import COLUMNS, DAY_NAMES, FACETS, KIND_NAMES, KINDS, Choice, Facet, choice, facet_counts
from sites.search.filter_fields import CommuneFilter, DegreesFilter, LookupFilter
from sites.search.typed_place import Place, Understanding, understand

PLACE = ("lieu", "commune", "lat", "lon")  # the parameters of a place: together they are one filter, called "lieu"
# As links have a day, then as people write one: a browser's own field would ask for it in the browser's language.
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
DESKS_ON_THE_MAP = Q(kind=Site.Kind.FIXED, position_latitude__isnull=False)
NOTHING = Q(pk__in=[])
ORDERS = {
    "nom": ("slug",),
    "departement": ("department__slug", "slug"),
    "date": ("-wave__effective_on", "slug"),
}


@dataclass(frozen=True)
class Chip:
    """An active filter, and the query string of the same list without it."""

    label: str
    value: str
    query: str

    def __str__(self) -> str:
        return f"{self.label} {self.value}"


def condition_of(name: str, value: Any) -> Q:
    """Which sites one filter leaves; the value is that of the form, a record for the parameters that name one."""
    match name:
        case "q":
            return has_words(value)
        case "region" | "departement" | "vague" | "association":
            return Q(**{COLUMNS[name]: value.pk})
        case "communique":
            return Q(pk__in=sites_named_by(value))
        case "labellise_apres":
            return Q(wave__effective_on__gte=value)
        case "labellise_avant":
            return Q(wave__effective_on__lte=value)
        case "type":
            return Q(kind=KINDS[value])
        case "jour":
            return opens_on(WEEKDAY_SLUGS.index(value) + 1)
    return Q()


def sites_named_by(release: PressRelease) -> tuple[int, ...]:
    """One query. Keys, as what facets remember must compare as equal, which querysets never do."""
    return tuple(release.listings.order_by("site").values_list("site", flat=True).distinct())


def condition_at(place: Place | None) -> Q:
    """A territory narrows the list; around a point stand all desks; nothing where the place is not understood."""
    if place and place.point:
        return DESKS_ON_THE_MAP
    if place and place.department and not place.commune:
        return condition_of("departement", place.department)
    if place and place.region:
        return condition_of("region", place.region)
    return NOTHING


class SiteFilter(django_filters.FilterSet):
    """Narrows the list of labelled sites by the parameters of the public address, each a code or a slug.

    A bad value is left out (see ``messages.problems``); unknown parameters are ignored.
    """

    lieu = django_filters.CharFilter(label=_("Lieu"), max_length=400)  # a sentence, or a link to a map
    commune = CommuneFilter(
        label=_("Commune"), queryset=Commune.objects.select_related("department"), to_field_name="insee_code"
    )
    lat = DegreesFilter(label=_("Latitude"), min_value=-90, max_value=90)
    lon = DegreesFilter(label=_("Longitude"), min_value=-180, max_value=180)
    q = django_filters.CharFilter(label=_("Recherche"), max_length=100)
    region = LookupFilter(label=_("Région"))
    departement = LookupFilter(label=_("Département"))
    vague = LookupFilter(label=_("Date du label"))
    labellise_apres = django_filters.DateFilter(label=_("Label reçu à partir du"), input_formats=DAY_FORMATS)
    labellise_avant = django_filters.DateFilter(label=_("Label reçu jusqu’au"), input_formats=DAY_FORMATS)
    type = django_filters.ChoiceFilter(label=_("Type"), choices=list(KIND_NAMES.items()))
    association = LookupFilter(label=_("Association"))
    communique = LookupFilter(label=_("Communiqué"))
    jour = django_filters.ChoiceFilter(label=_("Ouvert le"), choices=list(DAY_NAMES.items()))
    tri = django_filters.ChoiceFilter(
        label=_("Tri"),
        choices=[("nom", _("Nom")), ("departement", _("Département")), ("date", _("Label le plus récent"))],
    )

    class Meta:
        model = Site
        fields: list[str] = []

    def __init__(self, data: Any = None, queryset: Any = None, *, tables: LookupTables, **kwargs: Any) -> None:
        super().__init__(data, queryset, **kwargs)
        self.tables = tables
        for name, records in tables.by_parameter.items():
            self.form.fields[name].records = records

    # What is asked for

    @cached_property
    def values(self) -> dict[str, Any]:
        """The valid, non-empty values by parameter."""
        if not self.is_bound:
            return {}
        self.form.errors  # noqa: B018 (validates)
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}

    @cached_property
    def query(self) -> QueryDict:
        """The valid parameters alone: what links to another page or format of this list carry."""
        query = QueryDict(mutable=True)
        for name in self.values:
            query[name] = self.data[name]
        return query

    @cached_property
    def understanding(self) -> Understanding | None:
        """What the place parameters mean: a commune before words before a position. None when there are none."""
        if commune := self.values.get("commune"):
            return Understanding(Place.of_commune(commune), typed=self.query.get("lieu", ""))
        if typed := self.values.get("lieu"):
            return understand(typed)
        if "lat" in self.values and "lon" in self.values:
            point = Point(self.values["lat"], self.values["lon"])
            return Understanding(Place(gettext("votre position"), point=point))
        return None

    @property
    def place(self) -> Place | None:
        return self.understanding.place if self.understanding else None

    @property
    def is_half_a_position(self) -> bool:
        return ("lat" in self.values) != ("lon" in self.values)

    # Which sites answer

    @cached_property
    def active(self) -> dict[str, Q]:
        """The filters at work, and which sites each of them leaves; the parameters of a place are one, ``lieu``."""
        active = {"lieu": condition_at(self.place)} if self.understanding else {}
        for name, value in self.values.items():
            if name not in (*PLACE, "tri"):
                active[name] = condition_of(name, value)
        return active

    @property
    def conditions_beside_the_place(self) -> list[Q]:
        """Those of the other filters, for what is told beside the list of a place."""
        return [condition for name, condition in self.active.items() if name != "lieu"]

    def filter_queryset(self, sites: SiteQuerySet) -> SiteQuerySet:
        """Around a point by distance, unless another order is asked for."""
        sites = sites.filter(*self.active.values())
        if self.place and self.place.point:
            sites = sites.nearest_to(self.place.point)
        return sites.order_by(*ORDERS[self.values["tri"]]) if "tri" in self.values else sites

    # What the form shows

    @cached_property
    def entered(self) -> dict[str, str]:
        """The valid value of every parameter as written, empty where there is none.

        A commune is written as it is called, with its department: these words mean the same place again.
        """
        entered = {name: self.query.get(name, "") for name in self.filters}
        if self.place and self.place.commune:
            entered["lieu"] = self.place.label
        entered |= {name: f"{day:%d/%m/%Y}" for name, day in self.values.items() if isinstance(day, date)}
        return entered

    @cached_property
    def facets(self) -> list[Facet]:
        """The filters that offer choices, with their counts; the chosen value is always among them."""
        return [
            Facet(name, str(self.filters[name].label), self.with_chosen(name, choices), self.query.get(name))
            for name, choices in self.counts.items()
        ]

    @cached_property
    def counts(self) -> dict[str, list[Choice]]:
        return facet_counts(*self.facets_key, self.tables)

    @cached_property
    def facets_key(self) -> tuple[Q, tuple[tuple[str, str], ...]]:
        """What the counts depend on: all places around which desks are ranked have the same."""
        condition, chosen = Q(), []
        for name, leaves in self.active.items():
            if name in FACETS:
                chosen.append((name, self.entered[name]))
            elif leaves is not NOTHING:  # the choices are those of the list without a place
                condition &= leaves
        return condition, tuple(chosen)

    def with_chosen(self, name: str, choices: list[Choice]) -> list[Choice]:
        chosen = self.query.get(name)
        if chosen is None or any(each.value == chosen for each in choices):
            return choices
        return [*choices, choice(chosen, self.display(name), 0)]

    @property
    def orders(self) -> list[tuple[str, str]]:
        """The choices of an order. The usual one is empty, so that a form does not insist on it:
        by distance where the list has a place, otherwise by name."""
        choices = list(self.filters["tri"].extra["choices"])
        if self.place and self.place.point:
            return [("", gettext("Distance")), *choices]
        return [("", choices[0][1]), *choices[1:]]

    # What the page says of the filters at work

    @cached_property
    def chips(self) -> list[Chip]:
        chips = []
        for name in self.active:
            query = self.query_without(*(PLACE if name == "lieu" else [name]))
            chips.append(Chip(str(self.filters[name].label), self.display(name), f"?{query.urlencode()}"))
        return chips

    def display(self, name: str) -> str:
        """The value of a filter in words."""
        if name == "lieu" and self.understanding:
            return self.place.label if self.place else self.understanding.shown
        value = self.values[name]
        if isinstance(value, PressRelease):
            value = value.published_on
        if isinstance(value, Wave):
            value = value.effective_on
        if isinstance(value, date):
            return french_date(value)
        choices = dict(getattr(self.form.fields[name], "choices", ())) if isinstance(value, str) else {}
        return str(choices.get(value, value))

    def query_without(self, *names: str) -> QueryDict:
        query = self.query.copy()
        for name in names:
            query.pop(name, None)
        return query

    def query_at(self, place: Place) -> str:
        """The query string of this list at another place."""
        query = self.query_without(*PLACE)
        query.update(place.parameters)
        return f"?{query.urlencode()}"
