"""The guard against formulas in the files that we give: a spreadsheet computes a cell that begins like one.

An apostrophe in front makes it text. A cell that begins with apostrophes and then such a character gets one too, so
that taking one off always gives the value back: ``=1+1`` → ``'=1+1``, ``'=quoted`` → ``''=quoted``.
"""

import re
from typing import Any

FORMULA = re.compile(r"'*[=+\-@\t\r]")


def defused(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, with an apostrophe in front; anything else unchanged."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def restored(text: str) -> str:
    """What ``defused`` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
