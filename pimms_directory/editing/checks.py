"""What stands against publishing a record, or is doubtful about it. Each app says it of its own models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

Check = Callable[[Any], Iterator["Problem"]]
CHECKS: dict[type[models.Model], Check] = {}


@dataclass(frozen=True)
class Problem:
    text: str
    blocking: bool = False  # what does not block asks for a confirmation


def checks(model: type[models.Model]) -> Callable[[Check], Check]:
    """Registers what yields the problems of a record, from its values and prefetched relations alone."""

    def register(check: Check) -> Check:
        CHECKS[model] = check
        return check

    return register


def problems(record: models.Model) -> list[Problem]:
    """Blocking ones first."""
    check = CHECKS.get(type(record))
    return sorted(check(record), key=lambda problem: not problem.blocking) if check else []


def broken_rules(record: models.Model) -> list[Problem]:
    """The rules of the model and of the database, which older or imported values may break. Costs queries."""
    try:
        record.full_clean()
    except ValidationError as error:
        return [Problem(text, blocking=True) for text in error.messages]
    return []
