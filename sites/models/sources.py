"""What the sources say, as they say it: the lines of the releases, the official lists, the desks of others in these."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from labels.models import PressRelease
from pimms_directory.base.folding import fold
from pimms_directory.base.plain_text import text_is_plain
from pimms_directory.editing.publishing.publication import Publication
from sites.models.communes import Commune
from sites.models.distance import Point, distance_from
from sites.models.fields import Keyed, KeyedQuerySet, point_is_whole
from sites.models.site import Site
from sites.models.site_display import ContactDisplay, Kind

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
        constraints = (
            models.UniqueConstraint(fields=("release", "row"), name="listing_unique_row"),
            text_is_plain(
                "listing",
                *("region_printed", "department_printed", "commune_printed", "name_printed", "remark"),
            ),
        )

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
    """One file of the State agency, deposited by staff or fetched. Of its rows only those of the network are kept."""

    TAG_LENGTH = 200

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
    # Of a list that came by itself: from where, when it was asked for last, and what a server knows its file by.
    fetched_from = models.CharField(max_length=500, editable=False, blank=True, default="", db_default="")
    asked_at = models.DateTimeField(_("demandée le"), null=True, editable=False)
    etag = models.CharField(max_length=TAG_LENGTH, editable=False, blank=True, default="", db_default="")
    last_modified = models.CharField(max_length=TAG_LENGTH, editable=False, blank=True, default="", db_default="")
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


class OtherDeskQuerySet(models.QuerySet["OtherDesk"]):
    """Only those that one can walk into: where a bus stops today, the list does not say."""

    def nearest_to(self, origin: Point) -> OtherDeskQuerySet:
        """The nearest first, with ``distance_km``."""
        placed = self.filter(latitude__isnull=False).annotate(
            distance_km=distance_from(origin, "latitude", "longitude")
        )
        return placed.order_by("distance_km", "official_id")

    def in_territory_of(self, commune: Commune) -> OtherDeskQuerySet:
        """Those of its department or collectivity, its own first: for a commune whose point is not known."""
        territory = Q(commune__department=commune.department_id, commune__collectivity=commune.collectivity)
        others_after = Case(When(commune=commune, then=Value(0)), default=Value(1))
        return self.filter(territory, kind=Kind.FIXED).order_by(others_after, "commune__search_name", "official_id")


class OtherDesk(ContactDisplay, models.Model):
    """A France Services of another bearer: where else to go, beside a place far from any PIMMS.

    Loaded whole with each official list, edited by nobody. They are no part of the directory: no list, count or export
    has them.
    """

    official_id = models.CharField(_("identifiant officiel"), max_length=12, unique=True)
    name = models.CharField(_("nom"), max_length=120)
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    commune = models.ForeignKey(
        Commune, verbose_name=_("commune"), on_delete=models.PROTECT, related_name="other_desks"
    )
    postcode = models.CharField(
        _("code postal"),
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^\d{5}\Z", _("Un code postal a cinq chiffres."))],
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("Degrés WGS 84."))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("Degrés WGS 84."))
    phone = models.CharField(
        _("téléphone"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^0\d( \d\d){4}\Z", _("Un numéro s’écrit en cinq paires, comme 04 76 33 06 56."))],
    )
    # Bit 0 for Monday to bit 6 for Sunday, as for a site; 0 where the list tells no hours.
    open_days = models.PositiveSmallIntegerField(_("jours d’ouverture"), default=0)
    listed_on = models.DateField(_("date de la liste"))

    distance_km: float | None = None  # by OtherDeskQuerySet.nearest_to()

    objects = OtherDeskQuerySet.as_manager()

    class Meta:
        verbose_name = _("autre France Services")
        verbose_name_plural = _("autres France Services")
        ordering = ("official_id",)
        constraints = (
            models.CheckConstraint(
                name="other_desk_kind_is_known",
                condition=Q(kind__in=("fixed", "mobile", "multisite")),
                violation_error_message=_("Type inconnu : lieu fixe, bus ou multisite."),
            ),
            point_is_whole("other_desk_point_is_whole"),
            models.CheckConstraint(
                name="other_desk_only_a_desk_has_a_point",
                condition=Q(kind="fixed") | Q(latitude=None),
                violation_error_message=_("Un bus ou un multisite n’a pas de coordonnées."),
            ),
            models.CheckConstraint(
                name="other_desk_days_are_a_week",
                condition=Q(open_days__lt=128),
                violation_error_message=_("Une semaine a sept jours."),
            ),
        )

    def __str__(self) -> str:
        return self.name
