"""France as the INSEE codes it: regions, departments, communes and their postcodes."""

from __future__ import annotations

from functools import lru_cache

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sites.models.distance import Point
from sites.models.fields import BytewiseSlugField, BytewiseTextField, Keyed, KeyedQuerySet, whole_point


def short_name(commune: str) -> str:
    """``Paris 18e`` for the 18th arrondissement, the name itself for a commune."""
    return commune.removesuffix(" Arrondissement")


def post_town(commune: str) -> str:
    """The town of a postal address: ``Paris`` for its arrondissements."""
    short = short_name(commune)
    return short.rpartition(" ")[0] if short != commune else commune


class Region(Keyed):
    NATURAL_KEY = ("code",)

    code = models.CharField(_("code INSEE"), max_length=2, unique=True)
    name = models.CharField(_("nom"), max_length=60)
    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=60)

    site_count: int  # of labelled sites: see lookup_tables.py

    objects = KeyedQuerySet["Region"].as_manager()

    class Meta:
        verbose_name = _("région")
        verbose_name_plural = _("régions")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("region", args=[self.slug])


@lru_cache(200)
def department_address(code: str, slug: str) -> str:
    """Of its page: a map writes a hundred of them."""
    return reverse("department", args=[code, slug])


class Department(Keyed):
    NATURAL_KEY = ("code",)

    code = models.CharField(_("code INSEE"), max_length=3, unique=True)
    name = models.CharField(_("nom"), max_length=60)
    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=60)
    region = models.ForeignKey(Region, verbose_name=_("région"), on_delete=models.PROTECT, related_name="departments")
    neighbours = models.ManyToManyField(
        "self",
        verbose_name=_("départements limitrophes"),
        blank=True,
        help_text=_("Ceux avec qui il partage une frontière terrestre."),
    )

    site_count: int  # of labelled sites: see lookup_tables.py

    objects = KeyedQuerySet["Department"].as_manager()

    class Meta:
        verbose_name = _("département")
        verbose_name_plural = _("départements")
        ordering = ("slug",)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def get_absolute_url(self) -> str:
        return department_address(self.code, self.slug)

    @property
    def is_beyond_the_sea(self) -> bool:
        """Overseas or Corsica: no land border leads to the rest."""
        return len(self.code) == 3 or self.code in ("2A", "2B")


class Commune(Keyed):
    """A commune, or an arrondissement of Paris, Lyon or Marseille; its centre in WGS 84 degrees.

    It stands in a department or, in the Pacific for one, in a collectivity that is no department.
    """

    NATURAL_KEY = ("insee_code",)

    insee_code = models.CharField(
        _("code INSEE"),
        max_length=5,
        unique=True,
        validators=[RegexValidator(r"^\d[\dAB]\d{3}\Z", _("Un code INSEE a cinq caractères, comme 38185."))],
    )
    name = models.CharField(_("nom"), max_length=80)
    search_name = BytewiseTextField(_("nom pour la recherche"), db_index=True, editable=False, default="")
    department = models.ForeignKey(
        Department,
        verbose_name=_("département"),
        on_delete=models.PROTECT,
        related_name="communes",
        null=True,
        blank=True,
        help_text=_("Vide dans une collectivité d’outre-mer, qui n’est pas un département."),
    )
    collectivity = models.CharField(
        _("collectivité d’outre-mer"),
        max_length=60,
        blank=True,
        help_text=_("Son nom, là où il n’y a pas de département."),
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("arrondissement de"),
        on_delete=models.PROTECT,
        related_name="arrondissements",
        null=True,
        blank=True,
        help_text=_("Paris, Lyon ou Marseille ; vide pour une commune."),
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    centre_source = models.CharField(
        _("origine du centre"),
        max_length=60,
        blank=True,
        help_text=_("Vide pour la source habituelle, geo.api.gouv.fr."),
    )
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)

    objects = KeyedQuerySet["Commune"].as_manager()

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ("search_name", "insee_code")
        constraints = (
            models.CheckConstraint(
                name="commune_centre_is_whole",
                condition=whole_point(),
                violation_error_message=_("Latitude et longitude vont ensemble, en degrés WGS 84."),
            ),
            models.CheckConstraint(
                name="commune_in_department_or_collectivity",
                condition=Q(department__isnull=False, collectivity="")
                | (Q(department__isnull=True) & ~Q(collectivity="")),
                violation_error_message=_("Une commune est dans un département ou dans une collectivité d’outre-mer."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.department.code if self.department else self.collectivity})"

    @property
    def centre(self) -> Point | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)

    @property
    def short_name(self) -> str:
        return short_name(self.name)

    @property
    def post_town(self) -> str:
        return post_town(self.name)


class CommuneAlias(Keyed):
    """A name under which people still know a commune, or a commune that became part of it."""

    NATURAL_KEY = ("commune__insee_code", "name")

    commune = models.ForeignKey(Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("ancien nom"), max_length=80)
    search_name = BytewiseTextField(_("nom pour la recherche"), db_index=True, editable=False, default="")

    objects = KeyedQuerySet["CommuneAlias"].as_manager()

    class Meta:
        verbose_name = _("ancien nom de commune")
        verbose_name_plural = _("anciens noms de communes")
        ordering = ("search_name", "pk")
        constraints = (models.UniqueConstraint(fields=("commune", "name"), name="commune_alias_unique_in_commune"),)

    def __str__(self) -> str:
        return self.name


class Postcode(Keyed):
    """One postcode of one commune: a commune may have several, and share each with others."""

    NATURAL_KEY = ("code", "commune__insee_code")

    code = models.CharField(
        _("code postal"),
        max_length=5,
        validators=[RegexValidator(r"^\d{5}\Z", _("Un code postal a cinq chiffres."))],
    )
    commune = models.ForeignKey(Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="postcodes")

    objects = KeyedQuerySet["Postcode"].as_manager()

    class Meta:
        verbose_name = _("code postal")
        verbose_name_plural = _("codes postaux")
        ordering = ("code", "commune")
        constraints = (models.UniqueConstraint(fields=("code", "commune"), name="postcode_unique_in_commune"),)

    def __str__(self) -> str:
        return self.code
