"""Hours as people type them: read for certain or refused, never guessed."""

import re
from datetime import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sites.hours.typed_hours import UnreadableHours, day_text, parse_boxes, parse_day

pytestmark = pytest.mark.one_database

MORNING, AFTERNOON = (time(9), time(12)), (time(14), time(17, 30))


@pytest.mark.parametrize(
    "text",
    [
        "09:00 - 12:00 / 14:00 - 17:30",
        "9h-12h / 14h-17h30",
        "9H00 à 12H00 et 14H00 à 17H30",
        "de 9h à 12h et de 14h à 17h30",
        "9 h – 12 h ; 14 h – 17 h 30",
        " 09:00\u00a0-\u00a012:00,14:00-17:30\n",
        "14:00 - 17:30 / 09:00 - 12:00",
        "9h 00 — 12h 00 puis 14h 00 — 17h 30",
        "09:00 - 12:00 14:00 - 17:30",
        "09.00-12.00, 14.00-17.30",
        "09:00:00 - 12:00:00 / 14:00:00 - 17:30:00",
        "9h-midi et 14h-17h30",
        "; 9h-12h / 14h-17h30.",
    ],
)
def test_one_day_in_many_spellings(text):
    assert parse_day(text) == (MORNING, AFTERNOON)


@pytest.mark.parametrize("text", ["", "  ", "\u00a0", "Fermé", "FERMÉE", "ferme", "Ferme\u0301"])
def test_a_closed_day_has_no_stretch(text):
    assert parse_day(text) == ()


@pytest.mark.parametrize("text", ["09:00 - 12:00 / 12:00 - 14:00"])
def test_stretches_may_touch(text):
    assert day_text(parse_day(text)) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9-12h", "pas un horaire lisible"),
        ("9 - 12", "pas un horaire lisible"),
        ("09:00", "pas un horaire lisible"),
        ("9: - 12:", "pas un horaire lisible"),
        ("matin", "pas un horaire lisible"),
        ("sur rendez-vous", "pas un horaire lisible"),
        ("-", "pas un horaire lisible"),
        ("9.30.15 - 12h", "pas un horaire lisible"),
        ("9h:30 - 12h", "pas un horaire lisible"),
        ("9h-après-midi", "pas un horaire lisible"),
        ("٠٩:٠٠ - ١٢:٠٠", "pas un horaire lisible"),
        ("1er et 3e mardis 9h-12h", "pas un horaire lisible"),
        ("09:00 - 24:00", "^« 09:00 - 24:00 » contient une heure qui n’existe pas.$"),
        ("09:60 - 12:00", "^« 09:60 - 12:00 » contient une heure qui n’existe pas.$"),
        ("12:00 - 09:00", "ou au même moment : « 12:00 - 09:00 ».$"),
        ("00:00 - 00:00 / 09:00 - 12:00", "finissent avant de commencer"),
        ("09:00 - 12:00 / 11:00 - 14:00", "se chevauchent : « 09:00 - 12:00 / 11:00 - 14:00 ».$"),
        ("09:00 - 17:00 / 09:00 - 17:00", "se chevauchent"),
        ("9h-12h " * 50, "^Ce texte est trop long pour des horaires.$"),
    ],
)
def test_what_is_not_certain_is_refused_with_the_reason(text, reason):
    with pytest.raises(UnreadableHours, match=reason):
        parse_day(text)


@pytest.mark.parametrize(
    "boxes",
    [
        ("9h", "12h", "14h", "17h30"),
        ("9", "12", "14", "17h30"),
        ("09.00", "12:00", "14 h 00", "17:30"),
        ("14h", "17h30", "9h", "midi"),
        ("9h-12h", "", "14h-17h30", ""),
        ("9h-12h / 14h-17h30", "", "", ""),
    ],
)
def test_a_box_takes_what_people_write(boxes):
    assert parse_boxes(boxes) == (MORNING, AFTERNOON)


@pytest.mark.parametrize(
    ("boxes", "reason"),
    [
        (("9h", ""), "Il manque l’heure de fermeture après « 9h »."),
        (("", "12h"), "Il manque l’heure d’ouverture avant « 12h »."),
        (("9x", "12h"), "« 9x » n’est pas une heure."),
        (("9h", "25h"), "« 25h » contient une heure qui n’existe pas."),
        (("12h", "9h"), "au même moment : « 12h - 9h »."),
        (("9h", "12h", "11h", "17h"), "se chevauchent : « 09:00 - 12:00 / 11:00 - 17:00 »."),
        (("sur rendez-vous", ""), "« sur rendez-vous » n’est pas un horaire lisible."),
    ],
)
def test_a_box_that_is_no_hour_is_named(boxes, reason):
    with pytest.raises(UnreadableHours, match=re.escape(reason)):
        parse_boxes(boxes)


def test_seconds_survive():
    night = (time(20), time(23, 59, 59))
    assert day_text([night]) == "20:00 - 23:59:59"
    assert parse_day(day_text([night])) == parse_boxes(("20:00", "23:59:59")) == (night,)


def test_empty_boxes_are_a_closed_day():
    assert parse_boxes(("", "", "", "")) == parse_boxes(("fermé", "")) == ()


minutes = st.integers(0, 24 * 60 - 1)


@given(st.lists(minutes, min_size=2, max_size=8, unique=True))
def test_a_written_day_reads_back(moments):
    moments = sorted(moments)[: len(moments) // 2 * 2]
    times = [time(*divmod(moment, 60)) for moment in moments]
    stretches = tuple(zip(times[::2], times[1::2], strict=True))
    assert parse_day(day_text(stretches)) == stretches


@given(st.text(alphabet="0123456789hH:-–/ àetferméd;,\u00a0", max_size=40))
@example("0h-0h00")
def test_any_text_is_a_valid_day_or_a_sentence(text):
    try:
        stretches = parse_day(text)
    except UnreadableHours as problem:
        assert str(problem).endswith(".")
    else:
        assert all(opens < closes for opens, closes in stretches)
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(stretches))


def test_what_is_wrong_goes_on_after_the_day():
    assert UnreadableHours("Il manque une heure.").said_of("Mardi") == "Mardi : il manque une heure."
