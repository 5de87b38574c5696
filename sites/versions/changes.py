"""What changed between two versions, as their JSON files tell it: the same sites are those of the same ``id``.

A version keeps it as plain values (``Changes``); the words of pages and feeds, and what of it may be linked, come
when it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from sites.exchange.downloads.formats import flattened

Record = dict[str, Any]  # a ``SiteRecord`` as its file has it
# Told as a renaming, or part of what follows from one; the address also of another host.
OF_A_NAME = ("name", "slug")
NEVER_COMPARED = {"id", "url", *OF_A_NAME}


class Named(TypedDict):
    """A site as the later of both versions calls it that has it."""

    id: str
    slug: str
    name: str


class FormerName(TypedDict):
    slug: str
    name: str


class Renamed(Named):
    before: FormerName


class ChangedField(TypedDict):
    field: str  # a column of the CSV
    before: Any
    after: Any


class Changed(Named):
    fields: list[ChangedField]


class Changes(TypedDict):
    added: list[Named]
    removed: list[Named]
    renamed: list[Renamed]
    changed: list[Changed]
    new_fields: list[str]  # of the files: what they say of each site beside what they said before
    gone_fields: list[str]


def records_in(content: bytes) -> list[Record]:
    """Of a JSON file."""
    return json.loads(content)["results"]


def changes_between(before: Iterable[Record], after: Iterable[Record]) -> Changes:
    old, new = by_id(before), by_id(after)
    both = [(old[key], new[key]) for key in new if key in old]
    fields = {name for row in old.values() for name in row}, {name for row in new.values() for name in row}
    renamed = [(was, row) for was, row in both if any(was[name] != row[name] for name in OF_A_NAME)]
    changed = [(row, list(changed_fields(was, row))) for was, row in both]
    return {
        "added": [named(row) for key, row in new.items() if key not in old],
        "removed": [named(row) for key, row in old.items() if key not in new],
        "renamed": [{**named(row), "before": {"slug": was["slug"], "name": was["name"]}} for was, row in renamed],
        "changed": [{**named(row), "fields": found} for row, found in changed if found],
        "new_fields": sorted(fields[1] - fields[0]) if old and new else [],
        "gone_fields": sorted(fields[0] - fields[1]) if old and new else [],
    }


def by_id(records: Iterable[Record]) -> dict[str, Record]:
    """As rows of the CSV: one value a field."""
    return {record["id"]: flattened(record) for record in records}


def named(row: Mapping[str, Any]) -> Named:
    return {"id": row["id"], "slug": row["slug"], "name": row["name"]}


def changed_fields(before: Record, after: Record) -> Iterator[ChangedField]:
    """Of the fields that both versions have. A renaming is told once, not again by the former names that it leaves."""
    is_renamed = any(before[name] != after[name] for name in OF_A_NAME)
    left_out = NEVER_COMPARED | {"former_names"} if is_renamed else NEVER_COMPARED
    for name in after:
        if name in before and name not in left_out and before[name] != after[name]:
            yield {"field": name, "before": before[name], "after": after[name]}
