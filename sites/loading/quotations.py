"""What releases say in their own words, for a database that was loaded before the directory kept it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labels.models import Fact, KeyFigure, PressRelease
from sites.loading.entered_by_hand import read_records
from sites.loading.report import Report

RELEASES = "press_releases.json"
FIGURES = "key_figures.jsonl"
FACTS = "facts.jsonl"

# What came with the quotations, and what tells that a record is the one that the fixtures mean.
BROUGHT: dict[type, tuple[str, ...]] = {
    PressRelease: ("consulted_on", "text_sha256"),
    KeyFigure: ("quotation", "place"),
}
SAME: dict[type, tuple[str, ...]] = {
    PressRelease: ("title", "published_on"),
    KeyFigure: ("caption", "value", "qualifier", "unit"),
}


def were_never_there() -> bool:
    return not Fact.objects.exists() and not KeyFigure.objects.exclude(quotation="").exists()


def bring(folder: Path, report: Report) -> None:
    """Fills what is empty in records that are as they were loaded, and adds the facts of releases that stand."""
    releases = {release.slug: release for release in PressRelease.objects.all()}
    figures = {figure.natural_key(): figure for figure in KeyFigure.objects.select_related("release")}
    for fields in fields_of(folder / RELEASES):
        fill(releases.get(fields["slug"]), fields, report)
    for fields in fields_of(folder / FIGURES):
        fill(figures.get((fields["release"][0], fields["position"])), fields, report)
    for fields in fields_of(folder / FACTS):
        if release := releases.get(fields["release"][0]):
            report.edits(release)
            fact = Fact.objects.create(**{**fields, "release": release})
            report.adds(f"{fact._meta.label} {release.slug}/{fact.position}", expected=False)


def fields_of(path: Path) -> list[dict[str, Any]]:
    return [record["fields"] for record in read_records(path)]


def fill(stored: Any, fields: dict[str, Any], report: Report) -> None:
    if stored is None:  # somebody deleted it
        return
    columns = BROUGHT[type(stored)]
    is_same = all(str(getattr(stored, name)) == str(fields[name]) for name in SAME[type(stored)])
    if not is_same or any(getattr(stored, name) for name in columns):
        key = "/".join(str(part) for part in stored.natural_key())
        report.left_out.append(f"{stored._meta.label} {key}: was edited and stays as it is, without {columns[0]}")
        return
    report.edits(stored)
    for name in columns:
        setattr(stored, name, fields[name])
    stored.save(update_fields=columns)
    report.filled += 1
