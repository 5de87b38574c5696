"""``understand``: the words that a reader typed → the place they mean, by trying one reading after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.templatetags.french import after_de
from sites.search.typed_place.addresses import town_in_address
from sites.search.typed_place.names import (
    beginning_of_a_town,
    end_of_an_address,
    name_alone,
    name_in_territory,
    station,
)
from sites.search.typed_place.near_misses import misspelt_town, near_misses
from sites.search.typed_place.numbers import arrondissement, insee_code, postcode
from sites.search.typed_place.places import Choice, Found, Place, Remark
from sites.search.typed_place.points import has_link, read_point
from sites.search.typed_place.territories import intercommunal_body, misspelt_territory, territory_as_said
from sites.search.typed_place.words import HERE, cleaned, with_fewer_words, without_cedex

Reading = Callable[[str], Found | None]
# The first one that finds anything settles it. To read more of what people type, add a function to this list.
READINGS: tuple[Reading, ...] = (
    arrondissement,
    insee_code,
    territory_as_said,
    station,
    name_alone,
    intercommunal_body,
    name_in_territory,
    beginning_of_a_town,
)
# What is left for words of which no reading makes anything.
GUESSES: tuple[Reading, ...] = (misspelt_town, misspelt_territory, town_in_address, end_of_an_address)

LONGEST_SHOWN = 60  # letters of what was typed that a page repeats
LONGEST_NAME = 100  # letters of a commune and its department; longer words are searched for a name

# A name that several communes share means the largest one, if it has this many times the people of the second.
LIKELIER = 1.5
NOTES = {
    Remark.POSTCODE_ELSEWHERE: _(
        "Le code postal %(code)s n’est pas celui de « %(name)s ». Voici les communes qui ont ce code."
    ),
    Remark.POSTCODE_OF_ANOTHER_COMMUNE: _("Le code postal %(code)s n’est pas celui de « %(name)s »."),
    Remark.UNKNOWN_POSTCODE: _(
        "Aucune commune n’a le code postal %(code)s. Voici le département de ses premiers chiffres."
    ),
    Remark.TOO_MANY_DIGITS: _("« %(code)s » a un chiffre de trop. Voici le code postal le plus proche."),
    Remark.INSEE_CODE: _("%(code)s n’est pas un code postal. C’est le code INSEE %(of_name)s."),
    Remark.FORMER_INSEE_CODE: _("%(code)s est le code INSEE d’une ancienne commune, aujourd’hui %(name)s."),
    Remark.NOT_IN_TERRITORY: _("Aucune commune ne porte ce nom ici : %(territory)s."),
    Remark.NAMED_AMONG_OTHER_WORDS: _("« %(words)s » n’est pas une commune. Nous avons trouvé celle-ci dans vos mots."),
    Remark.INTERCOMMUNAL_BODY: _("%(name)s est un groupe de communes. Voici la plus grande, puis les autres."),
    Remark.NAME_ELSEWHERE: _("« %(words)s » est un autre nom %(of_name)s."),
    Remark.MISSPELT: _("« %(words)s » n’est pas une commune. Voici %(name)s."),
}
# Where the reader is asked: no place is shown yet.
NOTES_WHEN_ASKED = {
    **dict.fromkeys((Remark.MISSPELT, Remark.NAMED_AMONG_OTHER_WORDS), _("« %(words)s » n’est pas une commune.")),
    Remark.INTERCOMMUNAL_BODY: _("Plusieurs groupes de communes portent ce nom : %(name)s."),
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
    def shown(self) -> str:
        """The words typed, no longer than a page repeats them."""
        return Truncator(self.typed).chars(LONGEST_SHOWN)

    @property
    def must_choose(self) -> bool:
        """Several places answer and none is likelier."""
        return self.place is None and bool(self.others)


def understand(typed: str) -> Understanding:
    """``"Grenoble"`` → the commune, and the others of this name; ``"xyzzy"`` → no place."""
    point = read_point(typed)
    text = cleaned(typed)
    if point or has_link(typed) or HERE.fullmatch(text):
        return Understanding(point, typed=typed)
    if found := postcode(text):
        return decide(found, typed)
    text = without_cedex(text)
    for words in with_fewer_words(text) if len(text) <= LONGEST_NAME else ():
        for reading in READINGS:
            if found := reading(words):
                return decide(found, typed)
    for guess in GUESSES:
        if found := guess(text):
            return decide(found, typed)
    return Understanding(None, typed=typed, suggestions=near_misses(text))


def decide(found: Found, typed: str) -> Understanding:
    """Takes the first place found, or none if the reader must choose; says what did not fit."""
    places = list(dict.fromkeys([*found.places, *found.also]))
    asks = found.choice is Choice.ASK or (found.choice is Choice.LARGEST and not is_clearly_largest(found.places))
    about = {name: Truncator(value).chars(LONGEST_SHOWN) for name, value in found.about.items()}
    about["of_name"] = after_de(about.get("name", ""))
    notes = NOTES | NOTES_WHEN_ASKED if asks else NOTES
    note = notes[found.remark] % about if found.remark else ""
    if asks:
        return Understanding(None, places[: found.most], note, typed)
    return Understanding(places[0], places[1 : found.most + 1], note, typed)


def is_clearly_largest(communes: Sequence[Place]) -> bool:
    """Whether the first has no rival: Montreuil (93) has none, Saint-Denis (974) has one in Saint-Denis (93)."""
    if len(communes) < 2:
        return True
    first, second = ((place.commune and place.commune.population) or 0 for place in communes[:2])
    return first > 0 and first >= LIKELIER * second
