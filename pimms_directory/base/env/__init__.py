"""Reads settings from the environment, strictly: a missing or malformed variable stops the start. Here are the types of
values; ``rules.py`` has the settings that are more than one of them.

Every error is a sentence that names the variable, the value found and what to set instead. Between ``gather()`` and
``refuse_gathered()`` they are collected, so that an operator reads all of them at once. The file ``.env`` beside
``manage.py``, or the one that ``PIMMS_ENV_FILE`` names, adds variables that are not set.
"""

import os
import re
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

load_dotenv(os.environ.get("PIMMS_ENV_FILE") or Path(__file__).resolve().parents[3] / ".env")

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}

HINT = (
    "In production, set what is missing (docs/configuration.md); to try the directory on this machine, "
    "type: echo PIMMS_MODE=local > .env"
)
gathered: list[str] | None = None


def gather() -> None:
    """From now on what is wrong is collected, and a stand-in read instead."""
    global gathered
    gathered = gathered or []


def refuse_gathered() -> None:
    """Raises ``ImproperlyConfigured`` with all that was wrong since ``gather()``; else the next error raises again."""
    global gathered
    found, gathered = list(dict.fromkeys(gathered or [])), None
    if len(found) > 1:
        found = [f"{len(found)} settings are missing or wrong:", *(f"- {sentence}" for sentence in found)]
    if any(" is not set" in sentence for sentence in found):
        found.append(HINT)
    if found:
        raise ImproperlyConfigured("\n".join(found))


def refuse(sentence: str, instead: Any) -> Any:
    if gathered is None:
        raise ImproperlyConfigured(f"{sentence} {HINT}" if " is not set" in sentence else sentence)
    gathered.append(sentence)
    return instead


def given(name: str) -> str:
    """The value without surrounding space, and without the quotes that ``docker run --env-file`` leaves around it."""
    value = os.environ.get(name, "").strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if quoted else value


def text(name: str, default: str | None = None, *, means: str = "") -> str:
    """Without a default it is required. ``means``: what to set, for the sentence that says that it is missing."""
    value = given(name)
    if re.search(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value
    ):  # it would end a header or a line; may be a secret: not quoted
        return refuse(f"{name} holds a line feed or another control character: set it to a single line.", default or "")
    if value:
        return value
    if default is None:
        return refuse(f"{name} is not set{means and ': '}{means}.", "")
    return default


def boolean(name: str, *, default: bool) -> bool:
    value = given(name).lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    return refuse(f"{name} is “{value}”: set it to true or false.", default)


def integer(name: str, *, default: int, minimum: int = 0, maximum: int = 100_000) -> int:
    """What is out of all proportion would start, and break the pages that count with it: no date is so far away."""
    value = given(name)
    if not value:
        return default
    if re.fullmatch(r"[0-9]{1,12}", value) and minimum <= int(value) <= maximum:
        return int(value)
    return refuse(f"{name} is “{value[:20]}”: set it to a whole number from {minimum} to {maximum}.", default)


def choice(name: str, choices: set[str], *, default: str) -> str:
    value = given(name) or default
    if value in choices:
        return value
    return refuse(f"{name} is “{value}”: set it to one of {', '.join(sorted(choices))}.", default)


def words(name: str, default: str | None = None) -> list[str]:
    """A comma-separated list, without empty items; without a default it is required."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]
