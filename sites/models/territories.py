"""France as the INSEE codes it: regions, departments, communes and their postcodes."""

from __future__ import annotations

from functools import lru_cache
from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.folding import fold
from pimms_directory.base.memo import kept
from sites.models.distance import Point
from sites.models.fields import BytewiseSlugField, BytewiseTextField, whole_point


class RegionQuerySet(models.QuerySet["Region"]):
    def get_by_natural_key(self, code: str) -> Region:
        return self.get(code=code)


class Region(models.Model):
    code = models.CharField(_("code INSEE"), max_length=2, unique=True)
    name = models.CharField(_("nom"), max_length=60)
    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=60)

    site_count: int  # see sites.facets

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


@lru_cache(200)
def department_address(code: str, slug: str) -> str:
    """Of its page: a map writes a hundred of them."""
    return reverse("department", args=[code, slug])


class DepartmentQuerySet(models.QuerySet["Department"]):
    def get_by_natural_key(self, code: str) -> Department:
        return self.get(code=code)


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

    site_count: int  # see sites.facets

    objects = DepartmentQuerySet.as_manager()

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

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    natural_key.dependencies = ["directory.region"]  # type: ignore[attr-defined]


@kept(1)
def known_departments() -> dict[int, Department]:
    """All of them by key, in the order of their names, each with its region. No query while the data stand."""
    return {each.pk: each for each in Department.objects.select_related("region").order_by("slug")}


def departments_inside(region: Region) -> list[int]:
    """Their keys. A database plans better with them than with a look at their table."""
    return [pk for pk, department in known_departments().items() if department.region_id == region.pk]


def short_name(commune: str) -> str:
    """``Paris 18e`` for the 18th arrondissement, the name itself for a commune."""
    return commune.removesuffix(" Arrondissement")


def post_town(commune: str) -> str:
    """The town of a postal address: ``Paris`` for its arrondissements."""
    short = short_name(commune)
    return short.rpartition(" ")[0] if short != commune else commune


class CommuneQuerySet(models.QuerySet["Commune"]):
    def get_by_natural_key(self, insee_code: str) -> Commune:
        return self.get(insee_code=insee_code)

    def called(self, name: str) -> Self:
        """Those of which this is one of the names elsewhere: ``naoned`` finds Nantes."""
        named_so = OtherNames.objects.filter(search_names__contains=f"|{fold(name)}|")
        return self.filter(pk__in=named_so.order_by().values("commune"))


class Commune(models.Model):
    """A commune, or an arrondissement of Paris, Lyon or Marseille; its centre in WGS 84 degrees.

    It stands in a department or, in the Pacific for one, in a collectivity that is no department.
    """

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
        help_text=_("Vide pour la source habituelle : la mairie."),
    )
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

    def natural_key(self) -> tuple[str]:
        return (self.insee_code,)

    natural_key.dependencies = ["directory.department"]  # type: ignore[attr-defined]


class CommuneAliasQuerySet(models.QuerySet["CommuneAlias"]):
    def get_by_natural_key(self, insee_code: str, name: str) -> CommuneAlias:
        return self.get(commune__insee_code=insee_code, name=name)


class CommuneAlias(models.Model):
    """What else people call a commune: a former name, that of a commune which became part of it, a quarter …"""

    class Kind(models.TextChoices):
        FORMER_NAME = "former", _("ancien nom")
        FORMER_CODE = "code", _("ancien code INSEE")
        QUARTER = "quarter", _("quartier")

    commune = models.ForeignKey(Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("ancien nom"), max_length=80)
    kind = models.CharField(_("nature"), max_length=7, choices=Kind, default=Kind.FORMER_NAME)
    search_name = BytewiseTextField(_("nom pour la recherche"), db_index=True, editable=False, default="")

    objects = CommuneAliasQuerySet.as_manager()

    class Meta:
        verbose_name = _("ancien nom de commune")
        verbose_name_plural = _("anciens noms de communes")
        ordering = ("search_name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("commune", "name"), name="commune_alias_unique_in_commune"),
            models.CheckConstraint(
                name="commune_alias_kind_is_known",
                condition=Q(kind__in=("former", "code", "quarter")),
                violation_error_message=_("Un autre nom est un ancien nom, un ancien code ou un quartier."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, str]:
        return (self.commune.insee_code, self.name)

    natural_key.dependencies = ["directory.commune"]  # type: ignore[attr-defined]


class OtherNames(models.Model):
    """What a commune is called in other languages, or was in other times: one record a commune, as they are thousands.

    ``"Naoned|Nante"`` is searched as ``"|naoned|nante|"``: see ``Commune.objects.called``.
    """

    commune = models.OneToOneField(
        Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="other_names"
    )
    names = models.TextField(_("autres noms"), help_text=_("Séparés par des barres verticales."))
    search_names = BytewiseTextField(_("noms pour la recherche"), editable=False, default="")

    class Meta:
        verbose_name = _("autres noms d’une commune")
        verbose_name_plural = _("autres noms des communes")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.names

    @staticmethod
    def fold(names: str) -> str:
        return f"|{'|'.join(map(fold, names.split('|')))}|"


class IntercommunalBody(models.Model):
    """A metropole, a community of communes and the like, with the communes that it is made of."""

    code = models.CharField(_("numéro SIREN"), max_length=9, unique=True)
    name = models.CharField(_("nom"), max_length=120)
    search_name = BytewiseTextField(_("nom pour la recherche"), db_index=True, editable=False, default="")
    commune_codes = models.TextField(
        _("communes"), help_text=_("Leurs codes INSEE, séparés par des espaces : la liste officielle les donne ainsi.")
    )

    class Meta:
        verbose_name = _("intercommunalité")
        verbose_name_plural = _("intercommunalités")
        ordering = ("search_name", "code")

    def __str__(self) -> str:
        return self.name

    def communes(self) -> QuerySet[Commune]:
        return Commune.objects.filter(insee_code__in=self.commune_codes.split())


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

    natural_key.dependencies = ["directory.commune"]  # type: ignore[attr-defined]
