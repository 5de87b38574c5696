"""What the rows of a list are compared with: read in a constant number of queries, whatever the number of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.base.folding import fold
from pimms_directory.base.templatetags.french import french_date
from sites.models import Commune, OfficialList, Site
from sites.staff.official_list import values
from sites.staff.official_list.reading import ListRow
from sites.staff.official_list.storing import stored_rows

# What the directory set aside or reworded when it first took over the list of 1 August 2024, and why.
KNOWN_DIFFERENCES = Path(__file__).with_name("known_differences.json")


class Lookups:
    def __init__(self, official_list: OfficialList) -> None:
        self.published_on = official_list.published_on
        self.rows = stored_rows(official_list)
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
        self.earlier = {row.official_id: row for row in stored_rows(earlier)} if earlier else {}
        self.earlier_day = french_date(earlier.published_on) if earlier else ""
        self.known = known_differences()


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
            text = _("Commune : le code INSEE %(code)s est celui de %(commune)s, pas de « %(name)s ».")
            return text % {"code": cells["insee_com"], "commune": commune.short_name, "name": cells["lib_com"]}
        text = _("Commune inconnue : code INSEE « %(code)s », nom « %(name)s », code postal « %(postcode)s ».")
        return text % {"code": cells["insee_com"], "name": cells["lib_com"], "postcode": cells["code_postal"]}


def names_of(commune: Commune) -> set[str]:
    names = [commune.name, commune.short_name, *(alias.name for alias in commune.aliases.all())]
    return {fold(name) for name in names}


def known_differences() -> Mapping[tuple[str, str, str], str]:
    """The reason for each (official id, field, text of the list) that the directory set aside on purpose."""
    records = json.loads(KNOWN_DIFFERENCES.read_text(encoding="utf-8"))
    return {(each["official_id"], each["field"], each["listed"]): each["why"] for each in records}
