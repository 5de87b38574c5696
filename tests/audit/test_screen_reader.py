"""How journeys are read from their files, and what counts as noise. The journeys themselves: ``make audit``."""

import pytest

from tests.audit.screen_reader import JOURNEYS, Listener, noise, steps

JOURNEY = """What it is

> open /
page, Home

> read main
main
heading, Home, level 1
"""


def test_a_journey_says_what_is_done_and_what_is_heard_then():
    assert steps(JOURNEY) == [("open /", ["page, Home"]), ("read main", ["main", "heading, Home, level 1"])]


@pytest.mark.parametrize(
    "phrase", ["à 2 km · 1 rue du Moulin", "image, carte", "link, ☎ 01 99 00 00 01", "link, Appeler le 0199000001"]
)
def test_what_stands_for_the_eye_alone_is_noise(phrase):
    assert noise(["main", phrase, "link, Y aller"]) == [phrase]


def test_what_is_heard_twice_in_a_row_is_noise():
    assert noise(["link, Y aller", "link, Y aller"]) == ["link, Y aller"]
    assert noise(["page, Titre · PIMMS France Services", "link, Y aller", "link, Appeler le 01 99 00 00 01"]) == []


@pytest.mark.parametrize("file", sorted(JOURNEYS.glob("*.txt")), ids=lambda file: file.stem)
def test_each_journey_does_what_can_be_done_and_expects_something(file):
    found = steps(file.read_text())
    assert all(callable(getattr(Listener, step.partition(" ")[0])) for step, _ in found)
    heard = [phrase for _, phrases in found for phrase in phrases]
    assert len(heard) > 30
    assert noise(heard) == []
