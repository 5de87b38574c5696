"""What a picture shows of a record, and says in words."""

from datetime import date

import pytest

from labels.models import PressRelease, Wave
from sites.models import Association, Department, Region
from sites.share_images.facts import facts_of, text_of
from tests.factories import SiteFactory, WaveFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_a_picture_says_where_the_label_stands():
    wave = WaveFactory(effective_on=date(2020, 1, 1), name="Vague de janvier")
    site = SiteFactory(name="PIMMS Blois", wave=wave, commune__name="Blois", commune__department__name="Loir-et-Cher")
    words = text_of(site)
    assert (words.eyebrow, words.title, words.ended) == ("Lieu fixe", "PIMMS Blois", False)
    assert words.lines == (f"Blois, Loir-et-Cher ({site.department.code})", "Vague de janvier")
    assert words.badge == "Label France Services du 1er\u00a0janvier 2020"
    site.label_ended_on = date(2023, 5, 2)
    assert text_of(site).badge == "Sans le label depuis le 2\u00a0mai 2023"
    site.closed_on = date(2024, 3, 1)
    words = text_of(site)
    assert (words.badge, words.ended) == ("Fermé depuis le 1er\u00a0mars 2024", True)
    assert "PIMMS Blois. Blois, Loir-et-Cher" in words.alt
    assert "Fermé depuis le 1er\u00a0mars 2024." in words.alt
    assert ".." not in words.alt


def test_words_tell_the_figures_of_the_directory(directory):
    def words(model, **key):
        return facts_of(model.objects.get(**key)).text

    assert "13 PIMMS labellisés" in words(Wave, code="2020-09").alt
    assert "53 PIMMS dans la liste, dont 13 nouveaux" in words(PressRelease, slug="2020-10-14").alt
    assert "16 PIMMS labellisés" in words(Region, slug="auvergne-rhone-alpes").alt
    assert "6 PIMMS labellisés" in words(Association, slug="pimms-paris").alt
    assert "Aucun PIMMS labellisé" in words(Department, code="01").alt
    assert words(Department, code="974").beyond == "Outre-mer, hors de cette carte\u00a0: La Réunion"
    assert words(Department, code="2A").beyond == ""
