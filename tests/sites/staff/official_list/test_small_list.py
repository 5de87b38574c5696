"""Lists of a row or two beside a directory of a few records: each sentence of the comparison, and when it is said."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from pimms_directory.editing.publishing.publication import Publication
from sites.models import Association, Commune, Site
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.reading import from_file
from sites.staff.official_list.ties import check_ties, likeliest_first, posted_ties
from tests.factories import (
    AssociationFactory,
    CommuneFactory,
    DepartmentFactory,
    PostcodeFactory,
    SiteFactory,
    WaveFactory,
)
from tests.sites.staff.official_list.files import LIST_DAY, NEXT_DAY, as_csv, records

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

VIZILLE = "2748"
ODD_DAY = "aucun n’est d’avant le 1er\u00a0juillet 2019 ni d’après cette liste."
BEFORE = LIST_DAY - timedelta(days=1)


def row(**cells: str) -> dict[str, str]:
    """That of Vizille, with other cells."""
    return next(each for each in records() if each["id_fs"] == VIZILLE) | cells


@pytest.fixture
def vizille() -> Commune:
    DepartmentFactory()  # or else communes and departments have the same keys
    isere = DepartmentFactory(code="38", name="Isère")
    commune = CommuneFactory(name="Vizille", insee_code="38562", department=isere, latitude=45.0787, longitude=5.7690)
    PostcodeFactory(code="38220", commune=commune)
    return commune


@pytest.fixture
def site(vizille) -> Site:
    """As the list says it, and checked the day before."""
    return SiteFactory(
        name="PIMMS Isère – Vizille",
        official_id=VIZILLE,
        official_name="France services Pimms Médiation Mediation Isere - Vizille",
        commune=vizille,
        department=vizille.department,
        address="1 square Alfred Poncet",
        postcode="38220",
        latitude=45.07876,
        longitude=5.769056,
        email="vizille@pimmsmediation.fr",
        phone="04 76 78 86 42",
        appointment=Site.Appointment.NONE,
        wave__effective_on=date(2022, 7, 1),
        contact_checked_on=BEFORE,
        contact_source="Appel",
    )


@pytest.fixture
def compared(kept_list):
    """``compared(row(…), row(…), day=…, ties={…})``"""

    def look(*rows, day=LIST_DAY, ties=None):
        return compare(kept_list(as_csv(rows), day), ties or {})

    return look


def only(comparison):
    [entry] = comparison.entries
    return entry


def taken_up(official_list):
    official_list.applied_at = timezone.now()
    official_list.save()


# A site that the directory has


def test_a_newer_list_that_says_the_same_confirms_the_record(site, compared):
    entry = only(compared(row()))
    [difference] = entry.differences
    assert (entry.problems, difference.field, difference.is_ticked) == ([], "checked", True)
    assert difference.old == "31\u00a0juillet 2024, Appel"
    assert difference.new.text.startswith("1er\u00a0août 2024, ") and "ANCT" in difference.new.text
    assert difference.new.value == LIST_DAY
    assert difference.official_id == VIZILLE
    Site.objects.update(contact_checked_on=LIST_DAY)
    assert only(compared(row())).differences == [], "the record is as new"
    Site.objects.update(contact_checked_on=None)
    [difference] = only(compared(row())).differences
    assert (difference.old, difference.is_ticked) == ("", True)


def test_what_is_to_be_decided_comes_before_the_date(site, compared):
    entry = only(compared(row(telephone="04 76 78 86")))
    assert [(each.official_id, each.field) for each in entry.differences] == [(VIZILLE, "phone"), (VIZILLE, "checked")]
    assert entry.differences[1].doubts == ("D’autres différences sont à regarder d’abord.",)
    entry = only(compared(row(telephone="04 76 78 86 43")))
    assert [(each.field, each.doubts) for each in entry.differences] == [("phone", ()), ("checked", ())]


def test_a_comment_is_never_taken_over_the_words_of_the_directory_unread(site, compared):
    text = "Sur la place du marché."
    [note, _checked] = only(compared(row(commentaire=text))).differences
    assert (note.old, note.new.text, note.doubts) == ("", text, ()), "there is nothing to lose"
    Site.objects.update(access_note="Place du marché")
    [note, _checked] = only(compared(row(commentaire=text))).differences
    assert note.doubts == ("L’annuaire reformule le commentaire de la liste : relisez les deux.",)
    [note, _checked] = only(compared(row())).differences
    assert note.doubts == ("La liste ne donne plus rien ici.",)
    Site.objects.update(contact_checked_on=LIST_DAY)
    [note] = only(compared(row())).differences
    assert note.doubts == (
        "La fiche est du 1er\u00a0août 2024, cette liste n’est pas plus récente.",
        "La liste ne donne plus rien ici.",
    )


def test_a_move_whose_point_stays_is_doubted_and_one_whose_point_moves_is_not(site, compared):
    doubts = ("L’adresse change, mais le point de la liste est resté le même.",)
    [address, _checked] = only(compared(row(adresse="9 rue Neuve"))).differences
    assert (address.field, address.doubts) == ("address", doubts)
    [address, point, _checked] = only(compared(row(adresse="9 rue Neuve", latitude="45.08"))).differences
    assert (address.doubts, point.field) == ((), "point")
    Site.objects.update(address="")
    [address, _checked] = only(compared(row(adresse="9 rue Neuve"))).differences
    assert address.doubts == (), "it had none"


def test_what_the_list_before_said_is_no_news_where_it_says_the_same(site, compared, kept_list):
    taken_up(kept_list(as_csv([row(), row(id_fs="9009")]), BEFORE))
    Site.objects.update(phone="04 76 00 00 00", contact_checked_on=BEFORE)
    [phone, _checked] = only(compared(row())).differences
    assert phone.doubts == ("La liste du 31\u00a0juillet 2024 le disait déjà, et l’annuaire ne l’a pas repris.",)
    [phone, _checked] = only(compared(row(telephone="04 76 78 86 43"))).differences
    assert phone.doubts == ()


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (
            {"format_fs": "Bus"},
            "Type : « lieu fixe » dans l’annuaire, « Bus » dans la liste. À changer sur la fiche.",
        ),
        (
            {"labellisation_fs": "Label retiré"},
            "N’est plus labellisé : la liste dit « Label retiré ». À changer sur la fiche.",
        ),
        (
            {"labellisation_fs": "Espace labellisé 02/07/2022"},
            "Date du label : 1er\u00a0juillet 2022 dans l’annuaire, « Espace labellisé 02/07/2022 » dans la liste. "
            "À changer sur la fiche.",
        ),
        (
            {"labellisation_fs": "Espace labellisé 01/07/2022 (suspendu)"},
            "Date du label : 1er\u00a0juillet 2022 dans l’annuaire, « Espace labellisé 01/07/2022 (suspendu) » dans "
            "la liste. À changer sur la fiche.",
        ),
        (
            {"labellisation_fs": "bientôt"},
            "Date du label : 1er\u00a0juillet 2022 dans l’annuaire, « bientôt » dans la liste. À changer sur la fiche.",
        ),
        (
            {"insee_com": "99999", "lib_com": "Ailleurs"},
            "Commune inconnue : code INSEE « 99999 », nom « Ailleurs », code postal « 38220 ».",
        ),
    ],
)
def test_what_an_import_never_changes_is_said_in_a_sentence(site, compared, cells, problem):
    assert only(compared(row(**cells))).problems == [problem]


def test_another_department_is_a_problem_for_a_bus_and_another_commune_a_difference_for_a_desk(site, compared):
    other = CommuneFactory(name="Lyon", insee_code="69123", department=DepartmentFactory(code="69", name="Rhône"))
    cells = {"insee_com": "69123", "lib_com": "Lyon"}
    entry = only(compared(row(**cells)))
    assert entry.problems == []
    assert "commune" in [each.field for each in entry.differences]
    Site.objects.update(kind="mobile", commune=None, latitude=None, longitude=None, address="", postcode="")
    assert only(compared(row(format_fs="Bus"))).problems == []
    assert only(compared(row(format_fs="Bus", **cells))).problems == [
        f"Département : {site.department} dans l’annuaire, {other.department} dans la liste. À changer sur la fiche."
    ]


def test_sites_that_the_list_does_not_name_are_gone_but_for_those_that_have_ended(site, compared):
    SiteFactory(name="PIMMS fermé", closed_on=BEFORE)
    SiteFactory(name="PIMMS sans label", label_ended_on=BEFORE)
    SiteFactory(name="PIMMS sans numéro", official_id=None)
    SiteFactory(name="PIMMS sans numéro, fermé", official_id=None, closed_on=BEFORE)
    gone = SiteFactory(name="PIMMS disparu")
    comparison = compared(row())
    assert (comparison.gone, comparison.unlisted) == ([gone], 1)


def test_entries_are_in_the_order_of_names_then_of_lines(site, vizille, compared):
    names = ("France services Zinzin", "France services Écully", "France services Écully", "France services Arc")
    rows = [
        row(id_fs=str(number), lib_fs=name, labellisation_fs="bientôt") for number, name in enumerate(names, start=9001)
    ]
    assert [each.official_id for each in compared(*rows).entries] == ["9004", "9002", "9003", "9001"]


# A site that it does not have


def test_a_new_site_is_told_whole_in_a_line(vizille, compared):
    AssociationFactory(name="PIMMS Isère")
    entry = only(compared(row()))
    creation, *values = entry.differences
    assert creation.field == "site" and creation.official_id == VIZILLE and creation.is_ticked
    assert creation.old == ""
    assert creation.new.text == (
        "PIMMS Isère – Vizille, lieu fixe ; association : PIMMS Isère (même nom avant le tiret) ; "
        "Vague de juillet 2022, nouvelle, 1er\u00a0juillet 2022 ; Vizille (38)"
    )
    assert {each.field: each.new.text for each in values} == {
        "official_name": "France services Pimms Médiation Mediation Isere - Vizille",
        "commune": "Vizille",
        "address": "1 square Alfred Poncet",
        "postcode": "38220",
        "point": "45.078760 ; 5.769056",
        "phone": "04 76 78 86 42",
        "email": "vizille@pimmsmediation.fr",
        "appointment": "sans rendez-vous",
    }
    assert {(each.official_id, each.old) for each in values} == {(VIZILLE, "")}
    site = entry.new_site
    assert (site.publication, site.contact_checked_on) == (Publication.DRAFT, LIST_DAY)
    assert "ANCT" in site.contact_source
    assert site.commune == vizille and site.wave.publication == Publication.DRAFT


def test_a_new_bus_belongs_to_a_department_and_to_a_wave_that_is_there(vizille, compared):
    wave = WaveFactory(effective_on=date(2022, 7, 1))
    entry = only(compared(row(format_fs="Bus")))
    assert entry.new_site.commune is None and entry.new_site.wave == wave
    assert entry.differences[0].new.text.endswith(f" ; {wave}, 1er\u00a0juillet 2022 ; {vizille.department}")


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"labellisation_fs": "Label retiré"}, "N’est plus labellisé : « Label retiré »."),
        ({"labellisation_fs": "bientôt"}, "Date du label illisible : « bientôt »."),
        ({"format_fs": "Péniche"}, "Type inconnu : « Péniche »."),
        (
            {"labellisation_fs": "Espace labellisé 15/07/2022"},
            "Une autre vague porte déjà le code 2022-07 : dites laquelle est la bonne pour le 15\u00a0juillet 2022.",
        ),
        (
            {"insee_com": "98735", "lib_com": "Papeete"},
            "Papeete (Polynésie française) n’est dans aucun département.",
        ),
    ],
)
def test_what_keeps_a_new_site_out_is_said_in_a_sentence(vizille, compared, cells, problem):
    WaveFactory(effective_on=date(2022, 7, 1))
    CommuneFactory(name="Papeete", insee_code="98735", department=None, collectivity="Polynésie française")
    entry = only(compared(row(**cells)))
    assert (entry.problems, entry.new_site, entry.differences) == ([problem], None, [])


def test_two_days_of_a_month_wait_for_their_waves(vizille, compared):
    later = row(id_fs="9001", lib_fs="France services Autre", labellisation_fs="Espace labellisé 15/07/2022")
    first, second = compared(row(), later).entries[::-1]
    assert first.new_site
    assert (second.new_site, second.problems) == (
        None,
        [
            "Deux dates de label le même mois, le 1er\u00a0juillet 2022 et le 15\u00a0juillet 2022 : "
            "créez d’abord leurs vagues."
        ],
    )


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("Espace labellisé 01/07/2019", None),
        ("Espace labellisé 30/06/2019", f"Label du 30\u00a0juin 2019 : {ODD_DAY}"),
        ("Espace labellisé 01/08/2024", None),
        ("Espace labellisé 02/08/2024", f"Label du 2\u00a0août 2024 : {ODD_DAY}"),
        ("Espace labellisé 01/07/2022 (antenne)", "Après la date du label, la liste écrit : « antenne »."),
    ],
)  # fmt: skip
def test_a_label_of_an_odd_day_is_doubtful(vizille, compared, said, doubt):
    creation = only(compared(row(labellisation_fs=said))).differences[0]
    assert creation.doubts == ((doubt,) if doubt else ())


def test_a_site_without_number_of_the_same_kind_and_place_may_be_the_new_one(vizille, compared):
    isere, elsewhere = vizille.department, CommuneFactory()
    here = {"official_id": None, "commune": vizille, "department": isere}
    SiteFactory(name="PIMMS d’ici", **here)
    SiteFactory(name="PIMMS d’ailleurs", official_id=None, commune=elsewhere, department=elsewhere.department)
    neighbour = CommuneFactory(name="Jarrie", department=isere)
    SiteFactory(name="PIMMS d’à côté", official_id=None, commune=neighbour, department=isere)
    SiteFactory(name="PIMMS numéroté", **(here | {"official_id": "77"}))
    SiteFactory(name="Bus d’ici", mobile=True, official_id=None, department=isere)
    SiteFactory(name="Bus d’ailleurs", mobile=True, official_id=None, department=elsewhere.department)
    for format_, name in (("Fixe", "PIMMS d’ici"), ("Bus", "Bus d’ici")):
        creation = only(compared(row(format_fs=format_))).differences[0]
        assert creation.doubts == (f"L’annuaire a déjà « {name} », sans identifiant officiel.",)


def test_a_new_site_that_the_list_before_had_is_doubtful(vizille, compared, kept_list):
    taken_up(kept_list(as_csv([row(), row(id_fs="9009")]), BEFORE))
    creation = only(compared(row())).differences[0]
    assert creation.doubts == ("Il était déjà dans la liste du 31\u00a0juillet 2024.",)
    assert only(compared(row(id_fs="9001"))).differences[0].doubts == ()


# Ties


def test_only_what_names_a_site_is_read_of_a_posted_form():
    posted = {
        "tie-1": "12",
        "tie-2": "",
        "tie-3": "9" * 17,
        "tie-4": "9" * 18,
        "tie-5": "²",
        "tie-6": "-1",
        "take": "7",
    }
    assert posted_ties(posted) == {"1": 12, "3": int("9" * 17)}


def test_a_tied_site_that_has_another_number_is_doubtful(site, compared):
    entry = only(compared(row(id_fs="9001"), ties={"9001": site.pk}))
    tie = entry.differences[0]
    assert (tie.official_id, tie.field, tie.old, tie.new.value, tie.new.text) == (
        "9001", "official_id", VIZILLE, "9001", "9001",
    )  # fmt: skip
    assert tie.doubts == ("L’annuaire a le n° 2748, que cette liste n’a pas : le site a-t-il changé de numéro ?",)
    assert entry.may_be == [site]
    Site.objects.update(official_id=None)
    tie = only(compared(row(id_fs="9001"), ties={"9001": site.pk})).differences[0]
    assert (tie.old, tie.doubts) == ("", ())
    assert only(compared(row(), ties={"8000": site.pk})).site is None, "the list has no such row"


def test_a_tie_that_cannot_be_says_why(site, vizille, compared):
    ended = SiteFactory(name="PIMMS sans label", official_id=None, label_ended_on=BEFORE)
    rows = [row(), row(id_fs="9001", lib_fs="France services Autre")]

    def refused(**ties):
        entries = {
            each.official_id: each for each in compared(*rows, ties={key[1:]: pk for key, pk in ties.items()}).entries
        }
        return entries["9001"].problems + entries[VIZILLE].problems

    assert refused() == []
    assert refused(_9001=0) == ["Le site choisi n’existe plus."]
    assert refused(_9001=ended.pk) == [
        "« PIMMS sans label » est déjà rattaché à cette liste (n° –), ou n’a plus de label."
    ]
    assert refused(_9001=site.pk) == [
        "« PIMMS Isère – Vizille » est déjà rattaché à cette liste (n° 2748), ou n’a plus de label."
    ]
    assert refused(_2748=ended.pk) == ["Cette ligne est déjà celle du site « PIMMS Isère – Vizille »."]


def test_one_site_is_tied_to_one_row(site, compared):
    Site.objects.update(official_id=None)
    comparison = compared(row(id_fs="9001"), row(id_fs="9002"), ties={"9001": site.pk, "9002": site.pk})
    entries = {each.official_id: each for each in comparison.entries}
    assert entries["9001"].site == site
    line = entries["9001"].row.line
    assert entries["9002"].problems == [f"« PIMMS Isère – Vizille » est déjà rattaché à la ligne {line}."]
    assert check_ties({}, [], []) == ({}, {})


def test_the_likeliest_sites_are_offered_first(vizille):
    isere = vizille.department
    far = SiteFactory(slug="a-loin")
    department = SiteFactory(slug="b-departement", department=isere)
    here = [SiteFactory(slug=slug, commune=vizille, department=isere) for slug in ("d-ici", "c-ici")]
    sites = [far, department, *here]
    assert likeliest_first(sites, vizille) == [here[1], here[0], department, far]
    assert likeliest_first(sites[::-1], None) == [far, department, here[1], here[0]]


def test_a_list_is_kept_with_the_end_of_its_name(kept_list):
    kept = kept_list(as_csv([row()]))
    assert kept.name == "liste-fs-20240801.csv"
    assert from_file(f"{'x' * 300}-20240801.csv", as_csv([row()]), None).name == f"{'x' * 187}-20240801.csv"


def test_nothing_is_written_by_comparing(vizille, compared):
    compared(row())
    assert not Site.objects.exists() and not Association.objects.exists()
    assert compared(row(), day=NEXT_DAY).published_on == NEXT_DAY
