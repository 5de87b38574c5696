"""What the sources say, as they say it: the lines of the releases, and the official lists."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from labels.models import PressRelease
from pimms_directory.base.folding import fold
from pimms_directory.editing.publication import Publication
from sites.models.fields import Keyed, KeyedQuerySet
from sites.models.site import Site

SEPARATOR = " | "
DASH = re.compile(r" [-–—] ")


class ListingQuerySet(KeyedQuerySet["Listing"]):
    def with_site(self) -> ListingQuerySet:
        return self.select_related("site__commune", "site__department__region", "site__wave")

    def public(self) -> ListingQuerySet:
        """The lines of published releases."""
        return self.filter(release__publication=Publication.PUBLISHED)


class Listing(Keyed):
    """One line of a release's table: what was printed, the site it means, why the two differ."""

    NATURAL_KEY = ("release__slug", "row")

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

    @property
    def printed(self) -> str:
        """The cells of the line in their printed order, the empty ones left out."""
        cells = (self.region_printed, self.department_printed, self.commune_printed, self.name_printed)
        return SEPARATOR.join(cell for cell in cells if cell)

    @property
    def name_as_printed(self) -> str:
        """The printed name; where the line slipped by a column, what stands in its last cell."""
        return self.name_printed or self.printed.rpartition(SEPARATOR)[2]

    @property
    def folded_name(self) -> str:
        """What two printed names are compared by: accents, case, hyphens and apostrophes do not count."""
        return fold(self.name_as_printed)

    @property
    def folded_name_without_place(self) -> str:
        """``pimms isere`` of "PIMMS Isère - La Villeneuve": what stands before the first dash between spaces."""
        return fold(DASH.split(self.name_as_printed, maxsplit=1)[0])

    @property
    def is_printed_elsewhere(self) -> bool:
        """Whether the line stands under another department than the site."""
        return fold(self.department_printed) != fold(self.site.department.name)


class OfficialListQuerySet(models.QuerySet["OfficialList"]):
    def applied_before(self, published_on: date, sha256: str) -> OfficialList | None:
        """The list that was compared last before another: what it said already is no news."""
        lists = self.filter(published_on__lte=published_on, applied_at__isnull=False).exclude(sha256=sha256)
        return lists.order_by("-published_on", "-applied_at", "-pk").first()


class OfficialList(models.Model):
    """One file of the State agency that staff compared. Of its rows only those of the network are kept."""

    name = models.CharField(_("nom du fichier"), max_length=200)
    published_on = models.DateField(_("date de la liste"))
    sha256 = models.CharField(
        _("empreinte SHA-256"), max_length=64, unique=True, validators=[RegexValidator(r"^[0-9a-f]{64}\Z")]
    )
    row_count = models.PositiveIntegerField(_("nombre de lignes"))
    content = models.JSONField(editable=False)  # {"rows": [[line, {column: text}]], "frequent_domains": [text]}
    uploaded_at = models.DateTimeField(_("déposée le"), auto_now=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("déposée par"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Vide pour une liste lue en ligne de commande."),
    )
    applied_at = models.DateTimeField(_("reprise le"), null=True, editable=False)
    # What was taken and when: [{"at", "by", "changes": [{"site", "field", "before", "after"}]}], the oldest first.
    journal = models.JSONField(editable=False, default=list)

    objects = OfficialListQuerySet.as_manager()

    class Meta:
        verbose_name = _("liste officielle")
        verbose_name_plural = _("listes officielles")
        ordering = ("-published_on", "-pk")

    def __str__(self) -> str:
        return f"{self.name} ({self.published_on.isoformat()})"

    def get_absolute_url(self) -> str:
        return reverse("admin:directory_officiallist_change", args=[self.pk])

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Every value taken from this list, the oldest first."""
        return [change for entry in self.journal for change in entry["changes"]]
