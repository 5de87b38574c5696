"""Words in their room: all there, nothing over anything else, broken where French allows."""

import re
from itertools import pairwise

import pytest
from PIL import ImageChops

from sites.share_images.drawing import BOTTOM, LEFT, RIGHT, TOP, backdrop, column, picture
from sites.share_images.facts import PictureFacts, PictureText, facts_of
from sites.share_images.typography import SANS, SERIF, fit, font
from tests.sites.share_images.helpers import every_record, opened

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LONG_LINES = ("É" * 160 + ", Territoire de Belfort (90)", "Vague " * 30)
ABSURD = {
    "one word": PictureText("Lieu fixe", "W" * 200, LONG_LINES, badge="Sans le label depuis " * 6, ended=True),
    "figures": PictureText("Région", "W" * 200, LONG_LINES, "1\u202f829\u202f881", "PIMMS labellisés " * 12),
    "one letter": PictureText("Région", "Q"),
    "words": PictureText("É", "PIMMS " * 33, badge="Fermé", ended=True),
}


def letters(text: str) -> str:
    return re.sub(r"\s", "", text).replace("'", "’")


def check_column(text: PictureText) -> None:
    """All is there, within the column, nothing over anything else."""
    placed = column(text)
    said = "".join(letters("".join(each.text.lines)) for each in placed)
    parts = (text.eyebrow, text.title, *text.lines, text.figure, text.caption, text.badge)
    assert said == letters("".join(parts))
    for each in placed:
        left, top, right, bottom = each.box
        assert left >= LEFT
        assert right <= RIGHT
        assert top >= TOP
        assert bottom <= BOTTOM + 1, text
    for one, other in pairwise(placed):
        beside = one.box[2] <= other.box[0]  # the figure and its caption
        assert beside or one.box[3] <= other.box[1] + 1, (one, other)


@pytest.mark.slow
def test_all_words_of_the_directory_fit(directory):
    for record in every_record():
        words = facts_of(record).text
        check_column(words)
        assert column(words)[1].text.size >= 36, words.title  # easy to read, also for the longest


@pytest.mark.parametrize("words", ABSURD.values(), ids=ABSURD)
def test_absurd_words_fit_too(words):
    check_column(words)
    # What the eye sees: beyond the column, the panel is as if nothing had been written.
    image = backdrop().copy()
    for each in column(words):
        each.write_on(image)
    difference = ImageChops.difference(image, backdrop())
    left, _top, right, _bottom = difference.getbbox()
    assert left >= LEFT - 4
    assert right <= RIGHT + 4
    opened(picture(PictureFacts(words)))


def test_words_break_where_french_allows():
    text = fit("Paris – PIMMS : « France Services » dont 2 structures ici !", 200, 400, 40, SERIF)
    for line in text.lines:
        assert not line.startswith(("–", ":", "»", "!"))
        assert not line.endswith(("«", " 2"))


@pytest.mark.parametrize("name", [SERIF, SANS])
def test_the_fonts_have_every_letter_of_the_directory(directory, name):
    missing = bytes(font(name, 40).getmask("\ue123"))
    used = set("ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ«»’–—…·€°") | {
        letter for record in every_record() for letter in facts_of(record).text.alt
    }
    for letter in used - set(" \u00a0\u202f"):
        assert bytes(font(name, 40).getmask(letter)) != missing, letter
    assert font(name, 40).getlength("\u00a0") > 0
