"""Weeks as desks write them: read for certain or refused, with the day and the value."""

import re
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.hours.typed_hours import UnreadableHours, day_text, parse_day
from sites.hours.typed_week import parse_week

pytestmark = pytest.mark.one_database

WHOLE, SHORT = parse_day("9h-12h / 14h-17h"), parse_day("9h-12h")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lun-ven 9h-12h / 14h-17h", dict.fromkeys(range(1, 6), WHOLE)),
        ("LUN. – VEN. : 9H-12H / 14H-17H", dict.fromkeys(range(1, 6), WHOLE)),
        ("Lundi : 9h00 - 12h00 14h-17h; samedi fermé", {1: WHOLE, 6: ()}),
        (
            "Ouvert du lundi au vendredi de 9h à 12h et de 14h à 17h. Fermé le samedi et le dimanche.",
            dict.fromkeys(range(1, 6), WHOLE) | {6: (), 7: ()},
        ),
        (
            "Horaires d’ouverture :\nLundi : fermé\nMardi\t09:00 - 12:00\nmercredi 9.00-12.00",
            {1: (), 2: SHORT, 3: SHORT},
        ),
        ("9h-12h du lundi au mercredi, fermé le jeudi", dict.fromkeys(range(1, 4), SHORT) | {4: ()}),
        ("Fermé le lundi. Mardi et jeudi : 9h-12h", {1: (), 2: SHORT, 4: SHORT}),
        ("lundi, mardi, jeudi 9h-midi", dict.fromkeys((1, 2, 4), SHORT)),
        ("du lundi au mercredi et le vendredi : 9h-12h", dict.fromkeys((1, 2, 3, 5), SHORT)),
        ("Lundi matin : 9h-12h, après-midi : 14h-17h", {1: WHOLE}),
        ("ma/je 9h-12h", {2: SHORT, 4: SHORT}),
        ("les lundis 9h-12h", {1: SHORT}),
        ("Fermé samedi", {6: ()}),
        ("Tous les jours : 9h-12h", dict.fromkeys(range(1, 8), SHORT)),
        ("ouvert du lundi au jeudi 9h-12h, fermé le week-end", dict.fromkeys(range(1, 5), SHORT) | {6: (), 7: ()}),
        ("vendredi et weekend : 9h-12h", dict.fromkeys((5, 6, 7), SHORT)),
    ],
)
def test_weeks_in_many_spellings(text, expected):
    assert parse_week(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ne nomme aucun jour"),
        ("9h-12h", "« 9h-12h » ne nomme aucun jour."),
        (f"{'9' * 90} {'8' * 20}", f"« {'9' * 90} {'8' * 9} » ne nomme aucun jour."),
        ("à partir du 3 mars 9h-12h", "ne nomme aucun jour"),
        ("lundi", "« lundi » : il manque les heures."),
        ("Lundi\nMardi 9h-12h", "« Lundi » : il manque les heures."),
        ("lundi 9x-12h", "« lundi » : « 9x-12h » n’est pas un horaire lisible."),
        ("lundi sur rendez-vous", "« lundi » : « sur rendez-vous » n’est pas"),
        ("lundi matin fermé", "« lundi » : « matin fermé » n’est pas"),
        ("lun-ven 9h-12h ; ven 14h-16h", "Un jour est donné deux fois, écrivez ses heures une seule fois : vendredi."),
        ("lun-ven 9h-12h ; mer-jeu 14h-16h", "deux fois, écrivez ses heures une seule fois : mercredi, jeudi."),
        ("ven-lun 9h-12h", "« ven-lun » : ces jours ne se suivent pas."),
        ("lun-mer-ven 9h-12h", "« lun-mer-ven » : ces jours ne se suivent pas."),
        ("tous les jours sauf lundi 9h-12h", "« tous les jours » : « sauf » n’est pas un horaire lisible."),
        ("tous les jours 9h-12h, samedi fermé", "deux fois, écrivez ses heures une seule fois : samedi."),
        ("week-end au lundi 9h-12h", "« week-end au lundi » : ces jours ne se suivent pas."),
        ("mairie, lundi 9h-12h", "« mairie » ne dit pas de quel jour"),
        ("lundi 9h-12h " * 200, "trop long"),
    ],
)
def test_what_is_not_certain_is_refused_with_day_and_value(text, reason):
    with pytest.raises(UnreadableHours, match=re.escape(reason)):
        parse_week(text)


WORDS = [
    "lundi",
    "mar",
    "week-end",
    "tous les jours",
    "ven.",
    "samedi",
    "fermé",
    "et",
    "-",
    "/",
    ";",
    "\n",
    ":",
    "9h-12h",
    "14:00 - 17:00",
    "du",
    "au",
    "x",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=60))
def test_any_text_is_a_week_or_a_sentence(text):
    try:
        week = parse_week(text)
    except UnreadableHours as problem:
        assert str(problem).endswith(".")
    else:
        assert set(week) <= set(range(1, 8))
        assert all(opens < closes for opens, closes in chain.from_iterable(week.values()))


def test_a_week_written_day_by_day_reads_back():
    days = {1: WHOLE, 2: SHORT, 6: (), 7: parse_day("8h-9h / 10h-11h / 12h-13h")}
    names = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    text = "\n".join(f"{names[day - 1]} : {day_text(hours) or 'fermé'}" for day, hours in days.items())
    assert parse_week(text) == days
