"""What spreadsheets, exports and encodings leave in a cell, taken off before anything is read from it."""

from __future__ import annotations

import html
import re
import unicodedata

from pimms_directory.base.folding import fold

# UTF-8 that was read as the encoding of Windows and saved again: “Ã©” is “é”, “â€™” is “’”.
TWICE_ENCODED = re.compile("[ÃÂÅ][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2122]|â€")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")
# How an empty cell is written by programs and people.
NOTHING = frozenset(
    ("null", "none", "nan", "nc", "n c", "n a", "neant", "sans objet", "non renseigne", "non communique", "non precise")
)
SPREADSHEET_ERROR = re.compile(r"#(?:REF|N/A|VALEUR|VALUE|NOM|NAME|NOMBRE|NUM|NUL|NULL|DIV/0)\b.?")
DEGREES = re.compile(r"([NSEWO])?\s*([-+]?[0-9]{1,3}(?:[.,][0-9]*)?)\s*°?\s*([NSEWO])?")
CLOCK = r"[0-9]{1,2} ?(?:h|:) ?(?:[0-9]{2})?"
DAYTIME = r"(?:(?:le |l['’])?(?:matin|apr[eè]s[- ]midi)|lundi|mardi|mercredi|jeudi|vendredi|samedi)"
HOURS = (
    (re.compile(r"<br ?/?>|\+", re.IGNORECASE), " / "),
    (re.compile(r"\b([0-9]{1,2}:[0-9]{2}):00\b"), r"\1"),
    (re.compile(r"(?<=[0-9]) ?heures?\b", re.IGNORECASE), "h"),
    (re.compile(r"(?<=[0-9]) ?(?:mn|min|minutes)\b", re.IGNORECASE), ""),
    (re.compile(r"\s*(?:→|[-=]?>)\s*"), " - "),
    (re.compile(rf"(^|/|,|;|\bet)\s*{DAYTIME}\s*:?\s*(?=[0-9f])", re.IGNORECASE), r"\1 "),
    (
        re.compile(rf"^({CLOCK}) ?[-–—] ?({CLOCK}) ?[-–—] ?({CLOCK}) ?[-–—] ?({CLOCK})$", re.IGNORECASE),
        r"\1 - \2 / \3 - \4",
    ),
)
LOST = "\ufffd"


def clean(text: str) -> str:
    """``"DonzÃ¨re\\u200b "`` → ``Donzère``, ``l&#039;Église`` → ``l'Église``, ``NULL`` and ``-`` → nothing."""
    if TWICE_ENCODED.search(text):
        text = encoded_once(text)
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", html.unescape(text))).strip()
    words = fold(text)
    return "" if words in NOTHING or (not words and LOST not in text) else text


def encoded_once(text: str) -> str:
    try:
        return bytes(byte for each in text for byte in windows_bytes(each)).decode("utf-8")
    except UnicodeError:
        return text


def windows_bytes(character: str) -> bytes:
    """Five bytes have no character in that encoding; programs let them through as they are."""
    return character.encode("latin-1" if "\x80" <= character <= "\x9f" else "cp1252")


def plain_hours(text: str) -> str:
    """Hours of exports and whole words, as ``parse_day`` reads them: ``09:00:00``, ``9 heures → 12 heures``."""
    for pattern, instead in HOURS:
        text = pattern.sub(instead, text)
    parts = [part.strip() for part in text.split("/")]
    return " / ".join(part for part in parts if fold(part) not in ("ferme", "fermee") or len(parts) == 1)


def plain_mail(text: str) -> str:
    """``Accueil <mailto:Lens @pimms.fr>;`` → ``Lens@pimms.fr``"""
    text = re.sub(r"\s*[\[(]\s*at\s*[\])]\s*|\s+@\s*|\s*@\s+", "@", text)
    text = re.sub(r"[^<>]*<([^<>]+)>", r"\1", text)
    return re.sub(r"^mailto:\s*", "", text.strip(" '\"<>;,.")).strip()


def plain_phone(text: str) -> str:
    """``476330656.0`` and ``04 76 33 06 56 (accueil)`` without what is no part of the number."""
    text = re.sub(r"\([^)\d]*\)|\.0$", "", text).strip()
    return f"+{text}" if re.fullmatch(r"(?:262|590|594|596)\s*\d(?:\s?\d){8}", text) else text


def plain_code(text: str) -> str:
    """An official id or INSEE code as a spreadsheet left it: ``158.0`` → ``158``, ``2a004`` → ``2A004``."""
    code = re.sub(r"\.0$", "", text)
    return code.upper() if re.fullmatch(r"2[ab]\d{3}", code) else code


def degrees(text: str) -> float:
    """``45,07876``, ``−61.5``, ``45.07876° N``, ``W 61.5``. Raises ``ValueError``."""
    match = DEGREES.fullmatch(text.strip().upper().replace("\u2212", "-"))
    if not match:
        raise ValueError(text)
    number = float(match[2].replace(",", "."))
    return -abs(number) if {match[1], match[3]} & {"S", "W", "O"} else number


def is_damaged(text: str) -> bool:
    """Whether a letter got lost on the way, or a spreadsheet could not compute the cell."""
    return LOST in text or bool(SPREADSHEET_ERROR.fullmatch(text))
