"""Waves of the label, the press releases that announce them, and the figures they print.

This app knows nothing about places: sites point at waves, never the other way round.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.plain_text import PlainText, text_is_plain
from pimms_directory.base.templatetags.french import french_date
from pimms_directory.editing.publishing.publication import Publication, Publishable, publication_is_known

VERBATIM = _("Mot pour mot. […] remplace ce qui est coupé, comme le nom d’une personne.")
PLACES = _("Par exemple « titre » ou « 1er paragraphe ».")
LABEL_BEGAN = date(2019, 7, 1)  # when its specification was sent to the prefectures: no label is older
LONGEST_NOTICE = timedelta(days=366)  # between the announcement of a label and the day that it takes effect


def refuse_future(field: str, day: date) -> None:
    if day > timezone.localdate():
        raise ValidationError({field: _("Le %(day)s est à venir.") % {"day": french_date(day)}})


class PressReleaseQuerySet(models.QuerySet["PressRelease"]):
    def get_by_natural_key(self, slug: str) -> PressRelease:
        return self.get(slug=slug)

    def before(self, release: PressRelease) -> PressRelease | None:
        """The one that was published last before this one."""
        return self.public().filter(published_on__lt=release.published_on).order_by("published_on", "slug").last()

    def public(self) -> PressReleaseQuerySet:
        """Those that the public sees."""
        return self.filter(publication=Publication.PUBLISHED)

    def with_waves(self) -> PressReleaseQuerySet:
        return self.prefetch_related(Prefetch("waves", Wave.objects.public(), to_attr="public_waves"))


class PressRelease(Publishable):
    public_waves: list[Wave]  # by with_waves()
    site_count: int  # set where releases are shown with the sites that they name

    slug = models.SlugField(_("adresse"), unique=True, help_text=_("La date du communiqué, par exemple 2019-11-22."))
    title = models.CharField(_("titre"), max_length=200, help_text=_("Tel qu’imprimé."))
    issuer = models.CharField(_("émetteur"), max_length=200)
    published_on = models.DateField(_("publié le"))
    source_url = models.URLField(_("adresse de la source"), blank=True)
    consulted_on = models.DateField(
        _("consulté le"), null=True, blank=True, help_text=_("Jour où son texte a été lu pour l’annuaire.")
    )
    text_sha256 = models.CharField(
        _("empreinte SHA-256 du texte"),
        max_length=64,
        blank=True,
        default="",
        db_default="",  # for the version before, which serves during an upgrade and knows no sums
        validators=[
            RegexValidator(r"^[0-9a-f]{64}\Z", _("Une empreinte SHA-256 s’écrit en 64 signes, de 0 à 9 et a à f."))
        ],
        help_text=_("Du fichier de texte d’où viennent les chiffres, les faits et les lignes."),
    )
    summary = models.TextField(_("résumé"), blank=True, help_text=_("Ce que le communiqué annonce, dans nos mots."))
    caveat = models.TextField(
        _("réserves"), blank=True, help_text=_("Ce que l’annuaire corrige ou ne peut pas trancher.")
    )

    objects = PressReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("communiqué de presse")
        verbose_name_plural = _("communiqués de presse")
        ordering = ("-published_on", "slug")
        constraints = (
            publication_is_known("press_release"),
            text_is_plain("press_release", "slug", "title", "issuer", "source_url", "text_sha256", "summary", "caveat"),
        )

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """One that is prepared may bear the day on which it will be published."""
        if self.published_on and self.is_public:
            refuse_future("published_on", self.published_on)

    def get_absolute_url(self) -> str:
        return reverse("release", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    def natural_key(self) -> tuple[str]:
        return (self.slug,)


class FromReleaseQuerySet(models.QuerySet[Any]):
    def get_by_natural_key(self, release_slug: str, position: int) -> Any:
        return self.get(release__slug=release_slug, position=position)


class FromRelease(PlainText):
    """What a release says, known by its place among the others of its kind."""

    ANCHOR: ClassVar[str]
    release: Any
    position = models.PositiveSmallIntegerField(_("rang"))
    objects = FromReleaseQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def anchor(self) -> str:
        """Of the page of its release: published, it never changes."""
        return f"{self.ANCHOR}-{self.position}"

    def natural_key(self) -> tuple[str, int]:
        return (self.release.slug, self.position)

    natural_key.dependencies = ["labels.pressrelease"]  # type: ignore[attr-defined]


class KeyFigure(FromRelease):
    """One figure of a release, quoted as a figure of that release and added up with no other."""

    ANCHOR = "chiffre"

    release = models.ForeignKey(
        PressRelease, verbose_name=_("communiqué"), on_delete=models.CASCADE, related_name="figures"
    )
    caption = models.CharField(_("légende"), max_length=200)
    value = models.PositiveBigIntegerField(_("valeur"))
    qualifier = models.CharField(_("précision"), max_length=30, blank=True, help_text=_("Par exemple « plus de »."))
    unit = models.CharField(_("unité"), max_length=20, blank=True, help_text=_("Par exemple « % »."))
    note = models.TextField(_("remarque"), blank=True)
    # Empty by the database too: the version before, which serves during an upgrade, knows no quotations.
    quotation = models.TextField(_("citation"), blank=True, default="", db_default="", help_text=VERBATIM)
    place = models.CharField(_("endroit"), max_length=100, blank=True, default="", db_default="", help_text=PLACES)
    concerns_wave = models.BooleanField(
        _("concerne la vague"),
        default=False,
        help_text=_("Cité aussi sur la page de la vague que le communiqué annonce."),
    )

    class Meta:
        verbose_name = _("chiffre clé")
        verbose_name_plural = _("chiffres clés")
        ordering = ("release", "position")
        constraints = (
            models.UniqueConstraint(fields=("release", "position"), name="key_figure_unique_position"),
            text_is_plain("key_figure", "caption", "qualifier", "unit", "note", "quotation", "place"),
            models.CheckConstraint(
                name="key_figure_quotation_has_a_place",
                condition=Q(quotation="") | ~Q(place=""),
                violation_error_message=_("Une citation doit dire à quel endroit du communiqué elle se trouve."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.value} {self.caption}"


class Fact(FromRelease):
    """What a release says that is neither a figure nor a line of its table: in our words, then in its own."""

    ANCHOR = "fait"

    release = models.ForeignKey(
        PressRelease, verbose_name=_("communiqué"), on_delete=models.CASCADE, related_name="facts"
    )
    statement = models.CharField(_("fait"), max_length=300, help_text=_("Une phrase, dans nos mots."))
    quotation = models.TextField(_("citation"), help_text=VERBATIM)
    place = models.CharField(_("endroit"), max_length=100, help_text=PLACES)
    note = models.TextField(_("remarque"), blank=True)

    class Meta:
        verbose_name = _("fait")
        verbose_name_plural = _("faits")
        ordering = ("release", "position")
        constraints = (
            models.UniqueConstraint(fields=("release", "position"), name="fact_unique_position"),
            text_is_plain("fact", "statement", "quotation", "place", "note"),
            models.CheckConstraint(
                name="fact_is_quoted",
                condition=~Q(quotation="") & ~Q(place=""),
                violation_error_message=_("Un fait doit citer le communiqué et dire à quel endroit."),
            ),
        )

    def __str__(self) -> str:
        return self.statement


class WaveQuerySet(models.QuerySet["Wave"]):
    def get_by_natural_key(self, code: str) -> Wave:
        return self.get(code=code)

    def public(self) -> WaveQuerySet:
        """Those that the public sees."""
        return self.filter(publication=Publication.PUBLISHED)


class Wave(Publishable):
    """One date from which a group of sites carries the label.

    Up to three dates, each with its source: announced (a committee), published (the release),
    effective (what the official list records).
    """

    code = models.CharField(
        _("code"),
        max_length=7,
        unique=True,
        validators=[RegexValidator(r"^\d{4}-\d{2}\Z", _("Le code d’une vague s’écrit année-mois, comme 2020-01."))],
    )
    name = models.CharField(_("nom"), max_length=100)
    effective_on = models.DateField(_("label effectif le"))
    source = models.TextField(_("source de la date et de la liste"))
    announced_on = models.DateField(_("annoncée le"), null=True, blank=True)
    announced_source = models.TextField(_("source de l’annonce"), blank=True)
    release = models.ForeignKey(
        PressRelease,
        verbose_name=_("communiqué"),
        on_delete=models.PROTECT,
        related_name="waves",
        null=True,
        blank=True,
    )
    national_total = models.PositiveIntegerField(
        _("total national annoncé"),
        null=True,
        blank=True,
        help_text=_("Nombre de structures France Services, tous réseaux confondus, selon le communiqué."),
    )

    site_count: int  # set where waves are shown with their sites

    objects = WaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("vague de labellisation")
        verbose_name_plural = _("vagues de labellisation")
        ordering = ("effective_on", "code")
        constraints = (
            models.CheckConstraint(
                name="wave_announcement_has_a_source",
                condition=Q(announced_on=None) | ~Q(announced_source=""),
                violation_error_message=_("Une date d’annonce doit citer sa source."),
            ),
            models.CheckConstraint(
                name="wave_has_a_source",
                condition=~Q(source=""),
                violation_error_message=_("Une vague doit citer sa source."),
            ),
            publication_is_known("wave"),
            text_is_plain("wave", "code", "name", "source", "announced_source"),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A label is announced weeks before it takes effect, never years."""
        last = timezone.localdate() + LONGEST_NOTICE
        if self.effective_on and self.effective_on > last:
            text = _("Le %(day)s est trop loin : un label s’annonce un an d’avance au plus.")
            raise ValidationError({"effective_on": text % {"day": french_date(self.effective_on)}})
        if self.announced_on:
            refuse_future("announced_on", self.announced_on)

    def get_absolute_url(self) -> str:
        return reverse("wave", args=[self.code])

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    @property
    def public_release(self) -> PressRelease | None:
        """The release that announces it, once that is published itself."""
        return self.release if self.release and self.release.is_public else None

    @property
    def published_on(self) -> date | None:
        return self.public_release.published_on if self.public_release else None
