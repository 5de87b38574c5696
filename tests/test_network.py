"""The sites labelled since the two releases, and the desks of other bearers: each beside the official list.

Here the cells of the list are read anew, by rules of a line each. Where a record differs otherwise, its
``data_note`` must say so.
"""

import csv
import json
import re
from collections import Counter
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from labels.models import PressRelease, Wave
from pimms_directory.base.folding import fold
from sites.loading import gazetteer, other_desks
from sites.loading.fixtures import NETWORK_SITES, NETWORK_WAVES, RELEASE_SITES
from sites.loading.gazetteer import GazetteerRow
from sites.loading.other_desks import DeskRow
from sites.models import Association, OtherDesk, Site
from sites.models.distance import Point, distance_km

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
EXTRACT = Path(__file__).parent / "data" / "liste-fs-20240801-extrait.csv"
MOBILE = re.compile(r"(?<!\d)0[67]([ .-]?\d\d){4}(?!\d)")
DAYS = ("h_lundi", "h_mardi", "h_mercredi", "h_jeudi", "h_vendredi", "h_samedi")
KINDS = {"Fixe": "fixed", "Bus_équivalent": "mobile", "Itinérante": "multisite", "Multisites": "multisite"}
SHORTENED = {"av": "avenue", "dr": "docteur", "213bis": "213 bis"}


def fields_of(name: str) -> list[dict]:
    return [record["fields"] for record in json.loads((FIXTURES / name).read_text("utf-8"))]


RELEASED, SINCE, WAVES = fields_of(RELEASE_SITES), fields_of(NETWORK_SITES), fields_of(NETWORK_WAVES)
LISTED = {row["id_fs"]: row for row in csv.DictReader(EXTRACT.read_text("utf-8").splitlines())}
PERIODS = [
    json.loads(line)["fields"] for line in (FIXTURES / "network/opening_periods.jsonl").read_text("utf-8").splitlines()
]
each_site = pytest.mark.parametrize("site", SINCE, ids=[site["slug"] for site in SINCE])


def is_of_network(row: dict) -> bool:
    return "pimms" in (row["lib_fs"] + row["mail"].rpartition("@")[2]).lower()


def words(text: str) -> str:
    return " ".join(SHORTENED.get(word, word) for word in fold(text).split())


# How many there are.


def test_the_list_names_91_sites_of_the_network():
    ids = {row["id_fs"] for row in LISTED.values() if is_of_network(row)}
    assert len(ids) == 91
    assert ids == {site["official_id"] for site in (*RELEASED, *SINCE)}


@pytest.mark.django_db
def test_38_sites_were_labelled_after_the_53_of_the_releases(network):
    first, second = (PressRelease.objects.get(slug=slug).listings for slug in ("2019-11-22", "2020-10-14"))
    new = second.filter(marked_new=True)
    assert [first.count(), new.count(), second.count()] == [33, 13, 53]
    of_2019, of_autumn, of_2020 = (set(lines.values_list("site", flat=True)) for lines in (first, new, second))
    assert [len(of_2019), len(of_autumn), len(of_2020)] == [33, 13, 53]
    assert len(of_2020 - of_2019 - of_autumn) == 53 - 33 - 13 == 7
    assert of_2019 <= of_2020
    assert Site.objects.labelled().count() == 91
    since = Site.objects.filter(listings=None)
    assert since.count() == 91 - 53 == 38 == len(SINCE)
    assert set(since.values_list("official_id", flat=True)) == {site["official_id"] for site in SINCE}
    assert min(since.values_list("wave__effective_on", flat=True)) > date(2020, 10, 14)


@pytest.mark.django_db
def test_waves_since_come_from_the_list_and_no_release(network):
    numbers = Counter(LISTED[site["official_id"]]["labellisation_fs"][-10:] for site in SINCE)
    for wave in Wave.objects.filter(effective_on__year__gt=2020):
        assert wave.sites.count() == numbers.pop(f"{wave.effective_on:%d/%m/%Y}")
        assert wave.code == f"{wave.effective_on:%Y-%m}"
        assert wave.release is None
        assert wave.source.startswith("Liste officielle des France Services, ANCT, 1er août 2024")
    assert not numbers
    assert Wave.objects.count() == 3 + 10
    assert Wave.objects.filter(effective_on__year__lte=2020, sites__listings=None).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["labels", "directory"])
def test_every_row_is_valid(app, network):
    for model in (Site, Association, OtherDesk, Wave):
        if model in apps.get_app_config(app).get_models():
            for row in model.objects.all():
                row.full_clean()


# Each of the 38 beside its row of the list.


@each_site
def test_identity_kind_and_territory_are_the_list_s(site):
    row = LISTED[site["official_id"]]
    assert site["official_name"] == " ".join(row["lib_fs"].split())
    assert site["kind"] == KINDS[row["format_fs"]]
    assert site["department"] == [row["insee_dep"]]
    assert site["commune"] == ([row["insee_com"]] if site["kind"] == "fixed" else None)
    (wave,) = (wave for wave in WAVES if [wave["code"]] == site["wave"])
    day, month, year = row["labellisation_fs"].removeprefix("Espace labellisé ").split("/")
    assert wave["effective_on"] == f"{year}-{month}-{day}"
    assert site["contact_checked_on"] == "2024-08-01"
    assert site["contact_source"] == RELEASED[0]["contact_source"]


@each_site
def test_a_site_is_named_after_the_association_that_the_list_or_the_note_tells(site):
    associations = {each["slug"]: each["name"] for each in fields_of("associations.json")}
    associations |= {each["slug"]: each["name"] for each in fields_of("network/associations.json")}
    name = associations[site["association"][0]]
    assert site["name"].startswith(name)
    if site["association"][0] not in {each["association"][0] for each in RELEASED}:
        first_of_its = next(each for each in SINCE if each["association"] == site["association"])
        assert name == first_of_its["name"].partition(" – ")[0]
    elif not set(fold(name).split()[1:2]) & set(fold(LISTED[site["official_id"]]["lib_fs"]).split()):
        assert "rattache" in site["data_note"], "the list does not name it"


@each_site
def test_an_address_is_the_list_s_or_the_note_quotes_the_list(site):
    row = LISTED[site["official_id"]]
    listed = [part for part in (row["adresse"], row["complement_adresse"]) if part]
    quoted = re.findall("« (.*?) »", site["data_note"])
    left = [part for part in listed if not any(fold(quote) in fold(part) for quote in quoted)]
    if site["kind"] == "fixed":
        ours = f"{site['address']} {site['address_complement']}"
        assert not site["base"]
    else:
        assert not any((site["address"], site["address_complement"], site["postcode"], site["latitude"]))
        ours, _comma, town = site["base"].rpartition(", ")
        assert words(town) == words(f"{row['code_postal']} {row['lib_com'].removesuffix(' 8e')}")
    if left == listed and "répète le code postal et la ville" not in site["data_note"]:
        assert sorted(words(ours).split()) == sorted(words(" ".join(left)).split())
    assert not re.search(r"\b[A-ZÉ]{4,}\b", ours), "capitals shout"


@each_site
def test_a_desk_has_a_postcode_and_a_point_of_its_commune(site, communes):
    if site["kind"] != "fixed":
        return
    row, commune = LISTED[site["official_id"]], communes[site["commune"][0]]
    assert site["postcode"] in commune.postcodes
    assert site["postcode"] == row["code_postal"] or f"code postal {row['code_postal']}" in site["data_note"]
    assert [site["latitude"], site["longitude"]] == [round(float(row[name]), 6) for name in ("latitude", "longitude")]
    place = Point(site["latitude"], site["longitude"])
    assert distance_km(place, Point(commune.latitude, commune.longitude)) < 6


@each_site
def test_no_number_or_mail_of_a_person(site):
    row = LISTED[site["official_id"]]
    assert not MOBILE.search(json.dumps(site))
    if MOBILE.fullmatch(row["telephone"]):
        assert not site["phone"]
        assert "numéro de mobile" in site["data_note"]
    else:
        assert site["phone"] == row["telephone"]
    if row["mail"].startswith("prenom.nom@"):
        assert not site["email"]
        assert "courriel d’une personne" in site["data_note"]
    else:
        assert site["email"] == row["mail"]
        assert site["email"].rpartition("@")[2] in ("pimmsmediation.fr", "pimms.org")


@each_site
def test_hours_are_the_list_s_or_the_note_says_why_not(site):
    row = LISTED[site["official_id"]]
    listed = {
        (day, start, end)
        for day, name in enumerate(DAYS, start=1)
        for start, end in re.findall(r"(\d\d:\d\d) - (\d\d:\d\d)", row[name])
    }
    ours = [
        (each["weekday"], each["opens"][:5], each["closes"][:5]) for each in PERIODS if each["site"] == [site["slug"]]
    ]
    assert len(ours) == len(set(ours))
    if set(ours) != listed:
        assert "l’annuaire suit le commentaire" in site["data_note"]
        assert {day for day, _start, _end in ours} == {day for day, _start, _end in listed}
    if sum(row[name].count(" - ") for name in DAYS) != len(listed):
        assert "imprime deux fois" in site["data_note"]


@each_site
def test_appointments_and_notes_come_from_the_list(site):
    row = LISTED[site["official_id"]]
    expected = {"Oui": "possible", "Non": "none"}[row["prise_rdv"]]
    assert site["appointment"] == expected or "répond « Non » à la prise de rendez-vous" in site["data_note"]
    assert not site["website"] or site["website"] in row["commentaire"]
    said = set(fold(" ".join([row["lib_fs"], row["lib_com"], row["commentaire"]])).split())
    names = re.findall(r"(?<=[\w,;:–] )[A-ZÉÎ][\w’-]+", f"x {site['area_served']}. {site['access_note']}")
    # A slip of the pen is put right: the list has “Polygonne” and “Kerguilette”.
    invented = {
        word
        for word in set(fold(" ".join(names)).split()) - {"dix", "le"}
        if not get_close_matches(word, said, 1, 0.85)
    }
    assert not invented
    if row["commentaire"]:
        assert site["access_note"] or "aussi pour les rendez-vous" in site["data_note"]


# The desks of other bearers.


@pytest.fixture(scope="module")
def communes() -> dict[str, GazetteerRow]:
    return {row.insee_code: row for row in gazetteer.read_rows(FIXTURES / gazetteer.FILE_NAME)}


@pytest.fixture(scope="module")
def others() -> dict[str, DeskRow]:
    return {row.official_id: row for row in other_desks.read_desks(FIXTURES / other_desks.FILE_NAME)}


def test_all_rows_of_the_list_but_the_network_s_are_other_desks(others):
    assert len(others) == 2845 - 91 == 2754
    assert not others.keys() & {site["official_id"] for site in (*RELEASED, *SINCE)}
    assert Counter(row.kind for row in others.values()) == {"fixed": 2440, "multisite": 197, "mobile": 117}
    assert {row.listed_on for row in others.values()} == {date(2024, 8, 1)}


def test_other_desks_stand_in_communes_that_exist(others, communes):
    assert {row.insee_code for row in others.values()} <= communes.keys()
    assert all(row.postcode in ("", *communes[row.insee_code].postcodes) for row in others.values())
    for row in others.values():
        commune = communes[row.insee_code]
        assert (row.latitude is None) == (row.kind != "fixed")
        # The communes of Guiana are as large as departments; two of Saint-Martin have no centre. Lège-Cap-Ferret is
        # 20 km long, and Mafate is a cirque behind La Possession.
        if row.latitude and row.longitude and commune.latitude and commune.longitude and commune.department != "973":
            assert distance_km(Point(row.latitude, row.longitude), Point(commune.latitude, commune.longitude)) < 20


def test_other_desks_have_no_number_of_a_person_nor_a_dear_one(others):
    assert not [row for row in others.values() if re.match("06|07|08[129]", row.phone.replace(" ", ""))]
    assert sum(bool(row.phone) for row in others.values()) > 2_500


def test_other_desks_are_what_the_list_says(others, communes):
    for row in LISTED.values():
        if is_of_network(row):
            continue
        ours = others[row["id_fs"]]
        assert fold(ours.name) == fold(row["lib_fs"])
        assert ours.insee_code == row["insee_com"]
        if row["code_postal"] in communes[ours.insee_code].postcodes:
            assert ours.postcode == row["code_postal"]
        assert row["telephone"].replace(" ", "") in ("", ours.phone.replace(" ", ""))  # the extract has landlines only
        said = {day for day, name in enumerate(DAYS, start=1) if re.sub("00:00 - 00:00", "", row[name]).strip(" /")}
        assert {int(day) for day in ours.open_days} == said
