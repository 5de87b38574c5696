"""What was typed, in the words that readings compare: ``"75342 PARIS CEDEX 07"`` → ``"75342 paris 7e cedex"``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pimms_directory.base.folding import fold

CEDEX = re.compile(r"\bcedex\b(?: \d{1,2}\b)?")
CITY_CEDEX = re.compile(r"(?<!sur )(?<!les )\b(paris|lyon|marseille) cedex 0?(\d{1,2})\b")  # not Chazelles-sur-Lyon
CORSICAN_INSEE_CODE = re.compile(r"2[ab]\d{3}")
# The label of the city, in the field after a search, and not its 13th arrondissement.
MARSEILLE_AND_DEPARTMENT = re.compile(r"\bmarseille \(13\)", re.IGNORECASE)
LETTER_THEN_DIGIT = re.compile(r"([a-z])(\d)")
COUNTRY_CODE = re.compile(r"\bfr?\b(?= \d{5})")  # "F-38100"

ORDINAL_WORDS = (  # noqa: SIM905 (reads better)
    "premier deuxieme troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme onzieme douzieme "
    "treizieme quatorzieme quinzieme seizieme dixseptieme dixhuitieme dixneuvieme vingtieme"
).split()
SPELLINGS = {word: f"{number}e" for number, word in enumerate(ORDINAL_WORDS, 1)}
SPELLINGS |= dict.fromkeys(("arr", "arrt", "arrdt", "ardt", "arrond", "arrondissements"), "arrondissement")
SPELLINGS |= {
    "dpt": "departement",
    "dept": "departement",
    "dep": "departement",
    "premiere": "1e",
    "hte": "haute",
    "nvelle": "nouvelle",
}
COMPOUND_ORDINAL = re.compile(r"\bdix (septieme|huitieme|neuvieme)\b")

# What leads to a place, and is none itself.
LEADING_WORDS = re.compile(
    r"\A(?:(?:a|alentours|au|aux|autour|cherche|commune|d|dans|de|des|du|en|habitante?|habite|habitons|j|je|nous|pimms|pres"
    r"|proche|quartier|suis|un|vers|vis|arrondissement(?! de)|(?:l |la |le )?"
    r"(?:caf|conseil departemental|cpam|ecole|gare|gendarmerie|hopital|hotel de ville|lycee|mairie|poste|prefecture"
    r"|sous prefecture|tribunal)) )+"
)
# Where the reader is, says only the device.
HERE = re.compile(r".*\b(?:ici|chez (?:moi|nous)|(?:autour|cote|loin|pres|proche) de (?:la maison|moi|nous))")


def cleaned(typed: str) -> str:
    """Folded words, without the country's code; numbers stand apart from names: ``"Paris18"`` → ``"paris 18"``."""
    text = fold(MARSEILLE_AND_DEPARTMENT.sub("marseille", typed))
    if not CORSICAN_INSEE_CODE.fullmatch(text):
        text = LETTER_THEN_DIGIT.sub(r"\1 \2", text)
    text = COMPOUND_ORDINAL.sub(r"dix\1", text)
    text = " ".join(SPELLINGS.get(word, word) for word in text.split())
    text = CITY_CEDEX.sub(r"\1 \2e cedex", text)
    return " ".join(COUNTRY_CODE.sub(" ", text).split())


def without_cedex(text: str) -> str:
    return " ".join(CEDEX.sub(" ", text).split())


def with_fewer_words(text: str) -> Iterable[str]:
    """The words as they are; without the country; without what leads to a place: ``"pres de lyon"`` → ``"lyon"``."""
    return dict.fromkeys((text, text.removesuffix(" france"), LEADING_WORDS.sub("", text)))
