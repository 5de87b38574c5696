"""``understand``: the words that a reader typed → the place they mean, by trying one reading after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from pimms_directory.base.folding import fold
from sites.search.typed_place.names import beginning_of_a_town, name_alone, name_in_territory, town_among_other_words
from sites.search.typed_place.near_misses import near_misses
from sites.search.typed_place.numbers import CORSICAN_INSEE_CODE, arrondissement, code_alone, postcode
from sites.search.typed_place.places import MOST_OTHERS, Choice, Found, Place, Remark

# The first one that finds anything settles it. To read more of what people type, add a function to this list.
READINGS: tuple[Callable[[str], Found | None], ...] = (
    postcode,
    arrondissement,
    code_alone,
    name_alone,
    name_in_territory,
    beginning_of_a_town,
)

CEDEX = re.compile(r"\bcedex\b(?: \d{1,2}\b)?")
CITY_CEDEX = re.compile(r"\b(paris|lyon|marseille) cedex (\d{1,2})\b")
LETTER_THEN_DIGIT = re.compile(r"([a-z])(\d)")
LEADING_WORDS = re.compile(r"(?:(?:a|au|aux|autour|dans|de|des|du|en|je|pres|proche|suis|vers) )+")

# A name that several communes share means the largest one, if it has this many times the people of the second.
LIKELIER = 1.5
NOTES = {
    Remark.POSTCODE_OF_ANOTHER_COMMUNE: _(
        "Le code postal %(code)s n’est pas celui de « %(name)s » : voici les communes de ce code."
    ),
    Remark.UNKNOWN_POSTCODE: _(
        "Aucune commune n’a le code postal %(code)s : voici le département de ses premiers chiffres."
    ),
    Remark.NOT_IN_TERRITORY: _("Aucune commune de ce nom dans ce territoire : %(territory)s."),
    Remark.NAMED_AMONG_OTHER_WORDS: _("« %(words)s » n’est pas une commune : voici celle que ces mots nomment."),
}


@dataclass(frozen=True)
class Understanding:
    """What was understood of the words typed: at most one place to use at once, and the others it could be.

    ``note`` is a sentence for the reader; ``suggestions`` are near misses, where nothing was understood.
    """

    place: Place | None
    others: list[Place] = field(default_factory=list)
    note: str = ""
    typed: str = ""
    suggestions: list[Place] = field(default_factory=list)

    @property
    def must_choose(self) -> bool:
        """Several places answer and none is likelier."""
        return self.place is None and bool(self.others)


def understand(typed: str) -> Understanding:
    """``"Grenoble"`` → the commune, and the others of this name; ``"grenobel"`` → no place, but suggestions."""
    text = cleaned(typed)
    for words in with_fewer_words(text):
        for reading in READINGS:
            if found := reading(words):
                return decide(found, typed)
    if found := town_among_other_words(text):
        return decide(found, typed)
    return Understanding(None, typed=typed, suggestions=near_misses(text))


def decide(found: Found, typed: str) -> Understanding:
    """Takes the first place found, or none if the reader must choose; says what did not fit."""
    places = list(dict.fromkeys([*found.places, *found.also]))
    note = NOTES[found.remark] % found.about if found.remark else ""
    if found.choice is Choice.ASK or (found.choice is Choice.LARGEST and not is_clearly_largest(found.places)):
        return Understanding(None, places[:MOST_OTHERS], note, typed)
    return Understanding(places[0], places[1 : MOST_OTHERS + 1], note, typed)


def is_clearly_largest(communes: Sequence[Place]) -> bool:
    """Whether the first has no rival: Montreuil (93) has none, Saint-Denis (974) has one in Saint-Denis (93)."""
    if len(communes) < 2:
        return True
    first, second = ((place.commune and place.commune.population) or 0 for place in communes[:2])
    return first > 0 and first >= LIKELIER * second


def cleaned(typed: str) -> str:
    """Folded words without the marks of business mail: ``"75342 PARIS CEDEX 07"`` → ``"75342 paris 07"``.

    A number that touches a name is set apart: ``"Paris18"`` → ``"paris 18"``.
    """
    text = fold(typed)
    if not CORSICAN_INSEE_CODE.fullmatch(text):
        text = LETTER_THEN_DIGIT.sub(r"\1 \2", text)
    text = CEDEX.sub(" ", CITY_CEDEX.sub(r"\1 \2", text))
    return " ".join(text.split())


def with_fewer_words(text: str) -> Iterable[str]:
    """The words as they are; without the country; without what leads to a place: ``"pres de lyon"`` → ``"lyon"``."""
    return dict.fromkeys((text, text.removesuffix(" france"), LEADING_WORDS.sub("", text, count=1)))
