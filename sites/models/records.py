"""The sites: who runs them, where they are, when they open, what they were called."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from labels.models import Wave
from sites.constraints import NoOverlap
from sites.fields import BytewiseSlugField, BytewiseTextField, whole_point
from sites.folding import fold, search_words
from sites.hours import WEEKDAYS, Day, describe_days, week
from sites.models.territories import Commune, Department


class AssociationQuerySet(models.QuerySet["Association"]):
    def get_by_natural_key(self, slug: str) -> Association:
        return self.get(slug=slug)

    def with_site_counts(self) -> AssociationQuerySet:
        """Adds ``site_count``: sites that carry the label today."""
        labelled = Q(sites__label_ended_on=None, sites__closed_on=None)
        return self.annotate(site_count=models.Count("sites", filter=labelled)).order_by("slug")


class Association(models.Model):
    """The local PIMMS that runs one or several sites."""

    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=100)
    name = models.CharField(_("nom"), max_length=100)

    site_count: int  # annotated by with_site_counts()

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


class SiteQuerySet(models.QuerySet["Site"]):
    def get_by_natural_key(self, slug: str) -> Site:
        """The site of this slug, or the one that once had it: fixtures outlive a renaming."""
        return self.filter(Q(slug=slug) | Q(aliases__slug=slug)).distinct().get()

    def labelled(self) -> SiteQuerySet:
        """Those that carry the label today and have not closed."""
        return self.filter(label_ended_on=None, closed_on=None)

    def with_place(self) -> SiteQuerySet:
        return self.select_related("association", "wave", "department__region", "commune")

    def with_hours(self) -> SiteQuerySet:
        return self.prefetch_related(Prefetch("opening_periods", OpeningPeriod.objects.order_by("weekday", "opens")))

    def search(self, query: str) -> SiteQuerySet:
        """Those whose search text has, for every word of the query, a word that begins with it."""
        sites = self
        for word in search_words(query):
            sites = sites.filter(search_text__contains=f" {word}")
        return sites

    def open_on(self, weekday: int) -> SiteQuerySet:
        """Those that open at least once on this ISO weekday."""
        return self.filter(Exists(OpeningPeriod.objects.filter(site=OuterRef("pk"), weekday=weekday)))

    def refresh_search_text(self) -> int:
        """Recomputes the folded search column; returns how many rows changed.

        Called after fixtures, imports and edits of what the text is made of.
        """
        stale = []
        sites = self.select_related("association", "department__region", "commune")
        for site in sites.prefetch_related("aliases"):
            text = site.build_search_text()
            if text != site.search_text:
                site.search_text = text
                stale.append(site)
        self.model.objects.bulk_update(stale, ["search_text"], batch_size=500)
        return len(stale)


class Site(models.Model):
    """One labelled entry: a desk one can walk into, a bus, or a team that visits several places."""

    class Kind(models.TextChoices):
        FIXED = "fixed", _("lieu fixe")
        MOBILE = "mobile", _("bus")
        MULTISITE = "multisite", _("multisite")

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
        Association, verbose_name=_("association"), on_delete=models.PROTECT, related_name="sites"
    )
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices, default=Kind.FIXED)
    wave = models.ForeignKey(Wave, verbose_name=_("vague"), on_delete=models.PROTECT, related_name="sites")
    label_ended_on = models.DateField(_("fin du label le"), null=True, blank=True)
    closed_on = models.DateField(_("fermé le"), null=True, blank=True)

    department = models.ForeignKey(
        Department, verbose_name=_("département"), on_delete=models.PROTECT, related_name="sites"
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
    data_note = models.TextField(
        _("remarque sur les données"),
        blank=True,
        help_text=_("Publique : ce que l’annuaire a corrigé ou écarté, et pourquoi."),
    )
    search_text = BytewiseTextField(_("texte pour la recherche"), editable=False, default="")

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ("slug",)
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
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("site", args=[self.slug])

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    natural_key.dependencies = [  # type: ignore[attr-defined]
        "sites.association",
        "sites.commune",
        "sites.department",
        "labels.wave",
    ]

    @property
    def is_fixed(self) -> bool:
        return self.kind == self.Kind.FIXED

    @property
    def is_mobile(self) -> bool:
        return self.kind == self.Kind.MOBILE

    @property
    def place_name(self) -> str:
        """Where it is, in a word: the commune, or the department for what has no desk."""
        return self.commune.name if self.commune else self.department.name

    @property
    def phone_uri(self) -> str:
        """RFC 3966, with the country code: ``tel:+33476330656``."""
        return "tel:+33" + self.phone.replace(" ", "").removeprefix("0")

    @property
    def week(self) -> list[Day]:
        """Seven days with their periods, Monday first; empty when no hours are known."""
        periods: Iterable[OpeningPeriod] = self.opening_periods.all()
        return week(periods) if periods else []

    @property
    def open_days(self) -> str:
        """``du lundi au vendredi``; empty when no hours are known."""
        return describe_days(self.week)

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
            "PIMMS Médiation France Services",
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

    natural_key.dependencies = ["sites.site"]  # type: ignore[attr-defined]


class SiteAliasQuerySet(models.QuerySet["SiteAlias"]):
    def get_by_natural_key(self, slug: str) -> SiteAlias:
        return self.get(slug=slug)


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

    natural_key.dependencies = ["sites.site"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        if Site.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": _("« %(slug)s » est l’adresse actuelle d’un site.") % {"slug": self.slug}})
