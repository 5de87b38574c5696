"""The rows of a list beside the records of the directory: what is new, what changed, what is gone.

A constant number of queries, whatever the number of rows. Nothing is written here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labels.models import Wave
from pimms_directory.base.folding import fold
from pimms_directory.base.templatetags.french import french_date, plain_date
from sites.hours.opening_hours import WEEKDAYS
from sites.hours.typed_hours import day_text
from sites.models import Association, Commune, OfficialList, Site
from sites.models.distance import Point, distance_km
from sites.staff.drafts import wave_name
from sites.staff.official_list import naming, values
from sites.staff.official_list.reading import DAY_COLUMNS, ListRow, ReadList
from sites.staff.official_list.values import Value

# What the directory set aside or reworded when it first took over the list of 1 August 2024, and why.
KNOWN_DIFFERENCES = Path(__file__).with_name("known_differences.json")

LABELS: dict[str, Any] = {
    "site": gettext_lazy("nouveau site"),
    "official_name": gettext_lazy("nom dans la liste officielle"),
    "base": gettext_lazy("point d’attache"),
    "commune": gettext_lazy("commune"),
    "address": gettext_lazy("adresse postale"),
    "address_complement": gettext_lazy("complément d’adresse"),
    "postcode": gettext_lazy("code postal"),
    "point": gettext_lazy("latitude et longitude"),
    "phone": gettext_lazy("téléphone"),
    "email": gettext_lazy("courriel"),
    "appointment": gettext_lazy("rendez-vous"),
    "access_note": gettext_lazy("précisions sur l’accueil"),
    **{f"hours_{number}": name for number, name in WEEKDAYS},
    "checked": gettext_lazy("coordonnées vérifiées le"),
}
# Compared without regard to case, accents and punctuation: there the directory has its own typography.
TYPESET = frozenset(("address", "address_complement", "base", "access_note"))
# Columns of a limited length that take whatever the list writes.
FREE_TEXTS = frozenset(("official_name", "base", "address", "address_complement", "email"))


@dataclass(frozen=True)
class Difference:
    """One field of one site: what the directory has, what the list says, and why not to take it unseen."""

    official_id: str
    field: str
    old: str  # as shown
    new: Value
    doubts: tuple[str, ...] = ()
    known: str = ""  # why the directory set this value of the list aside on purpose

    @property
    def label(self) -> str:
        return str(LABELS[self.field])

    @property
    def is_importable(self) -> bool:
        return self.new.is_readable

    @property
    def is_personal(self) -> bool:
        return self.new.personal

    @property
    def is_ticked(self) -> bool:
        """Whether it is proposed: nothing speaks against it."""
        return self.is_importable and not self.doubts and not self.known

    @cached_property
    def key(self) -> str:
        """What a form sends back: it names the site, the field, and both values that the editor saw."""
        seen = json.dumps([self.official_id, self.field, self.old, self.new.text])
        return f"{self.official_id}.{self.field}.{hashlib.sha256(seen.encode()).hexdigest()[:12]}"


@dataclass
class NewSite:
    """What a site that the directory lacks would be made of."""

    name: str
    kind: str
    department: Any
    commune: Commune | None
    labelled_on: date
    wave: Wave | None  # None: one to create
    association: Association | None = None
    association_name: str = ""
    why: str = ""


@dataclass
class Entry:
    """One row of the list with its site, or with what would become one."""

    row: ListRow
    site: Site | None
    new_site: NewSite | None = None
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def official_id(self) -> str:
        return self.row.official_id

    @property
    def title(self) -> str:
        if self.site:
            return self.site.name
        return self.new_site.name if self.new_site else self.row.cells["lib_fs"]

    @property
    def has_news(self) -> bool:
        """Whether there is something to take or to decide."""
        return bool(self.problems) or not all(difference.known for difference in self.differences)


@dataclass
class Comparison:
    published_on: date
    source: str
    entries: list[Entry]
    gone: list[Site]
    unlisted: int  # sites without official id, which no list can be compared with

    @property
    def changed(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.site and entry.has_news]

    @property
    def new(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.site]

    @property
    def known(self) -> list[Entry]:
        """Those that differ only where the directory chose to."""
        return [entry for entry in self.entries if entry.site and not entry.has_news and entry.differences]

    @property
    def unchanged(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.site and not entry.differences and not entry.problems]

    @property
    def differences(self) -> list[Difference]:
        return [difference for entry in self.entries for difference in entry.differences]

    @property
    def ticked(self) -> list[Difference]:
        return [difference for difference in self.differences if difference.is_ticked]

    @property
    def doubtful(self) -> list[Difference]:
        return [each for each in self.differences if not each.is_ticked and not each.known]


def source_name(published_on: date) -> str:
    day = plain_date(published_on)
    return _("Liste officielle des France Services, ANCT, %(day)s (Licence Ouverte 2.0)") % {"day": day}


def as_content(read_list: ReadList) -> dict[str, Any]:
    """What ``OfficialList.content`` keeps of a file."""
    return {"rows": [list(row) for row in read_list.rows], "frequent_domains": list(read_list.frequent_domains)}


def rows_of(official_list: OfficialList) -> list[ListRow]:
    return [ListRow(line, cells) for line, cells in official_list.content["rows"]]


def compare(official_list: OfficialList) -> Comparison:
    return _Comparing(official_list).result()


class _Comparing:
    """The records that a comparison needs, each read once."""

    def __init__(self, official_list: OfficialList) -> None:
        self.published_on = official_list.published_on
        self.source = source_name(self.published_on)
        self.rows = rows_of(official_list)
        self.frequent_domains = frozenset(official_list.content["frequent_domains"])
        self.sites = list(Site.objects.with_place().with_hours())
        self.by_id = {site.official_id: site for site in self.sites if site.official_id}
        self.waves = {wave.effective_on: wave for wave in Wave.objects.all()}
        self.wave_codes = {wave.code for wave in self.waves.values()}
        self.communes = Communes(self.rows)
        self.points = [
            (row, values.point(row.cells["latitude"], row.cells["longitude"], None).value) for row in self.rows
        ]
        earlier = OfficialList.objects.applied_before(self.published_on, official_list.sha256)
        self.earlier = {row.official_id: row for row in rows_of(earlier)} if earlier else {}
        self.earlier_day = french_date(earlier.published_on) if earlier else ""
        self.known = known_differences()

    def result(self) -> Comparison:
        entries = [self.entry(row) for row in self.rows]
        self.propose_names([entry for entry in entries if entry.new_site])
        listed = {row.official_id for row in self.rows}
        present = [site for site in self.sites if not site.label_ended_on and not site.closed_on]
        return Comparison(
            published_on=self.published_on,
            source=self.source,
            entries=sorted(entries, key=lambda entry: (fold(entry.title), entry.row.line)),
            gone=[site for site in present if site.official_id and site.official_id not in listed],
            unlisted=sum(not site.official_id for site in present),
        )

    def entry(self, row: ListRow) -> Entry:
        entry = Entry(row, self.by_id.get(row.official_id))
        commune = self.communes.of(row)
        kind = values.KINDS.get(row.cells["format_fs"].lower())
        if entry.site:
            self.check_structure(entry, entry.site, commune, kind)
            fields = self.fields(row, entry.site.kind, commune)
            entry.differences = list(self.changes(entry.site, row, fields, commune))
            entry.differences += self.check(entry.site, entry.differences)
        else:
            entry.new_site = self.new_site(entry, commune, kind)
            if entry.new_site:
                fields = self.fields(row, entry.new_site.kind, commune)
                entry.differences = [
                    Difference(row.official_id, name, "", value, value.doubts)
                    for name, value in fields.items()
                    if value.text
                ]
        return entry

    # The values of a row, by field.

    def fields(self, row: ListRow, kind: str, commune: Commune | None) -> dict[str, Value]:
        cells = row.cells
        surroundings = [cells["lib_fs"], cells["lib_com"]]
        if commune and commune.department:
            surroundings.append(commune.department.name)
        address, complement = values.address(cells["adresse"]), values.address(cells["complement_adresse"])
        found: dict[str, Value] = {"official_name": values.plain(cells["lib_fs"])}
        if kind == Site.Kind.FIXED:
            found |= {
                **({"commune": Value(commune, commune.short_name)} if commune else {}),
                "address": address,
                "address_complement": complement,
                "postcode": values.postcode(cells["code_postal"], commune),
                "point": self.point(row, commune),
            }
        else:
            town = f"{cells['code_postal']} {commune.post_town if commune else cells['lib_com']}".strip()
            parts = [address.text, complement.text, town]
            found["base"] = values.plain(", ".join(part for part in parts if part))
        note = values.note(cells["commentaire"])
        found |= {
            "phone": values.phone(cells["telephone"]),
            "email": values.email(cells["mail"], self.frequent_domains, surroundings),
            "appointment": values.appointment(cells["prise_rdv"], note.text),
            "access_note": note,
            **{f"hours_{number}": values.day(cells[name]) for number, name in enumerate(DAY_COLUMNS, start=1)},
        }
        return {name: that_fits(name, value) for name, value in found.items()}

    def point(self, row: ListRow, commune: Commune | None) -> Value:
        """With a doubt where another row of the network has the same point at another address."""
        value = values.point(row.cells["latitude"], row.cells["longitude"], commune)
        if isinstance(value.value, Point):
            for other, there in self.points:
                if (
                    isinstance(there, Point)
                    and distance_km(value.value, there) < values.SAME_POINT_KM
                    and not same_street(row.cells["adresse"], other.cells["adresse"])
                ):
                    doubt = _("L’entrée %(id)s de la liste a le même point à une autre adresse : %(address)s.") % {
                        "id": other.official_id,
                        "address": other.cells["adresse"],
                    }
                    return Value(value.value, value.text, (*value.doubts, doubt))
        return value

    # What a site of the directory has, and how it differs.

    def changes(
        self, site: Site, row: ListRow, fields: dict[str, Value], commune: Commune | None
    ) -> Iterable[Difference]:
        earlier_row = self.earlier.get(row.official_id)
        earlier = self.fields(earlier_row, site.kind, commune) if earlier_row else {}
        for name, value in fields.items():
            present, old = present_value(site, name)
            if is_same(name, present, old, value):
                continue
            doubts = [*value.doubts]
            known = self.known.get((row.official_id, name, value.text), "")
            if not known:
                doubts += self.reasons_to_keep(site, name, old, value)
                if name in earlier and earlier[name].text == value.text:
                    doubts.append(
                        _("La liste du %(day)s le disait déjà, et l’annuaire ne l’a pas repris.")
                        % {"day": self.earlier_day}
                    )
                if name == "address" and old and site.point and site.point == fields["point"].value:
                    doubts.append(_("L’adresse change, mais le point de la liste est resté le même."))
            yield Difference(row.official_id, name, old, value, tuple(doubts), known)

    def reasons_to_keep(self, site: Site, name: str, old: str, value: Value) -> Iterator[str]:
        if not old:
            return
        if site.contact_checked_on and site.contact_checked_on >= self.published_on:
            yield _("L’annuaire a été vérifié le %(day)s, pas avant cette liste.") % {
                "day": french_date(site.contact_checked_on)
            }
        if not value.text:
            yield _("La liste ne donne plus rien ici.")
        elif name == "access_note":
            yield _("L’annuaire reformule le commentaire de la liste : relisez les deux.")

    def check(self, site: Site, differences: list[Difference]) -> list[Difference]:
        """The list as the newest source of the record, once all that it says is taken or known."""
        if site.contact_checked_on and site.contact_checked_on >= self.published_on:
            return []
        new = Value(self.published_on, f"{french_date(self.published_on)}, {self.source}")
        old = f"{french_date(site.contact_checked_on)}, {site.contact_source}" if site.contact_checked_on else ""
        undecided = any(not each.is_ticked and not each.known for each in differences)
        doubts = [_("D’autres différences sont à regarder d’abord.")] if undecided else []
        return [Difference(site.official_id or "", "checked", old, new, tuple(doubts))]

    def check_structure(self, entry: Entry, site: Site, commune: Commune | None, kind: str | None) -> None:
        """What an import does not change: what the record is, where and since when it carries the label."""
        cells = entry.row.cells
        if kind != site.kind:
            entry.problems.append(
                _("Type : « %(ours)s » dans l’annuaire, « %(theirs)s » dans la liste. À changer sur la fiche.")
                % {"ours": site.get_kind_display(), "theirs": cells["format_fs"]}
            )
        labelled_on = label_date(cells["labellisation_fs"])
        if labelled_on != site.wave.effective_on:
            entry.problems.append(
                _("Date du label : %(ours)s dans l’annuaire, « %(theirs)s » dans la liste. À changer sur la fiche.")
                % {"ours": french_date(site.wave.effective_on), "theirs": cells["labellisation_fs"]}
            )
        if commune is None:
            entry.problems.append(self.communes.problem(entry.row))
        elif not site.is_fixed and commune.department_id != site.department_id:
            entry.problems.append(
                _("Département : %(ours)s dans l’annuaire, %(theirs)s dans la liste. À changer sur la fiche.")
                % {"ours": site.department, "theirs": commune.department}
            )

    # A site that the directory lacks.

    def new_site(self, entry: Entry, commune: Commune | None, kind: str | None) -> NewSite | None:
        cells = entry.row.cells
        if not commune:
            entry.problems.append(self.communes.problem(entry.row))
        elif not commune.department:
            entry.problems.append(_("%(commune)s n’est dans aucun département.") % {"commune": commune})
        if kind is None:
            entry.problems.append(_("Type inconnu : « %(format)s ».") % {"format": cells["format_fs"]})
        labelled_on = label_date(cells["labellisation_fs"])
        if labelled_on is None:
            entry.problems.append(_("Date du label illisible : « %(text)s ».") % {"text": cells["labellisation_fs"]})
        elif labelled_on not in self.waves and f"{labelled_on:%Y-%m}" in self.wave_codes:
            entry.problems.append(
                _("Une autre vague porte déjà le code %(code)s : dites laquelle est la bonne pour le %(day)s.")
                % {"code": f"{labelled_on:%Y-%m}", "day": french_date(labelled_on)}
            )
        if entry.problems or not commune or kind is None or labelled_on is None:
            return None
        return NewSite(
            name=naming.site_name(cells["lib_fs"], kind, [commune.short_name, commune.post_town]),
            kind=kind,
            department=commune.department,
            commune=commune if kind == Site.Kind.FIXED else None,
            labelled_on=labelled_on,
            wave=self.waves.get(labelled_on),
        )

    def propose_names(self, entries: list[Entry]) -> None:
        """Associations need the names of all; then each new site can be shown as a whole."""
        months: dict[str, date] = {}
        proposals = naming.propose([entry.title for entry in entries], Association.objects.all())
        for entry in entries:
            site = entry.new_site
            if site is None:
                continue
            proposal = proposals[site.name]
            site.association, site.association_name, site.why = proposal.association, proposal.name, proposal.why
            site.name = naming.with_association(site.name, proposal.name)
            month = f"{site.labelled_on:%Y-%m}"
            if site.wave is None and months.setdefault(month, site.labelled_on) != site.labelled_on:
                entry.problems.append(
                    _("Deux dates de label le même mois, le %(first)s et le %(second)s : créez d’abord leurs vagues.")
                    % {"first": french_date(months[month]), "second": french_date(site.labelled_on)}
                )
                entry.new_site, entry.differences = None, []
                continue
            entry.differences.insert(0, self.creation(entry, site))

    def creation(self, entry: Entry, site: NewSite) -> Difference:
        wave = site.wave.name if site.wave else _("%(wave)s, nouvelle") % {"wave": wave_name(site.labelled_on)}
        text = _("%(name)s, %(kind)s ; association : %(association)s (%(why)s) ; %(wave)s, %(day)s ; %(place)s") % {
            "name": site.name,
            "kind": Site.Kind(site.kind).label,
            "association": site.association_name,
            "why": site.why,
            "wave": wave,
            "day": french_date(site.labelled_on),
            "place": site.commune or site.department,
        }
        doubts = []
        for other in self.sites:
            here = other.commune_id == site.commune.pk if site.commune else other.department_id == site.department.pk
            if not other.official_id and other.kind == site.kind and here:
                doubts.append(_("L’annuaire a déjà « %(name)s », sans identifiant officiel.") % {"name": other.name})
        if entry.official_id in self.earlier:
            doubts.append(_("Il était déjà dans la liste du %(day)s.") % {"day": self.earlier_day})
        return Difference(entry.official_id, "site", "", Value(site, text), tuple(doubts))


class Communes:
    """The communes that rows name: by INSEE code, or else by a name and postcode that only one has."""

    def __init__(self, rows: Iterable[ListRow]) -> None:
        rows = list(rows)
        codes = {row.cells["insee_com"] for row in rows}
        found: QuerySet[Commune] = Commune.objects.select_related("department__region")
        found = found.prefetch_related("postcodes", "aliases")
        self.by_code = {commune.insee_code: commune for commune in found.filter(insee_code__in=codes)}
        names = {fold(row.cells["lib_com"]) for row in rows if row.cells["insee_com"] not in self.by_code}
        named = found.filter(Q(search_name__in=names) | Q(aliases__search_name__in=names)).distinct()
        self.named = list(named) if names else []

    def of(self, row: ListRow) -> Commune | None:
        """None where code, name and postcode do not point to one commune: see ``problem``."""
        name = fold(row.cells["lib_com"])
        if commune := self.by_code.get(row.cells["insee_com"]):
            return commune if not name or name in names_of(commune) else None
        postcode = row.cells["code_postal"]
        candidates = [
            commune
            for commune in self.named
            if name in names_of(commune) and postcode in {each.code for each in commune.postcodes.all()}
        ]
        return candidates[0] if len(candidates) == 1 else None

    def problem(self, row: ListRow) -> str:
        cells = row.cells
        if commune := self.by_code.get(cells["insee_com"]):
            return _("Commune : le code INSEE %(code)s est celui de %(commune)s, pas de « %(name)s ».") % {
                "code": cells["insee_com"],
                "commune": commune.short_name,
                "name": cells["lib_com"],
            }
        return _("Commune inconnue : code INSEE « %(code)s », nom « %(name)s », code postal « %(postcode)s ».") % {
            "code": cells["insee_com"],
            "name": cells["lib_com"],
            "postcode": cells["code_postal"],
        }


def names_of(commune: Commune) -> set[str]:
    names = [commune.name, commune.short_name, *(alias.name for alias in commune.aliases.all())]
    return {fold(name) for name in names}


def same_street(one: str, other: str) -> bool:
    """``Le Quadri - 47 avenue des Pays-Bas`` and ``47 Avenue des Pays-Bas`` are one door."""
    folded = fold(one), fold(other)
    return folded[0] in folded[1] or folded[1] in folded[0]


def label_date(text: str) -> date | None:
    """``Espace labellisé 15/01/2021`` → 15 January 2021."""
    day, month, year = (*text.rpartition(" ")[2].split("/"), "", "", "")[:3]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def that_fits(name: str, value: Value) -> Value:
    """A value longer than its column cannot be taken: it would stop the whole import."""
    longest = getattr(Site._meta.get_field(name), "max_length", None) if name in FREE_TEXTS else None
    if longest and len(value.text) > longest:
        return Value(None, value.text, (_("Plus de %(longest)d caractères.") % {"longest": longest},))
    return value


def present_value(site: Site, name: str) -> tuple[Any, str]:
    """What the directory has, as a value and as shown."""
    if name == "point":
        return site.point or "", values.point_text(site.point) if site.point else ""
    if name == "commune":
        return site.commune, site.commune.short_name if site.commune else ""
    if name == "appointment":
        return site.appointment, str(site.get_appointment_display()) if site.appointment else ""
    if name.startswith("hours_"):
        weekday = int(name.removeprefix("hours_"))
        periods = tuple((each.opens, each.closes) for each in site.opening_periods.all() if each.weekday == weekday)
        return periods, day_text(periods)
    return getattr(site, name), getattr(site, name)


def is_same(name: str, present: Any, shown: str, value: Value) -> bool:
    if name in TYPESET:
        return fold(shown) == fold(value.text)
    if name == "point" and isinstance(present, Point) and isinstance(value.value, Point):
        return distance_km(present, value.value) < values.SAME_POINT_KM
    return value.is_readable and present == value.value


def known_differences() -> Mapping[tuple[str, str, str], str]:
    """The reason for each (official id, field, text of the list) that the directory set aside on purpose."""
    records = json.loads(KNOWN_DIFFERENCES.read_text(encoding="utf-8"))
    return {(each["official_id"], each["field"], each["listed"]): each["why"] for each in records}
