"""Keeps a version of each day on which the public list changed, in the transaction of the change.

Staff edit inside ``history.revision``, which says when it is done; ``load_directory`` too, so that a database has its
first version before anybody edits. A version holds the files of the plain list as they are served at the end of its
day. What changes the list in other ways, such as SQL typed by hand, shows in the next version.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from reversion.models import Revision

from pimms_directory.base import revision
from sites.exchange.downloads.views import SiteExport, SitesCsv, SitesGeoJson, SitesJson, whole_list
from sites.pages.label_count import label_count
from sites.versions.changes import changes_between, records_in
from sites.versions.models import DirectoryVersion, VersionFile, checksum

WRITTEN_BY: dict[str, type[SiteExport]] = {"csv": SitesCsv, "json": SitesJson, "geojson": SitesGeoJson}


@transaction.atomic
def keep_version(**kwargs: Any) -> None:
    """Makes what the directory says now the version of today, unless it says what the newest one said."""
    revision.lock(connection)
    files = written_files()
    checksums = {kind: checksum(content) for kind, content in files.items()}
    newest = DirectoryVersion.objects.with_files().first()
    if newest and newest.checksums == checksums:
        return
    # A clock that was put back must not write into the past.
    day = max(timezone.localdate(), newest.day) if newest else day_of_data()
    DirectoryVersion.objects.filter(day=day).delete()
    before = DirectoryVersion.objects.with_files().first()
    if before is None or before.checksums != checksums:  # else the changes of the day cancelled each other out
        save(day, files, before)


def written_files() -> dict[str, bytes]:
    files = {}
    for kind, export in zip(WRITTEN_BY, whole_list(*WRITTEN_BY.values()), strict=True):
        file = io.BytesIO()
        export.write(file)
        files[kind] = file.getvalue()
    return files


def save(day: date, files: dict[str, bytes], before: DirectoryVersion | None) -> None:
    records = records_in(files["json"])
    changes = changes_between(records_in(before.files.get(kind="json").content), records) if before else None
    version = DirectoryVersion.objects.create(day=day, kept_at=timezone.now(), count=len(records), changes=changes)
    version.files.bulk_create(VersionFile.of(version, kind, content) for kind, content in files.items())


def day_of_data() -> date:
    """Of the first version: that of the newest change by staff or, where nobody changed anything, of the data."""
    edited = Revision.objects.aggregate(newest=Max("date_created"))["newest"]
    today = timezone.localdate()
    return timezone.localdate(edited) if edited else min(label_count().counted_on or today, today)
