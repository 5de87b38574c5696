"""Sites that staff entered before the fixtures had them: they stay as they are, and nothing stands twice."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.core.serializers.base import DeserializationError
from django.db.models import Q

from sites.loading.report import Report
from sites.models import Site

Record = dict[str, Any]  # of a fixture, as JSON has it
Key = tuple[str, str]  # model and natural key


def read_records(path: Path) -> list[Record]:
    """Raises ``DeserializationError`` for what is no JSON."""
    text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    except ValueError as error:
        raise DeserializationError(f"{path.name}: {error}") from error


def sites_entered_by_hand(path: Path, report: Report) -> set[Key]:
    """The sites of the file that the database has, by address or official number, and the waves and associations that
    only these name in it."""
    left_out, needed = set(), set()
    for fields in (record["fields"] for record in read_records(path)):
        keys = {("labels.wave", fields["wave"][0]), ("directory.association", fields["association"][0])}
        slug, number = fields["slug"], fields["official_id"]
        if entered := standing(slug, number):
            report.left_out.append(
                f"directory.Site {slug}, official number {number}: “{entered.name}” ({entered.slug}, official number "
                f"{entered.official_id or 'none'}) stands already and stays as it is; the fixtures’ site is left out"
            )
            left_out |= keys | {("directory.site", slug)}
        else:
            needed |= keys
    return left_out - needed


def standing(slug: str, official_id: str | None) -> Site | None:
    same_address = Q(slug=slug) | Q(aliases__slug=slug)
    return Site.objects.filter(same_address | Q(official_id=official_id) if official_id else same_address).first()


def without(left_out: Collection[Key], records: list[Record]) -> list[Record]:
    return [record for record in records if key_of(record) not in left_out]


def key_of(record: Record) -> Key:
    """Its own, or that of the site that it belongs to."""
    fields = record["fields"]
    if fields.get("site"):
        return "directory.site", fields["site"][0]
    return record["model"], fields.get("slug") or fields.get("code", "")


def recognise_by_number(sites: list[Site]) -> None:
    """Gives a site of the fixtures, unknown by its address, the primary key of the one that has its official number."""
    unknown: dict[str | None, Site] = {site.official_id: site for site in sites if site.official_id and not site.pk}
    for key, number in Site.objects.filter(official_id__in=unknown).values_list("pk", "official_id"):
        unknown[number].pk = key
