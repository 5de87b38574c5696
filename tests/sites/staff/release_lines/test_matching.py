"""Which site a printed line means: never a guess where two answer."""

import pytest

from sites.models import Listing
from sites.staff.release_lines.matching import match, sites_to_match
from sites.staff.release_lines.proposing import commune_typed, new_sites
from sites.staff.release_lines.reading import read_pasted_text
from tests.factories import CommuneFactory, DepartmentFactory, RegionFactory, SiteAliasFactory, SiteFactory

pytestmark = pytest.mark.django_db


def matched(text: str, order: str = "dcn", before=()):
    lines = read_pasted_text(text, order).lines
    found = match(lines, sites_to_match(), before)
    return [found[line.key] for line in lines]


def test_the_first_release_finds_its_sites_or_asks(directory, pasted, printed):
    """33 lines of 2019 against the names of today: each right, or left to the editor, never wrong."""
    open_rows = {}
    for line, found in zip(printed["2019-11-22"], matched(pasted("2019-11-22"), ""), strict=True):
        if found.best is None:
            open_rows[line["row"]] = found
        else:
            assert found.best.site.slug == line["site"][0]
    # Brest twice the same; two buses and "Paris 18 - Est", which name no commune.
    assert set(open_rows) == {5, 6, 10, 18, 22}
    assert "répondent aussi bien" in open_rows[5].open_question
    for row, found in open_rows.items():
        line = next(each for each in printed["2019-11-22"] if each["row"] == row)
        assert line["site"][0] in {candidate.site.slug for candidate in found.candidates}


def test_what_another_release_printed_is_remembered(directory, pasted, printed):
    text = "\n".join(line for line in pasted("2019-11-22").splitlines() if "Paris 18" in line)
    before = Listing.objects.filter(release__slug="2019-11-22").select_related("release")
    (found,) = matched(text, "", before)
    assert found.best.site.name == "PIMMS Paris – Paris Nord-Est (18e, Jacques Kablé)"
    assert "imprimé ainsi dans le communiqué du 22 novembre 2019" in found.best.why.replace("\u00a0", " ")


def test_a_line_marked_new_is_no_neighbour_of_the_same_association(directory):
    site = "Auvergne-Rhône-Alpes\tRhône\tPIMMS Lyon Métropole - Villeurbanne"
    from sites.models import Site

    Site.objects.filter(slug="pimms-lyon-metropole-villeurbanne").update(name="PIMMS Tout Autre Nom")
    (known,), (new,) = matched(site, "rdn"), matched(f"{site} *", "rdn")
    assert known.best.why == "même association et même commune (Villeurbanne)"
    assert new.best is None
    assert new.candidates[0].site == known.best.site


def test_former_names_answer():
    site = SiteFactory(name="PIMMS Bourgogne du Sud – Melay")
    SiteAliasFactory(site=site, name="PIMMS Canton de Chauffailles")
    (found,) = matched("X\t\tPimms canton de CHAUFFAILLES")
    assert (found.best.site, found.best.why) == (site, "ancien nom « PIMMS Canton de Chauffailles »")


@pytest.mark.parametrize(
    ("printed", "difference"),
    [
        ("PIMMS Lyon Métropole - Villeurbane", ("Villeurbane", "Villeurbanne")),
        ("PIMMS Lyon Métropole - Villleurbanne", ("Villleurbanne", "Villeurbanne")),
        ("PIMMS Lyon Métropole - Vilelurbanne", ("Vilelurbanne", "Villeurbanne")),
        ("PIMMS Lyon Métrapole - VILLEURBANNE", ("Métrapole", "Métropole")),
        ("PIMM LYON METROPOLE – VILLEURBANNE", ("PIMM", "PIMMS")),
        ("Pimms Lyon Metropole—Villeurbanne", None),
        ("PIMMS Lyon-Métropole - villeurbanne", None),
    ],
)
def test_a_line_with_one_letter_wrong_is_that_site_and_says_the_difference(directory, printed, difference):
    (found,) = matched(f"Auvergne-Rhône-Alpes\tRhône\t{printed}", "rdn")
    assert found.best.site.name == "PIMMS Lyon Métropole – Villeurbanne"
    assert found.best.misprint == difference
    if difference:
        assert found.best.why == "à une lettre près : « {} » imprimé, « {} » dans l’annuaire".format(*difference)


@pytest.mark.parametrize(
    ("printed", "known"),
    [
        ("PIMMS de St Brieuc", "PIMMS de Saint-Brieuc"),
        ("PIMMS DE SAINT BRIEUC", "PIMMS de Saint-Brieuc"),
        ("PIMMS de l'Huveaune", "PIMMS de l’Huveaune"),
        ("PIMMS Coeur de l’Huveaune", "PIMMS Cœur de l'Huveaune"),
        ("PIMMS Evry", "PIMMS Évry"),
    ],
)
def test_spellings_are_no_misprints(printed, known):
    site = SiteFactory(name=known)
    (found,) = matched(f"X\t\t{printed}")
    assert (found.best.site, found.best.misprint) == (site, None)


def test_two_sites_equally_near_are_asked_about():
    SiteFactory(name="PIMMS Lavel"), SiteFactory(name="PIMMS Lavol")
    (found,) = matched("\t\tPIMMS Laval")
    assert found.best is None
    assert "répondent aussi bien" in found.open_question
    SiteFactory(name="PIMMS Laval")
    (found,) = matched("\t\tPIMMS Laval")
    assert found.best.site.name == "PIMMS Laval"


def test_a_near_name_in_another_department_is_offered_and_not_chosen():
    site = SiteFactory(name="PIMMS Sens")
    (found,) = matched("Pas-de-Calais\t\tPIMMS Lens")
    assert found.best is None
    assert found.candidates[0].site == site


def test_numbers_are_never_misprints():
    SiteFactory(name="PIMMS Brest 1")
    (found,) = matched("\t\tPIMMS Brest 2")
    assert found.candidates == [] or found.candidates[0].misprint is None


def test_a_former_name_and_a_commune_may_be_misprinted_too(directory):
    site = SiteFactory(name="PIMMS Bourgogne du Sud – Melay")
    SiteAliasFactory(site=site, name="PIMMS Canton de Chauffailles-Melay")
    (found,) = matched("\t\tPIMMS canton de CHAUFAILLES Melay")
    assert (found.best.site, found.best.misprint) == (site, ("CHAUFAILLES", "Chauffailles"))
    (line,) = matched("Isère\tGrennoble\tPIMMS Isère")
    assert line.best.site.commune.name == "Grenoble"
    assert line.best.misprint == ("Grennoble", "Grenoble")


@pytest.fixture
def evry():
    """Two communes of one name in two regions."""
    here = DepartmentFactory(name="Essonne", code="991", region=RegionFactory(name="Île-de-France"))
    there = DepartmentFactory(name="Yonne", code="989", region=RegionFactory(name="Bourgogne"))
    return CommuneFactory(name="Évry", department=there), here, there


def proposal(text: str, **typed):
    (line,) = read_pasted_text(text, "rdn").lines
    return new_sites([line], {f"{name}-{line.key}": value for name, value in typed.items()})[line.key]


def test_a_commune_of_another_region_is_no_proposal(evry):
    """The Évry of the Yonne is not the one that a line of the Essonne means."""
    commune, _here, _there = evry
    assert proposal("Île-de-France\tEssonne\tPIMMS Évry").commune is None
    assert proposal("Bourgogne\tYonne\tPIMMS Évry").commune == commune
    assert proposal("\t\tPIMMS Évry").commune == commune


def test_the_department_of_a_new_site_is_that_of_its_commune(evry):
    commune, _here, there = evry
    new = proposal("Île-de-France\tEssonne\tPIMMS Évry", commune="Évry (989)")
    assert (new.commune, new.department, new.problems) == (commune, there, [])
    assert commune_typed("Nulle-Part-sur-Loire")[1].startswith("« Nulle-Part-sur-Loire » n’est pas une commune")
    assert proposal("Bourgogne\tYonne\tPIMMS Évry", commune="").problems


def test_a_bus_stands_in_its_printed_department(evry):
    _commune, here, _there = evry
    new = proposal("Île-de-France\tEssonne\tPIMMS Évry - PIMMS mobile")
    assert (new.kind, new.commune, new.department, new.name) == ("mobile", None, here, "PIMMS Évry – PIMMS mobile")
