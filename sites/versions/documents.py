"""What JSON says of versions: the index of all, and the changes of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from sites.exchange.records.version_records import (
    VersionChanges,
    VersionEntry,
    VersionFileEntry,
    VersionHead,
    VersionIndex,
)
from sites.versions.changes import Named
from sites.versions.models import DirectoryVersion, VersionFile
from sites.versions.words import KINDS, VersionWords, label_of, words_of


def index(versions: Iterable[DirectoryVersion]) -> VersionIndex:
    listed = list(versions)
    return {"count": len(listed), "versions": [version_entry(version) for version in listed]}


def version_entry(version: DirectoryVersion) -> VersionEntry:
    changes = version.changes or {}
    counts: Any = {kind: len(changes[kind]) for kind in KINDS} if changes else None
    files: Any = {file.kind: file_entry(file) for file in version.files.all()}
    return {
        **head(version),
        "url": settings.PUBLIC_ORIGIN + version.get_absolute_url(),
        "changes_url": settings.PUBLIC_ORIGIN + reverse("version-changes", args=[version.day]),
        "changes": counts,
        "files": files,
    }


def head(version: DirectoryVersion) -> VersionHead:
    return {"date": version.day, "provisional": version.is_provisional, "count": version.count}


def file_entry(file: VersionFile) -> VersionFileEntry:
    return {"url": settings.PUBLIC_ORIGIN + file.address, "size": file.size, "sha256": file.sha256}


def changes_of(version: DirectoryVersion, before: DirectoryVersion | None) -> VersionChanges:
    """Names and values are those of the day; what leads to a page leads to one of today, or to none."""
    (words,) = words_of([version])
    changes = version.changes or {}
    return {
        **head(version),
        "since": before.day if before else None,
        "summary": words.summary,
        "added": [linked(words, site) for site in words.of("added")],
        "removed": [with_reason(words, site) for site in words.of("removed")],
        "renamed": [linked(words, site) for site in words.of("renamed")],
        "changed": [with_labels(linked(words, site)) for site in words.of("changed")],
        "new_fields": changes.get("new_fields", []),
        "gone_fields": changes.get("gone_fields", []),
    }


def linked(words: VersionWords, site: Named) -> Any:
    address = words.today.address(site)
    return {**site, "url": settings.PUBLIC_ORIGIN + address if address else None}


def with_reason(words: VersionWords, site: Named) -> Any:
    return {**linked(words, site), "reason": words.today.reason(site)}


def with_labels(site: Any) -> Any:
    return {**site, "fields": [{**field, "label": label_of(field["field"])} for field in site["fields"]]}
