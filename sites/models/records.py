"""The sites: who runs them, where they are, when they open, what they were called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import EmptyResultSet, ValidationError
from django.core.validators import RegexValidator
from django.db import connections, models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Concat
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labels.models import Wave
from pimms_directory.base.folding import fold, search_words
from pimms_directory.base.memo import kept
from pimms_directory.editing.publication import Publication, Publishable, publication_is_known, shown
from sites.hours.opening_hours import WEEKDAYS, Day, week
from sites.models.constraints import NoOverlap
from sites.models.distance import RADII_KM, Box, Point, distance_from, distance_km
from sites.models.fields import BytewiseSlugField, BytewiseTextField, whole_point
from sites.models.site_display import OPENSTREETMAP, Brief, Described, Kind, street_address
from sites.models.territories import Commune, Department, known_departments

# A point this far from the centre of its commune is a mistake, but for the largest communes of Guiana.
FARTHEST_IN_COMMUNE_KM = 30
# Every site is found by these words: to look for them finds all.
LABEL = "PIMMS Médiation France Services"
WORDS_OF_ALL = fold(LABEL).split()
# A page about many sites shows this many of them at most, and leads to the list for more.
MOST_LISTED = 60
# Where their addresses were checked in many ways, it names the most common ones.
MOST_SOURCES = 3
# What narrows lists, beside words.
LISTED = ("label_ended_on", "closed_on", "kind", "department", "wave", "association", "open_days")

# Boxes whose sides stand for those of any other: to write SQL takes longer than to run it.
PATTERNS = {False: Box(-0.111, 0.222, -0.333, 0.444), True: Box(-0.111, 0.222, 0.333, -0.444)}


def _with_sides(statement: tuple[str, tuple[Any, ...]], pattern: Box, box: Box) -> tuple[str, list[Any]]:
    sides = dict(zip(astuple(pattern), astuple(box), strict=True))
    sql, params = statement
    return sql, [sides.get(value, value) if isinstance(value, float) else value for value in params]


def telling_words(query: str) -> tuple[str, ...]:
    """What to look for: the folded words of a query, without those that all sites have."""
    return tuple(word for word in search_words(query) if not any(each.startswith(word) for each in WORDS_OF_ALL))


class AssociationQuerySet(models.QuerySet["Association"]):
    def get_by_natural_key(self, slug: str) -> Association:
        return self.get(slug=slug)

    def public(self) -> AssociationQuerySet:
        """Those that run a site that is published, or was: a link to their page lasts."""
        known = Site.objects.exclude(publication=Publication.DRAFT).exclude(wave__publication=Publication.DRAFT)
        return self.filter(models.Exists(known.filter(association=models.OuterRef("pk"))))


class Association(models.Model):
    """The local PIMMS that runs one or several sites."""

    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=100)
    name = models.CharField(_("nom"), max_length=100)

    objects = AssociationQuerySet.as_manager()

    class Meta:
        verbose_name = _("association")
        verbose_name_plural = _("associations")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("association", args=[self.slug])

    def natural_key(self) -> tuple[str]:
        return (self.slug,)


@dataclass(frozen=True, eq=False)
class Listed:
    """What a page about many sites shows of them: the first ones, and figures of all.

    Equal to itself alone, so that what is derived from it can be kept by it.
    """

    first: tuple[Brief, ...]
    total: int
    ended: int  # how many of them carry the label no longer
    departments: Mapping[Department, int]  # how many stand in each
    waves: Mapping[int, int]  # how many came with each, by its key
    sources: tuple[str, ...]  # of their contact details, the most common ones first
    checked_on: date | None  # the last day that one of them was checked

    @property
    def is_whole(self) -> bool:
        return self.total == len(self.first)


class Figure(NamedTuple):
    """Public sites of which pages say the same in sum, by keys: how many they are, and when the last was checked."""

    department: int
    wave: int
    association: int
    source: str
    ended: bool  # whether they carry the label no longer
    size: int
    checked_on: date | None


class SiteQuerySet(models.QuerySet["Site"]):
    def get_by_natural_key(self, slug: str) -> Site:
        """The site of this slug, or the one that once had it: fixtures outlive a renaming."""
        return self.filter(slug=slug).first() or self.get(aliases__slug=slug)

    def public(self) -> SiteQuerySet:
        """Those that the public sees, closed ones included: published, in a published wave."""
        return self.filter(is_public=True)

    def labelled(self) -> SiteQuerySet:
        """Of these, those that carry the label today and have not closed: what every list shows."""
        return self.filter(is_public=True, label_ended_on=None, closed_on=None)

    def no_longer_labelled(self) -> SiteQuerySet:
        return self.public().exclude(label_ended_on=None, closed_on=None)

    def with_place(self) -> SiteQuerySet:
        return self.select_related("association", "wave", "department__region", "commune")

    def with_hours(self) -> SiteQuerySet:
        return self.prefetch_related(Prefetch("opening_periods", OpeningPeriod.objects.order_by("weekday", "opens")))

    def in_brief(self, departments: Mapping[int, Department]) -> list[Brief]:
        """What cards and maps show of them; ``departments`` are those that they stand in, by key."""
        rows: Iterable[Any] = self.values_list(*Brief.COLUMNS)
        return [Brief(*(*values, departments[department])) for *values, department in rows]

    def figures(self) -> Iterator[Figure]:
        """One query, answered by an index."""
        groups = self.order_by().values_list("department", "wave", "association", "contact_source")
        parts = {False: Q(label_ended_on=None, closed_on=None), True: ~Q(label_ended_on=None, closed_on=None)}
        for ended, which in parts.items():
            groups = groups.annotate(
                **{
                    f"size_{ended}": models.Count("department", filter=which),
                    f"checked_{ended}": models.Max("contact_checked_on", filter=which),
                }
            )
        for department, wave, association, source, *sums in groups:
            for ended, size, checked_on in zip(parts, sums[::2], sums[1::2], strict=True):
                if size:
                    yield Figure(department, wave, association, source, ended, size, checked_on)

    def listed(self, admits: Callable[[Figure], bool] | None = None, *, by_department: bool = False) -> Listed:
        """What a page about them shows, in their order or that of departments.

        ``admits``: which figures of all public sites are theirs, where these tell; they are at hand while the data
        stand, and then it takes one query.
        """
        departments: Counter[int] = Counter()
        waves: Counter[int] = Counter()
        sources: Counter[str] = Counter()
        ended, checked = 0, []
        for figure in self.figures() if admits is None else filter(admits, public_figures()):
            departments[figure.department] += figure.size
            waves[figure.wave] += figure.size
            sources[figure.source] += figure.size
            ended += figure.size if figure.ended else 0
            checked += [figure.checked_on] if figure.checked_on else []
        del sources[""]
        known = {pk: department for pk, department in known_departments().items() if pk in departments}
        first = self
        if by_department:
            reached = accumulate((departments[pk] for pk in known), initial=0)
            needed = [pk for pk, before in zip(known, reached, strict=False) if before < MOST_LISTED]
            # Of one department, the first are read off an index; those of several are put in order.
            order = ("department__slug", "slug") if len(needed) > 1 else ("slug",)
            first = first.filter(department__in=needed).order_by(*order)
        return Listed(
            first=tuple(first[:MOST_LISTED].in_brief(known)),
            total=departments.total(),
            ended=ended,
            departments={each: departments[pk] for pk, each in known.items()},
            waves=waves,
            sources=tuple(sorted(sources, key=lambda source: (-sources[source], source))[:MOST_SOURCES]),
            checked_on=max(checked, default=None),
        )

    def search(self, query: str) -> SiteQuerySet:
        """Those whose search text has, for every word of the query, a word that begins with it; by their slugs."""
        words = telling_words(query)
        if not words:
            return self.all()
        # No index is in this order. PostgreSQL would read one from its start, and split the text of each site, until it
        # has met enough that match: those of a town, which stand together, hundreds of times slower than by the index.
        in_order = Concat("slug", models.Value(""))
        return self.filter(search_text__has_words=words).order_by(in_order)

    def open_on(self, weekday: int) -> SiteQuerySet:
        """Those that open at least once on this ISO weekday."""
        return self.annotate(open_that_day=F("open_days").bitand(1 << (weekday - 1))).filter(open_that_day__gt=0)

    def placed(self) -> SiteQuerySet:
        """The desks whose position is known: those that can be ranked by distance."""
        return self.filter(position_latitude__isnull=False)

    def with_distance(self, origin: Point) -> SiteQuerySet:
        """Adds ``distance_km``, the great-circle distance from a point."""
        return self.annotate(distance_km=distance_from(origin, "position_latitude", "position_longitude"))

    def nearest(self, origin: Point, count: int, *, whole: bool = False) -> SiteQuerySet:
        """The ``count`` desks of this set that are nearest to a point, nearest first, with ``distance_km``.

        Two queries, whatever the number of sites: how far one must look, and the sites found there by
        the index on positions. ``whole`` ranks them all instead, in one: where filters leave few of many
        sites, a wide box costs more than they do.
        """
        placed = self.placed()
        box = Q() if whole else placed.box_with(origin, count)
        ranked: SiteQuerySet = placed.filter(box).with_distance(origin)
        return ranked.order_by("distance_km", "slug")[:count]  # type: ignore[misc]

    def box_with(self, origin: Point, count: int) -> Q:
        """A condition on positions that surely holds the ``count`` nearest to a point."""
        columns = ("position_latitude", "position_longitude")
        boxes = [Box.around(origin, radius) for radius in RADII_KM]
        try:
            # Each part stops after `count` rows, so that a crowded box costs no more than a sparse one.
            rings = {
                split: self.filter(PATTERNS[split].condition(*columns)).order_by().values("pk")[:count].query
                for split in {box.is_split for box in boxes}
            }
            statements = {split: ring.sql_with_params() for split, ring in rings.items()}
        except EmptyResultSet:  # the filters before this exclude each other
            return Q()
        parts = [_with_sides(statements[box.is_split], PATTERNS[box.is_split], box) for box in boxes]
        counts = ", ".join(f"(SELECT count(*) FROM ({sql}) AS ring)" for sql, _params in parts)  # noqa: S608
        with connections[self.db].cursor() as cursor:
            cursor.execute(f"SELECT {counts}", [value for _sql, params in parts for value in params])
            found = cursor.fetchone()
        for box, number in zip(boxes, found, strict=True):
            if number == count:
                # The farthest of these lies in a corner at most; nearer ones may lie beyond the sides.
                return Box.around(origin, box.reach_km(origin)).condition(*columns)
        return Q()

    def serving(self, department: Department) -> SiteQuerySet:
        """Buses and visiting teams of a department or of one that borders on it."""
        around = Department.objects.filter(Q(pk=department.pk) | Q(neighbours=department.pk))
        return self.filter(kind__in=(Site.Kind.MOBILE, Site.Kind.MULTISITE), department__in=around.values("pk"))

    def touch(self) -> int:
        """Says that these records changed now: theirs are also their hours and former names."""
        return self.update(modified_at=timezone.now())

    def refresh_derived(self) -> int:
        """Recomputes the columns that follow from others; returns how many rows changed.

        Called after fixtures, imports and edits of what they are made of.
        """
        stale = []
        columns = ("search_text", "open_days", "position_latitude", "position_longitude", "is_public")
        sites = self.select_related("association", "department__region", "commune", "wave")
        for site in sites.prefetch_related("aliases", "opening_periods"):
            before = [getattr(site, column) for column in columns]
            site.search_text = site.build_search_text()
            site.open_days = site.build_open_days()
            site.position_latitude, site.position_longitude = site.build_position()
            site.is_public = site.build_is_public()
            if before != [getattr(site, column) for column in columns]:
                stale.append(site)
        self.model.objects.bulk_update(stale, columns, batch_size=500)
        return len(stale)


@kept(1)
def public_figures() -> list[Figure]:
    """Of all public sites."""
    return list(Site.objects.public().figures())


class Site(Described, Publishable):
    """One labelled entry: a desk one can walk into, a bus, or a team that visits several places."""

    Kind = Kind

    class Appointment(models.TextChoices):
        UNKNOWN = "", _("non renseigné")
        NONE = "none", _("sans rendez-vous")
        POSSIBLE = "possible", _("rendez-vous possible")

    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=120)
    name = models.CharField(_("nom"), max_length=150)
    official_name = models.CharField(
        _("nom dans la liste officielle"), max_length=200, blank=True, help_text=_("Tel que publié.")
    )
    official_id = models.CharField(
        _("identifiant officiel"),
        max_length=12,
        unique=True,
        null=True,
        blank=True,
        help_text=_("Colonne id_fs de la liste officielle."),
    )
    association = models.ForeignKey(
        Association,
        verbose_name=_("association"),
        on_delete=models.PROTECT,
        related_name="sites",
        db_index=False,  # see the indexes below
    )
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices, default=Kind.FIXED)
    wave = models.ForeignKey(
        Wave, verbose_name=_("vague"), on_delete=models.PROTECT, related_name="sites", db_index=False
    )
    label_ended_on = models.DateField(_("fin du label le"), null=True, blank=True)
    closed_on = models.DateField(_("fermé le"), null=True, blank=True)

    department = models.ForeignKey(
        Department, verbose_name=_("département"), on_delete=models.PROTECT, related_name="sites", db_index=False
    )
    commune = models.ForeignKey(
        Commune,
        verbose_name=_("commune"),
        on_delete=models.PROTECT,
        related_name="sites",
        null=True,
        blank=True,
        help_text=_("Vide pour un bus ou un multisite : on n’y entre pas."),
    )
    address = models.CharField(_("adresse postale"), max_length=200, blank=True)
    address_complement = models.CharField(_("complément d’adresse"), max_length=200, blank=True)
    postcode = models.CharField(
        _("code postal"),
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^\d{5}\Z", _("Un code postal a cinq chiffres."))],
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("Degrés WGS 84."))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("Degrés WGS 84."))
    base = models.CharField(
        _("point d’attache"),
        max_length=200,
        blank=True,
        help_text=_("D’où part un bus ou une équipe multisite ; ce n’est pas un guichet."),
    )
    area_served = models.CharField(_("secteur desservi"), max_length=200, blank=True)

    phone = models.CharField(
        _("téléphone"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^0\d( \d\d){4}\Z", _("Un numéro s’écrit en cinq paires, comme 04 76 33 06 56."))],
    )
    email = models.EmailField(_("courriel"), blank=True, help_text=_("Une adresse de service, jamais nominative."))
    website = models.URLField(_("site web"), blank=True)
    appointment = models.CharField(
        _("rendez-vous"), max_length=10, choices=Appointment.choices, blank=True, default=Appointment.UNKNOWN
    )
    access_note = models.TextField(
        _("précisions sur l’accueil"), blank=True, help_text=_("Par exemple les jours sur rendez-vous.")
    )
    contact_checked_on = models.DateField(_("coordonnées vérifiées le"), null=True, blank=True)
    contact_source = models.CharField(_("source des coordonnées"), max_length=200, blank=True)
    contact_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("vérifiées par"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        editable=False,  # the name of a person: for staff, never on a public page
    )
    data_note = models.TextField(
        _("remarque sur les données"),
        blank=True,
        help_text=_("Publique : ce que l’annuaire a corrigé ou écarté, et pourquoi."),
    )
    # These follow from other columns and rows: see SiteQuerySet.refresh_derived().
    open_days = models.PositiveSmallIntegerField(editable=False, default=0)  # bit 0 for Monday to bit 6 for Sunday
    position_latitude = models.FloatField(editable=False, null=True)
    position_longitude = models.FloatField(editable=False, null=True)
    search_text = BytewiseTextField(_("texte pour la recherche"), editable=False, default="")
    is_public = models.BooleanField(_("public"), editable=False, default=False)
    added_at = models.DateTimeField(_("ajouté le"), editable=False, default=timezone.now)
    modified_at = models.DateTimeField(_("modifié le"), editable=False, default=timezone.now)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ("slug",)
        indexes = (
            # In the order of their addresses: the sites of each, where a page shows the first of many.
            models.Index(fields=("department", "slug"), name="site_department"),
            models.Index(fields=("association", "slug"), name="site_association"),
            models.Index(fields=("wave", "slug"), name="site_wave"),
            # The following answer without a look at the sites themselves.
            models.Index(
                fields=("position_latitude", "position_longitude", *LISTED, "slug", "id"),
                name="site_public_positions",
                condition=Q(is_public=True),
            ),
            models.Index(fields=("slug", *LISTED, "id"), name="site_public_list", condition=Q(is_public=True)),
            # For feeds.
            models.Index(
                fields=("modified_at", "added_at", "department", "slug", "id"),
                name="site_public_changes",
                condition=Q(is_public=True),
            ),
            # Read in its own order, it gives the counts of all filters in one pass: see sites/search/groups.py.
            models.Index(
                fields=("department", "wave", "association", "kind", "open_days"),
                name="site_labelled_facets",
                condition=Q(is_public=True, label_ended_on=None, closed_on=None),
            ),
            # And this one what pages about many sites say in sum: see SiteQuerySet.figures().
            models.Index(
                fields=(
                    *("department", "wave", "association", "contact_source"),
                    *("contact_checked_on", "label_ended_on", "closed_on"),
                ),
                name="site_sums",
                condition=Q(is_public=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="site_kind_is_known",
                condition=Q(kind__in=("fixed", "mobile", "multisite")),
                violation_error_message=_("Type inconnu : lieu fixe, bus ou multisite."),
            ),
            models.CheckConstraint(
                name="site_point_is_whole",
                condition=whole_point(),
                violation_error_message=_("Latitude et longitude vont ensemble, en degrés WGS 84."),
            ),
            models.CheckConstraint(
                name="site_only_a_desk_has_a_point",
                condition=Q(kind="fixed") | Q(latitude=None, commune=None, address="", postcode=""),
                violation_error_message=_(
                    "Un bus ou un multisite n’a ni adresse, ni commune, ni coordonnées : indiquez son point d’attache."
                ),
            ),
            models.CheckConstraint(
                name="site_contact_check_has_a_source",
                condition=Q(contact_checked_on=None) | ~Q(contact_source=""),
                violation_error_message=_("Une date de vérification doit citer sa source."),
            ),
            publication_is_known("site"),
            models.CheckConstraint(
                name="site_only_the_published_is_public",
                condition=Q(is_public=False) | Q(publication="published"),
                violation_error_message=_("Seul ce qui est publié est public."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    natural_key.dependencies = [  # type: ignore[attr-defined]
        "directory.association",
        "directory.commune",
        "directory.department",
        "labels.wave",
    ]

    def clean(self) -> None:
        problems: dict[str, Any] = {}
        if SiteAlias.objects.filter(slug=self.slug).exclude(site=self.pk).exists():
            problems["slug"] = _("« %(slug)s » est l’ancienne adresse d’un autre site.") % {"slug": self.slug}
        if self.is_fixed and not self.commune:
            problems["commune"] = _("Un lieu fixe est dans une commune.")
        if self.commune and self.department_id and self.commune.department_id != self.department_id:
            problems["commune"] = _("%(commune)s n’est pas dans ce département.") % {"commune": self.commune}
        if self.point and self.commune and (centre := self.commune.centre):
            kilometres = distance_km(self.point, centre)
            if kilometres > FARTHEST_IN_COMMUNE_KM:
                problems["latitude"] = _(
                    "Ce point est à %(distance)d km du centre de %(commune)s : vérifiez latitude et longitude."
                ) % {"distance": kilometres, "commune": self.commune.name}
        if self.label_ended_on and self.wave_id and self.label_ended_on < self.wave.effective_on:
            problems["label_ended_on"] = _("Le label ne peut pas finir avant d’avoir commencé.")
        if problems:
            raise ValidationError(problems)

    @property
    def commune_name(self) -> str | None:
        return self.commune.name if self.commune else None

    @property
    def is_labelled(self) -> bool:
        """As ``SiteQuerySet.labelled()`` has it."""
        return self.label_ended_on is None and self.closed_on is None

    @property
    def geo_uri(self) -> str:
        """RFC 5870, for the map of a phone; empty where the desk's own point is not known."""
        return f"geo:{self.latitude:.6f},{self.longitude:.6f}" if self.point else ""

    @property
    def map_url(self) -> str:
        """The desk on OpenStreetMap: its point, or a search for its address."""
        if self.point:
            place = f"{self.latitude:.6f}/{self.longitude:.6f}"
            return f"{OPENSTREETMAP}?mlat={self.latitude:.6f}&mlon={self.longitude:.6f}#map=18/{place}"
        return f"{OPENSTREETMAP}search?{urlencode({'query': self.postal_address})}"

    @property
    def street_address(self) -> str:
        return street_address(self.address, self.address_complement)

    def build_position(self) -> tuple[float | None, float | None]:
        if self.is_fixed and self.point is None and self.commune:
            return self.commune.latitude, self.commune.longitude
        return self.latitude, self.longitude

    @property
    def week(self) -> list[Day]:
        """Seven days with their periods, Monday first; empty when no hours are known."""
        periods: Iterable[OpeningPeriod] = self.opening_periods.all()
        return week(periods) if periods else []

    def build_open_days(self) -> int:
        days = {period.weekday for period in self.opening_periods.all()}
        return sum(1 << (weekday - 1) for weekday in days)

    def build_is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED and self.wave.is_public

    @property
    def is_withdrawn(self) -> bool:
        """Once published, no longer shown: it was withdrawn, or its wave was."""
        published = self.publication == Publication.PUBLISHED
        return super().is_withdrawn or (published and self.wave.is_withdrawn)

    def build_search_text(self) -> str:
        """Folded words, each after a space, of all that a reader may type to find this site."""
        parts = [
            self.name,
            self.official_name,
            self.association.name,
            *(alias.name for alias in self.aliases.all()),
            self.commune.name if self.commune else "",
            self.postcode,
            self.address,
            self.address_complement,
            self.base,
            self.area_served,
            self.department.name,
            self.department.code,
            self.department.region.name,
            LABEL,
        ]
        return f" {fold(' | '.join(parts))} "


class OpeningPeriodQuerySet(models.QuerySet["OpeningPeriod"]):
    def get_by_natural_key(self, slug: str, weekday: int, opens: str) -> OpeningPeriod:
        return self.get(site__slug=slug, weekday=weekday, opens=opens)


class OpeningPeriod(models.Model):
    """An unbroken stretch of one weekday, Europe/Paris wall-clock time."""

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.CASCADE, related_name="opening_periods")
    weekday = models.PositiveSmallIntegerField(_("jour"), choices=WEEKDAYS)
    opens = models.TimeField(_("ouvre à"))
    closes = models.TimeField(_("ferme à"))

    objects = OpeningPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("période d’ouverture")
        verbose_name_plural = _("périodes d’ouverture")
        ordering = ("site", "weekday", "opens")
        constraints = (
            models.UniqueConstraint(fields=("site", "weekday", "opens"), name="opening_period_unique_start"),
            models.CheckConstraint(
                name="opening_period_weekday_is_iso",
                condition=Q(weekday__range=(1, 7)),
                violation_error_message=_("Le jour va de 1 (lundi) à 7 (dimanche)."),
            ),
            models.CheckConstraint(
                name="opening_period_closes_after_opening",
                condition=Q(closes__gt=F("opens")),
                violation_error_message=_("L’heure de fermeture doit suivre l’heure d’ouverture."),
            ),
            NoOverlap(
                name="opening_period_no_overlap",
                partition=("site", "weekday"),
                start="opens",
                end="closes",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def natural_key(self) -> tuple[str, int, str]:
        return (self.site.slug, self.weekday, self.opens.isoformat())

    natural_key.dependencies = ["directory.site"]  # type: ignore[attr-defined]


class SiteAliasQuerySet(models.QuerySet["SiteAlias"]):
    def get_by_natural_key(self, slug: str) -> SiteAlias:
        return self.get(slug=slug)

    def public_site(self, slug: str) -> Site:
        """The published site that once had this address; raises ``Http404`` where there is none to show."""
        return shown(get_object_or_404(self, slug=slug).site)


class SiteAlias(models.Model):
    """A former name: still found by the search, and its address redirects to the site."""

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("ancien nom"), max_length=150)
    slug = BytewiseSlugField(_("ancienne adresse"), unique=True, max_length=120)

    objects = SiteAliasQuerySet.as_manager()

    class Meta:
        verbose_name = _("ancien nom")
        verbose_name_plural = _("anciens noms")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    natural_key.dependencies = ["directory.site"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        if Site.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": _("« %(slug)s » est l’adresse actuelle d’un site.") % {"slug": self.slug}})
