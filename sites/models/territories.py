"""France as the INSEE codes it: regions, departments, communes and their postcodes."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sites.fields import BytewiseSlugField, BytewiseTextField, whole_point

LABELLED_SITES = Q(sites__label_ended_on=None, sites__closed_on=None)


class RegionQuerySet(models.QuerySet["Region"]):
    def get_by_natural_key(self, code: str) -> Region:
        return self.get(code=code)

    def with_site_counts(self) -> RegionQuerySet:
        """Adds ``site_count``: sites that carry the label today."""
        labelled = Q(departments__sites__label_ended_on=None, departments__sites__closed_on=None)
        return self.annotate(site_count=Count("departments__sites", filter=labelled)).order_by("slug")


class Region(models.Model):
    code = models.CharField(_("code INSEE"), max_length=2, unique=True)
    name = models.CharField(_("nom"), max_length=60)
    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=60)

    site_count: int  # annotated by with_site_counts()

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("région")
        verbose_name_plural = _("régions")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("region", args=[self.slug])

    def natural_key(self) -> tuple[str]:
        return (self.code,)


class DepartmentQuerySet(models.QuerySet["Department"]):
    def get_by_natural_key(self, code: str) -> Department:
        return self.get(code=code)

    def with_site_counts(self) -> DepartmentQuerySet:
        """Adds ``site_count``: sites that carry the label today."""
        return self.annotate(site_count=Count("sites", filter=LABELLED_SITES)).order_by("slug")

    def with_sites(self) -> DepartmentQuerySet:
        """Those where at least one site carries the label today, with ``site_count``."""
        return self.with_site_counts().filter(site_count__gt=0)  # type: ignore[misc]


class Department(models.Model):
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

    site_count: int  # annotated by with_site_counts()

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("département")
        verbose_name_plural = _("départements")
        ordering = ("slug",)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def get_absolute_url(self) -> str:
        return reverse("department", args=[self.code, self.slug])

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    natural_key.dependencies = ["sites.region"]  # type: ignore[attr-defined]


class CommuneQuerySet(models.QuerySet["Commune"]):
    def get_by_natural_key(self, insee_code: str) -> Commune:
        return self.get(insee_code=insee_code)


class Commune(models.Model):
    """A commune, or an arrondissement of Paris, Lyon or Marseille; its centre in WGS 84 degrees."""

    insee_code = models.CharField(
        _("code INSEE"),
        max_length=5,
        unique=True,
        validators=[RegexValidator(r"^\d[\dAB]\d{3}\Z", _("Un code INSEE a cinq caractères, comme 38185."))],
    )
    name = models.CharField(_("nom"), max_length=80)
    search_name = BytewiseTextField(_("nom pour la recherche"), db_index=True, editable=False, default="")
    department = models.ForeignKey(
        Department, verbose_name=_("département"), on_delete=models.PROTECT, related_name="communes"
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)

    objects = CommuneQuerySet.as_manager()

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
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.department.code})"

    def natural_key(self) -> tuple[str]:
        return (self.insee_code,)

    natural_key.dependencies = ["sites.department"]  # type: ignore[attr-defined]


class PostcodeQuerySet(models.QuerySet["Postcode"]):
    def get_by_natural_key(self, code: str, insee_code: str) -> Postcode:
        return self.get(code=code, commune__insee_code=insee_code)


class Postcode(models.Model):
    """One postcode of one commune: a commune may have several, and share each with others."""

    code = models.CharField(
        _("code postal"),
        max_length=5,
        validators=[RegexValidator(r"^\d{5}\Z", _("Un code postal a cinq chiffres."))],
    )
    commune = models.ForeignKey(Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="postcodes")

    objects = PostcodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("code postal")
        verbose_name_plural = _("codes postaux")
        ordering = ("code", "commune")
        constraints = (models.UniqueConstraint(fields=("code", "commune"), name="postcode_unique_in_commune"),)

    def __str__(self) -> str:
        return self.code

    def natural_key(self) -> tuple[str, str]:
        return (self.code, self.commune.insee_code)

    natural_key.dependencies = ["sites.commune"]  # type: ignore[attr-defined]
