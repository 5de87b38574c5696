"""One spelling for search and sorting: accents, case, ligatures, "St" do not matter; and what a misprint is."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
# "8ème", "8 e", "1er" become "8e", "1e", as "8e" is how the records spell an arrondissement.
ORDINAL = re.compile(r"\b(\d{1,2}) ?(?:er|ere|re|e|eme|ieme|nd|nde)\b")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # soft hyphens, spaces without width, marks of direction
NOT_A_WORD = re.compile(r"[\W_]+")
# A slip of the pen changes no number, and no word of two letters: the desks “A” and “B”, “I” and “II” are two.
NUMBER = re.compile(r"[ivx]+|.*\d.*")
# Words too common to tell one site from another; a query is matched on its other words.
LITTLE_WORDS = frozenset(
    "a au aux d de des du en et l la le les par pour sous sur un une".split()  # noqa: SIM905 (reads better)
)


@lru_cache(500)  # the names of territories, mostly: each search for a place compares them all
def fold(text: str) -> str:
    """Lower-case words, one space apart: ``"Jœuf – St-Étienne 8ème"`` → ``"joeuf saint etienne 8e"``.

    Words in other scripts stay, without their marks and with the digits of ours: people type ``باريس ٧٥``.
    """
    text = unicodedata.normalize("NFKD", text.lower().translate(LIGATURES)).lower()
    text = "".join(character for character in text if not unicodedata.combining(character))
    if not text.isascii():
        text = INVISIBLE.sub("", text)
        text = "".join(str(unicodedata.decimal(character, character)) for character in text)
    words = NOT_A_WORD.sub(" ", text).split()
    return ORDINAL.sub(r"\1e", " ".join(ABBREVIATIONS.get(word, word) for word in words))


def search_words(query: str) -> list[str]:
    """The folded words of a query that must each begin a word of a record's search text.

    Little words are dropped, unless there is nothing else.
    """
    words = fold(query).split()
    return [word for word in words if word not in LITTLE_WORDS] or words


def misprint(one: str, other: str) -> tuple[str, str] | None:
    """The words by which two folded names differ, where a single slip tells them apart; else None.

    A letter (or a space) is missing, doubled, too many, another one, or two of them are swapped.
    """
    start = shared(one, other)
    ends = one[start:], other[start:]
    same = shared(ends[0][::-1], ends[1][::-1])
    ours, theirs = (end[: len(end) - same] for end in ends)
    if one == other or not (max(len(ours), len(theirs)) == 1 or (len(ours) == 2 and ours == theirs[::-1])):
        return None
    words = one.split(), other.split()
    start = shared(*words)
    same = shared(*(each[start:][::-1] for each in words))
    found = [" ".join(each[start : len(each) - same]) for each in words]
    return None if len(max(found, key=len)) < 3 or any(map(NUMBER.fullmatch, found)) else (found[0], found[1])


def shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many letters, or words, two begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (ours, theirs) in pairs if ours != theirs), min(len(one), len(other)))
