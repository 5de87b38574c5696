"""The lines of the press releases, as printed, beside the curated records."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from editing.publication import Publication
from labels.models import PressRelease
from sites.models.records import Site


class ListingQuerySet(models.QuerySet["Listing"]):
    def get_by_natural_key(self, release_slug: str, row: int) -> Listing:
        return self.get(release__slug=release_slug, row=row)

    def public(self) -> ListingQuerySet:
        """The lines of published releases."""
        return self.filter(release__publication=Publication.PUBLISHED)


class Listing(models.Model):
    """One line of a release's table: what was printed, the site it means, why the two differ."""

    release = models.ForeignKey(
        PressRelease, verbose_name=_("communiqué"), on_delete=models.PROTECT, related_name="listings"
    )
    row = models.PositiveSmallIntegerField(_("ligne"))
    region_printed = models.CharField(_("région imprimée"), max_length=100, blank=True)
    department_printed = models.CharField(_("département imprimé"), max_length=100, blank=True)
    commune_printed = models.CharField(_("commune imprimée"), max_length=100, blank=True)
    name_printed = models.CharField(_("nom imprimé"), max_length=150, blank=True)
    marked_new = models.BooleanField(_("signalée comme nouvelle"), default=False)
    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="listings")
    remark = models.TextField(
        _("remarque"), blank=True, help_text=_("En quoi l’annuaire s’écarte de la ligne, et pourquoi.")
    )

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("ligne de communiqué")
        verbose_name_plural = _("lignes de communiqué")
        ordering = ("release", "row")
        constraints = (models.UniqueConstraint(fields=("release", "row"), name="listing_unique_row"),)

    def __str__(self) -> str:
        return f"{self.row} · {self.name_printed or self.department_printed}"

    def natural_key(self) -> tuple[str, int]:
        return (self.release.slug, self.row)

    natural_key.dependencies = ["labels.pressrelease", "sites.site"]  # type: ignore[attr-defined]

    @property
    def printed(self) -> str:
        """The cells of the line in their printed order, the empty ones left out."""
        cells = (self.region_printed, self.department_printed, self.commune_printed, self.name_printed)
        return " | ".join(cell for cell in cells if cell)
