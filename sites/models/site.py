"""The sites, what each is made of, and the names they had before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labels.models import Wave
from pimms_directory.base import phones
from pimms_directory.base.folding import fold
from pimms_directory.base.plain_text import text_is_plain
from pimms_directory.base.templatetags.french import after_de, french_date
from pimms_directory.editing.publishing.publication import Publication, Publishable, publication_is_known, shown
from sites.models.association import Association
from sites.models.communes import Commune, department_problem
from sites.models.distance import distance_km
from sites.models.fields import BytewiseSlugField, BytewiseTextField, Keyed, KeyedQuerySet, point_is_whole
from sites.models.site_display import Appointment, Kind, SiteDisplay
from sites.models.site_queries import LABELLED, SiteQuerySet
from sites.models.territories import Department

# A point this far from the centre of its commune is a mistake, but for the largest communes of Guiana.
FARTHEST_IN_COMMUNE_KM = 30
# Part of every search text: whoever looks for these words finds all sites.
LABEL = "PIMMS Médiation France Services"
# What follows within the hour belongs to entering the record, not to changing it.
STILL_ADDING = timedelta(hours=1)


# Rules that the database keeps, whatever way a record comes in.
CONSTRAINTS = (
    models.CheckConstraint(
        name="site_kind_is_known",
        condition=Q(kind__in=("fixed", "mobile", "multisite")),
        violation_error_message=_("Type inconnu : lieu fixe, bus ou multisite."),
    ),
    point_is_whole("site_point_is_whole"),
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
    text_is_plain(
        "site",
        *("slug", "name", "official_name", "official_id", "address", "address_complement", "postcode", "base"),
        *("area_served", "phone", "email", "website", "access_note", "contact_source", "data_note"),
    ),
    models.CheckConstraint(
        name="site_only_the_published_is_public",
        condition=Q(is_public=False) | Q(publication="published"),
        violation_error_message=_("Seul ce qui est publié est public."),
    ),
)


class Site(SiteDisplay, Publishable, Keyed):
    """One labelled entry: a desk one can walk into, a bus, or a team that visits several places."""

    NATURAL_KEY = ("slug",)

    Kind, Appointment = Kind, Appointment
    distance_km: float | None  # by SiteQuerySet.nearest_to() and read_cards()

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
        max_length=30,
        blank=True,
        validators=[RegexValidator(phones.NATIONAL, _("Un numéro français a dix chiffres, comme 04 76 33 06 56."))],
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
    # These follow from other columns and rows: see SiteQuerySet.refresh_computed_columns.
    open_days = models.PositiveSmallIntegerField(editable=False, default=0)  # bit 0 for Monday to bit 6 for Sunday
    position_latitude = models.FloatField(editable=False, null=True)
    position_longitude = models.FloatField(editable=False, null=True)
    search_text = BytewiseTextField(_("texte pour la recherche"), editable=False, default="")
    is_public = models.BooleanField(_("public"), editable=False, default=False)
    # The slug under which it was published first: feeds name it so for ever.
    first_slug = BytewiseSlugField(editable=False, max_length=120, default="", db_index=False)
    added_at = models.DateTimeField(_("ajouté le"), editable=False, default=timezone.now)
    modified_at = models.DateTimeField(_("modifié le"), editable=False, default=timezone.now)

    objects = SiteQuerySet["Site"].as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ("slug",)
        constraints = CONSTRAINTS
        # The first page of the whole list reads this instead of sorting all sites.
        indexes = (models.Index(name="site_labelled_by_slug", fields=("slug", "id"), condition=LABELLED),)

    def __str__(self) -> str:
        return self.name

    @property
    def changed_at(self) -> datetime | None:
        """When the record last changed, if it ever did since it was added."""
        return self.modified_at if self.modified_at > self.added_at + STILL_ADDING else None

    @property
    def is_withdrawn(self) -> bool:
        """Once published, no longer shown: it was withdrawn, or its wave was."""
        published = self.publication == Publication.PUBLISHED
        return super().is_withdrawn or (published and self.wave.is_withdrawn)

    @property
    def label_is_to_come(self) -> bool:
        return self.wave.effective_on > timezone.localdate()

    def clean_fields(self, exclude: Any = None) -> None:
        """A telephone number is kept in one spelling, however it is typed; a commune says its department."""
        self.phone = phones.national(self.phone) or self.phone
        if self.commune and self.commune.department and not self.department_id:
            self.department = self.commune.department
        super().clean_fields(exclude)

    def clean(self) -> None:
        problems: dict[str, Any] = {}
        if SiteAlias.objects.filter(slug=self.slug).exclude(site=self.pk).exists():
            problems["slug"] = _("« %(slug)s » est l’ancienne adresse d’un autre site.") % {"slug": self.slug}
        if self.is_fixed and not self.commune:
            problems["commune"] = _("Un lieu fixe est dans une commune.")
        if sentence := department_problem(self.commune, self.department if self.department_id else None):
            problems["commune"] = sentence
        if self.point and self.commune and (centre := self.commune.centre):
            kilometres = distance_km(self.point, centre)
            if kilometres > FARTHEST_IN_COMMUNE_KM:
                problems["latitude"] = _(
                    "Ce point est à %(distance)d km du centre %(of_commune)s : vérifiez latitude et longitude."
                ) % {"distance": kilometres, "of_commune": after_de(self.commune.name)}
        for field in ("contact_checked_on", "label_ended_on", "closed_on"):
            day = getattr(self, field)
            if day and day > timezone.localdate():
                problems[field] = _("Le %(day)s est à venir.") % {"day": french_date(day)}
        if self.label_ended_on and self.wave_id and self.label_ended_on < self.wave.effective_on:
            problems["label_ended_on"] = _("Le label ne peut pas finir avant d’avoir commencé.")
        if problems:
            raise ValidationError(problems)

    def build_position(self) -> tuple[float | None, float | None]:
        if self.is_fixed and self.point is None and self.commune:
            return self.commune.latitude, self.commune.longitude
        return self.latitude, self.longitude

    def build_open_days(self) -> int:
        days = {period.weekday for period in self.opening_periods.all()}
        return sum(1 << (weekday - 1) for weekday in days)

    def build_is_public(self) -> bool:
        return self.publication == self.wave.publication == Publication.PUBLISHED

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


class SiteAliasQuerySet(KeyedQuerySet["SiteAlias"]):
    def public_site(self, slug: str) -> Site:
        """The published site that once had this address; raises ``Http404`` where there is none to show."""
        return shown(get_object_or_404(self, slug=slug).site)


class SiteAlias(Keyed):
    """A former name: still found by the search, and its address redirects to the site."""

    NATURAL_KEY = ("slug",)

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("ancien nom"), max_length=150)
    slug = BytewiseSlugField(_("ancienne adresse"), unique=True, max_length=120)

    objects = SiteAliasQuerySet.as_manager()

    class Meta:
        verbose_name = _("ancien nom")
        verbose_name_plural = _("anciens noms")
        ordering = ("slug",)
        constraints = (text_is_plain("site_alias", "slug", "name"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if Site.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": _("« %(slug)s » est l’adresse actuelle d’un site.") % {"slug": self.slug}})
