"""The communes of France, their postcodes and what else people call them, alone or together."""

from __future__ import annotations

import re

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.folding import fold
from pimms_directory.base.plain_text import text_is_plain
from sites.models.distance import Point
from sites.models.fields import BytewiseTextField, Keyed, KeyedQuerySet, point_is_whole
from sites.models.territories import Department

# What kind of body it is, which people leave out or name otherwise, with the word that links it to the name.
LEGAL_FORM = re.compile(
    r"\b(?:cc|ca|cu|ept|metropole|communaute (?:d agglomeration|de communes|urbaine)|agglomeration|agglo)\b"
    r"(?: (?:de la|de l|des|du|de|d)\b)?"
)
ABBREVIATION = re.compile(r"\s*\([^)]*\)")


def short_name(commune: str) -> str:
    """``Paris 18e`` for the 18th arrondissement, the name itself for a commune."""
    return commune.removesuffix(" Arrondissement")


def post_town(commune: str) -> str:
    """The town of a postal address: ``Paris`` for its arrondissements."""
    short = short_name(commune)
    return short.rpartition(" ")[0] if short != commune else commune


class CommuneQuerySet(KeyedQuerySet["Commune"]):
    def called(self, name: str) -> CommuneQuerySet:
        """Those of which this is one of the names elsewhere: ``naoned`` finds Nantes."""
        named_so = OtherNames.objects.filter(search_names__contains=f"|{fold(name)}|")
        return self.filter(pk__in=named_so.order_by().values("commune"))


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
        help_text=_("Vide pour la source habituelle : la mairie."),
    )
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ("search_name", "insee_code")
        constraints = (
            point_is_whole("commune_centre_is_whole"),
            text_is_plain("commune", "insee_code", "name", "collectivity", "centre_source"),
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
    def has_town_hall_point(self) -> bool:
        """Whether its centre is its town hall, which the gazetteer says by saying nothing else."""
        return self.centre is not None and (not self.centre_source or self.centre_source.startswith("mairie"))

    @property
    def short_name(self) -> str:
        return short_name(self.name)

    @property
    def ordinal(self) -> str:
        """``18e`` for the 18th arrondissement; empty for a commune."""
        return self.short_name.removeprefix(self.post_town).strip()

    @property
    def post_town(self) -> str:
        return post_town(self.name)


class CommuneAlias(Keyed):
    """What else people call a commune: a former name, that of a commune which became part of it, a quarter …"""

    class Kind(models.TextChoices):
        FORMER_NAME = "former", _("ancien nom")
        FORMER_CODE = "code", _("ancien code INSEE")
        QUARTER = "quarter", _("quartier")

    NATURAL_KEY = ("commune__insee_code", "name")

    commune = models.ForeignKey(Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("nom"), max_length=80)
    kind = models.CharField(
        _("nature"),
        max_length=7,
        choices=Kind,
        default=Kind.FORMER_NAME,
        db_default=Kind.FORMER_NAME,  # for the version before, which serves during an upgrade and knows no kinds
    )
    search_name = BytewiseTextField(_("nom pour la recherche"), db_index=True, editable=False, default="")

    objects = KeyedQuerySet["CommuneAlias"].as_manager()

    class Meta:
        verbose_name = _("autre nom de commune")
        verbose_name_plural = _("autres noms de communes")
        ordering = ("search_name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("commune", "name"), name="commune_alias_unique_in_commune"),
            text_is_plain("commune_alias", "name"),
            models.CheckConstraint(
                name="commune_alias_kind_is_known",
                condition=Q(kind__in=("former", "code", "quarter")),
                violation_error_message=_("Un autre nom est un ancien nom, un ancien code ou un quartier."),
            ),
        )

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
        constraints = (
            models.UniqueConstraint(fields=("code", "commune"), name="postcode_unique_in_commune"),
            text_is_plain("postcode", "code"),
        )

    def __str__(self) -> str:
        return self.code


class OtherNames(models.Model):
    """What a commune is called in other languages, or was in other times: one record a commune, as they are thousands.

    ``"Naoned|Nante"`` is searched as ``"|naoned|nante|"``: see ``Commune.objects.called``. Loaded whole, edited by
    nobody.
    """

    commune = models.OneToOneField(
        Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="other_names"
    )
    names = models.TextField(_("autres noms"), help_text=_("Séparés par des barres verticales."))
    search_names = BytewiseTextField(_("noms pour la recherche"), editable=False, default="")

    class Meta:
        verbose_name = _("noms d’une commune ailleurs")
        verbose_name_plural = _("noms des communes ailleurs")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.names


class IntercommunalBody(models.Model):
    """A metropole, a community of communes and the like, with its communes. Loaded whole, edited by nobody."""

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

    @property
    def plain_name(self) -> str:
        """``"CA Porte de l'Isère"``, without its abbreviation."""
        return ABBREVIATION.sub("", self.name)

    @staticmethod
    def without_legal_form(name: str) -> str:
        """As it is searched: ``"CA Porte de l'Isère (CAPI)"`` → ``"porte de l isere"``."""
        return " ".join(LEGAL_FORM.sub(" ", fold(ABBREVIATION.sub("", name))).split())


def department_problem(commune: Commune | None, department: Department | None) -> str:
    """Where the two of a site contradict each other."""
    if not commune or not department or commune.department_id in (None, department.pk) or not commune.department:
        return ""
    names = {"commune": commune.short_name, "right": commune.department.name, "wrong": department.name}
    return str(_("%(commune)s est dans le département « %(right)s », pas « %(wrong)s ».") % names)
