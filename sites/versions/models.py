"""What the directory said at the end of a day: its files byte for byte, whatever data and code become."""

from __future__ import annotations

import hashlib
import zlib
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.memo import memo_by_revision


class VersionQuerySet(models.QuerySet["DirectoryVersion"]):
    def with_files(self) -> VersionQuerySet:
        """Their sizes and checksums, not their content."""
        return self.prefetch_related(models.Prefetch("files", VersionFile.objects.defer("packed")))

    def in_force(self, day: date) -> DirectoryVersion | None:
        """The version of a day: its own, or the one before it if nothing changed."""
        return self.filter(day__lte=day).first()


class DirectoryVersion(models.Model):
    """Written by ``keeping.py`` alone: that of today may be replaced until midnight, a past one never changes."""

    day = models.DateField(_("jour"), unique=True)
    kept_at = models.DateTimeField(_("relevée le"))
    count = models.PositiveIntegerField(_("nombre de PIMMS"))
    # Since the version before, as ``changes.py`` finds them in the files of both; null for the first version.
    changes = models.JSONField(_("changements"), null=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version datée")
        verbose_name_plural = _("versions datées")
        ordering = ("-day",)

    def __str__(self) -> str:
        return self.day.isoformat()

    def get_absolute_url(self) -> str:
        return reverse("version", args=[self.day])

    @property
    def is_provisional(self) -> bool:
        """The day is not over."""
        return self.day >= timezone.localdate()

    @property
    def ends_on(self) -> date:
        return self.day + timedelta(days=1)

    @property
    def checksums(self) -> dict[str, str]:
        return {each.kind: each.sha256 for each in self.files.all()}


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class VersionFile(models.Model):
    """One of the files of a version."""

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        JSON = "json", "JSON"
        GEOJSON = "geojson", "GeoJSON"

    version = models.ForeignKey(DirectoryVersion, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    size = models.PositiveIntegerField()  # in bytes
    sha256 = models.CharField(max_length=64)
    packed = models.BinaryField()  # by zlib

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("version", "kind"), name="version_file_once"),
            models.CheckConstraint(
                name="version_file_kind_is_known", condition=models.Q(kind__in=("csv", "json", "geojson"))
            ),
        )

    def __str__(self) -> str:
        return self.saved_name

    @classmethod
    def of(cls, version: DirectoryVersion, kind: str, content: bytes) -> VersionFile:
        packed = zlib.compress(content)
        return cls(version=version, kind=kind, size=len(content), sha256=checksum(content), packed=packed)

    @property
    def content(self) -> bytes:
        return zlib.decompress(self.packed)

    @property
    def address(self) -> str:
        return reverse(f"version-{self.kind}", args=[self.version.day])

    @property
    def saved_name(self) -> str:
        """What the file is called where it was downloaded."""
        return f"pimms-{self.version.day}.{self.kind}"


@memo_by_revision(maxsize=1)
def newest_day() -> date | None:
    """Since when the public list says what it says."""
    newest: Any = DirectoryVersion.objects.values_list("day", flat=True).first()
    return newest
