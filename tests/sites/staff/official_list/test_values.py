"""Cells as values of the directory, and the doubts that an editor hears of."""

import pytest

from sites.models import Site
from sites.models.distance import Point
from sites.staff.official_list import values
from tests.factories import CommuneFactory, PostcodeFactory

pytestmark = pytest.mark.one_database

DOMAINS = frozenset(("pimmsmediation.fr", "france-services.gouv.fr", "pimms.org", "gmail.com"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("04 68 43 68 93", "04 68 43 68 93"),
        ("0468436893", "04 68 43 68 93"),
        ("04.68.43.68.93", "04 68 43 68 93"),
        ("+33 4 68 43 68 93", "04 68 43 68 93"),
        ("0033468436893", "04 68 43 68 93"),
        ("+33 (0)4 68 43 68 93", "04 68 43 68 93"),
        ("08 00 07 83 70", "08 00 07 83 70"),
        ("", ""),
    ],
)
def test_french_numbers_are_written_in_five_pairs(text, number):
    value = values.phone(text)
    assert (value.value, value.doubts) == (number, ())


@pytest.mark.parametrize(
    "text", ["+32 2 123 45 67", "04 68 43 68", "04 68 43 68 93 94", "3949", "00 68 43 68 93", "non"]
)
def test_what_is_no_french_number_cannot_be_taken(text):
    value = values.phone(text)
    assert not value.is_readable
    assert value.doubts == ("Ce n’est pas un numéro de téléphone français.",)


def test_of_several_numbers_none_is_chosen():
    value = values.phone("04 68 43 68 93 ou 04 68 43 68 94")
    assert not value.is_readable
    assert value.doubts == ("Plusieurs numéros : choisissez celui de la fiche à la main.",)


def test_a_mobile_may_be_somebody_s():
    value = values.phone("06.39.98.00.01")
    assert (value.value, value.personal) == ("06 39 98 00 01", True)
    assert "mobile" in value.doubts[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("garges-sarcelles@pimmsmedition.fr", "pimmsmediation.fr"),
        ("lens@pimmsmediaiton.fr", "pimmsmediation.fr"),
        ("lens@france-service.gouv.fr", "france-services.gouv.fr"),
    ],
)
def test_a_domain_near_to_a_frequent_one_is_misspelt(text, meant):
    assert meant in values.email(text, DOMAINS, []).doubts[0]


def test_a_domain_of_eight_letters_is_long_enough_to_be_meant_and_a_shorter_one_is_not():
    assert values.nearest_domain("pims.fr", ["pimms.fr", "pms.fr"]) == "pimms.fr"
    assert values.nearest_domain("pimms.fr", ["pimm.fr"]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "lens@pimmsmediation.fr",
        "brest.pontanezen@pimmsmediation.fr",
        "quimper-cornouaille@pimms.org",
        "france.services@ccpb01.fr",
        "busfsqpv.isere@pimmsmediation.fr",
        "noisy-le-grand@pimms.org",
        "contact0726@pimmsmediation.fr",
        "vallee-dazergues@pimmsmediation.fr",
        "gap.ouest@pimmsmediation.fr",
    ],
)
def test_mailboxes_of_services_raise_no_doubt(text):
    value = values.email(text, DOMAINS, ["Brest Quimper Cornouaille", "Gap", "Haute Vallée d’Azergues", "Isère"])
    assert (value.value, value.doubts, value.personal) == (text, (), False)


@pytest.mark.parametrize(
    "text",
    ["prenom.nom@ville.fr", "p.nom@ville.fr", "anne-laure.nom@ville.fr", "prenom_nom@ville.fr", "pimms@gmail.com"],
)
def test_mailboxes_that_may_be_somebody_s(text):
    value = values.email(text, DOMAINS, ["Brest"])
    assert value.personal
    assert value.doubts == (
        ("Messagerie grand public : l’adresse peut être celle d’une personne.",)
        if "gmail" in text
        else ("L’adresse semble nominative (prénom et nom).",)
    )


@pytest.mark.parametrize("text", ["lens", "lens@", "a b@c.fr", "lens@pimms", "lens@pimms.fr; arras@pimms.fr"])
def test_what_is_no_mail_address_cannot_be_taken(text):
    value = values.email(text, DOMAINS, [])
    assert (value.value, value.doubts) == (None, ("Ce n’est pas une adresse de courriel.",))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("130 Avenue de la Gare", "130 avenue de la Gare"),
        ("97  Galerie de l'Arlequin", "97 galerie de l’Arlequin"),
        ("213Bis Cours de la Marne", "213 bis cours de la Marne"),
        ("Place de la gare", "Place de la gare"),
        ("5-9 Rue des Papetiers", "5-9 rue des Papetiers"),
        ("11 Place du Square Rue", "11 place du Square Rue"),
        ("8 Place du 14 Avenue", "8 place du 14 Avenue"),  # the first number is that of the door
    ],
)
def test_addresses_are_written_as_in_the_directory(text, written):
    assert values.address(text).text == written


@pytest.mark.django_db
def test_a_postcode_must_be_one_of_the_commune():
    postcode = PostcodeFactory(code="95000", commune=CommuneFactory(name="Cergy"))
    PostcodeFactory(code="95800", commune=postcode.commune)
    assert values.postcode("95800", postcode.commune).doubts == ()
    assert values.postcode("69008", postcode.commune).doubts == (
        "Ce n’est pas un code postal de Cergy (95000, 95800).",
    )
    assert not values.postcode("1200", postcode.commune).is_readable
    assert values.postcode("69008", CommuneFactory()).doubts == ()  # the gazetteer knows no postcode: no ground


@pytest.mark.django_db
def test_a_point_must_lie_near_the_centre_of_its_commune():
    commune = CommuneFactory(name="Bron", latitude=45.73, longitude=4.91)
    assert values.point("45.74", "4.92", commune) == values.Value(Point(45.74, 4.92), "45.740000 ; 4.920000")
    assert "km du centre de Bron" in values.point("45.9", "4.92", commune).doubts[0]
    assert "km du centre de Bron" in values.point("0", "0", commune).doubts[0]
    assert values.point("45,74", "4,92", commune).value == Point(45.74, 4.92)
    for latitude, longitude in (("", "4.92"), ("45.7.4", "4.92"), ("95", "4.92"), ("nan", "4.92"), ("inf", "4")):
        assert not values.point(latitude, longitude, commune).is_readable
    assert values.point("", "", commune).value == ""
    assert values.point("x", "4.92", commune) == values.Value(None, "x ; 4.92", ("Latitude ou longitude illisible.",))
    assert values.point("95", "4.92", commune).doubts == ("Ce point n’est pas sur la Terre.",)
    assert values.point("45.74, 4.92", "", commune).value == Point(45.74, 4.92)
    assert not values.point("45.74, 4.92", "4.93", commune).is_readable, "which of the two?"


def test_appointments_contradicted_by_the_comment_are_doubtful():
    assert values.appointment("Oui", "").value == Site.Appointment.POSSIBLE
    assert values.appointment("", "").text == ""
    assert values.appointment("Non", "").doubts == ()
    assert values.appointment("Non", "Uniquement sur rendez-vous").doubts
    assert values.appointment("Non", "prise de RDV").doubts
    assert not values.appointment("Parfois", "").is_readable


@pytest.mark.parametrize("text", ["Appelez le 06 39 98 00 01", "Écrivez à prenom.nom@ville.fr", "+33 6.39.98.00.01"])
def test_comments_with_personal_contacts_are_doubtful(text):
    assert values.note(text).personal


def test_a_landline_in_a_comment_is_fine():
    assert not values.note("Prise de rendez-vous par téléphone au 04 74 63 25 94, du 01 au 06").doubts


@pytest.mark.parametrize("text", ["09:00 - 17:00 / 09:00 - 17:00", "17:00 - 09:00", "9-12"])
def test_hours_that_cannot_be_are_shown_and_never_taken(text):
    value = values.day(text)
    assert not value.is_readable
    assert value.text == text
    assert value.doubts
