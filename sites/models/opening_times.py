"""When the sites are open: the hours of every week, and what holds for some days only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.plain_text import text_is_plain
from sites.hours.notices import CLOSED, HOURS, NOTE, sentence
from sites.hours.opening_hours import WEEKDAYS, Stretch
from sites.hours.today import notices_at_desk
from sites.hours.typed_hours import OpenHours, UnreadableHours, day_text, parse_day
from sites.models.fields import Keyed, KeyedQuerySet, NoOverlap

if TYPE_CHECKING:
    from sites.models.site import Site

# A notice is shown this long before it begins, unless its editor says otherwise.
AHEAD = timedelta(days=14)
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)


class OpeningPeriod(Keyed):
    """An unbroken stretch of one weekday, Europe/Paris wall-clock time."""

    NATURAL_KEY = ("site__slug", "weekday", "opens")

    site = models.ForeignKey("Site", verbose_name=_("site"), on_delete=models.CASCADE, related_name="opening_periods")
    weekday = models.PositiveSmallIntegerField(_("jour"), choices=WEEKDAYS)
    opens = models.TimeField(_("ouvre à"))
    closes = models.TimeField(_("ferme à"))

    objects = KeyedQuerySet["OpeningPeriod"].as_manager()

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


def replace_hours(site: Site, wanted: Iterable[Stretch], weekdays: Iterable[int] = range(1, 8)) -> None:
    """Makes these the hours of a site on some weekdays; periods that stay are not touched."""
    missing = set(wanted)
    for period in site.opening_periods.filter(weekday__in=weekdays):
        stretch = (period.weekday, period.opens, period.closes)
        if stretch in missing:
            missing.remove(stretch)
        else:
            period.delete()
    for weekday, opens, closes in sorted(missing):
        OpeningPeriod.objects.create(site=site, weekday=weekday, opens=opens, closes=closes)


class NoticeQuerySet(KeyedQuerySet["Notice"]):
    def not_over(self) -> NoticeQuerySet:
        """And those that ended yesterday: where it is still yesterday, overseas, they may hold."""
        return self.filter(ends_on__gte=timezone.localdate() - timedelta(days=1))

    def shown_now(self) -> list[Notice]:
        """Those that the public sees, each by the clock of its own desk: one query, however many desks."""
        dated = self.not_over().select_related("site__department")
        return [each for each in dated if notices_at_desk([each], each.site.department.code)]


class Notice(Keyed):
    """A closure, other hours or a sentence from one day to another, by the clock of the desk.

    Without times it is about whole days, the last one included. Closed beats other hours, which beat the week.
    """

    class Kind(models.TextChoices):
        CLOSED = CLOSED, _("fermé")
        HOURS = HOURS, _("autres horaires")
        NOTE = NOTE, _("information")

    NATURAL_KEY = ("site__slug", "kind", "begins_on")

    site = models.ForeignKey("Site", verbose_name=_("site"), on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("quoi"), max_length=6, choices=Kind.choices, default=Kind.CLOSED)
    begins_on = models.DateField(_("du"))
    begins_at = models.TimeField(_("à partir de (heure)"), null=True, blank=True)
    ends_on = models.DateField(_("au (inclus)"))
    ends_at = models.TimeField(_("jusqu’à (heure)"), null=True, blank=True)
    hours = models.CharField(
        _("autres horaires"),
        max_length=100,
        blank=True,
        help_text=_(
            "Ceux d’une journée, comme 9h-12h / 14h-17h. Sur plusieurs jours, pour ceux où le PIMMS ouvre d’habitude."
        ),
    )
    text = models.CharField(_("phrase publique"), max_length=200, blank=True, help_text=_("Reste en français."))
    shown_from = models.DateField(
        _("montrer dès le"), null=True, blank=True, help_text=_("Vide : quatorze jours avant.")
    )
    modified_at = models.DateTimeField(_("modifiée le"), auto_now=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("annonce datée")
        verbose_name_plural = _("fermetures et annonces")
        ordering = ("site", "begins_on", "kind")
        constraints = (
            text_is_plain("notice", "hours", "text"),
            models.UniqueConstraint(
                fields=("site", "kind", "begins_on"),
                name="notice_unique_start",
                violation_error_message=_("Ce site a déjà une annonce de cette sorte qui commence ce jour-là."),
            ),
            models.CheckConstraint(
                name="notice_kind_is_known",
                condition=Q(kind__in=(CLOSED, HOURS, NOTE)),
                violation_error_message=_("Une annonce dit : fermé, autres horaires ou une information."),
            ),
            models.CheckConstraint(
                name="notice_ends_after_it_begins",
                condition=Q(ends_on__gt=F("begins_on"))
                | Q(ends_on=F("begins_on")) & (Q(begins_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("begins_at"))),
                violation_error_message=_("Une annonce finit après avoir commencé."),
            ),
            models.CheckConstraint(
                name="notice_dates_are_possible",
                condition=Q(begins_on__gte=FIRST_DAY, ends_on__lte=LAST_DAY),
                violation_error_message=_("Une annonce va de 2020 à 2099."),
            ),
            models.CheckConstraint(
                name="notice_is_shown_before_it_begins",
                condition=Q(shown_from=None) | Q(shown_from__lte=F("begins_on")),
                violation_error_message=_("Une annonce se montre au plus tard le jour où elle commence."),
            ),
            models.CheckConstraint(
                name="notice_sentence_has_words",
                condition=~Q(kind=NOTE) | ~Q(text=""),
                violation_error_message=_("Écrivez la phrase de cette information."),
            ),
            models.CheckConstraint(
                name="notice_only_other_hours_have_hours",
                condition=Q(kind=HOURS) & ~Q(hours="") | ~Q(kind=HOURS) & Q(hours=""),
                violation_error_message=_("« Autres horaires » va avec des heures, comme 9h-12h / 14h-17h."),
            ),
            models.CheckConstraint(
                name="notice_other_hours_are_of_whole_days",
                condition=~Q(kind=HOURS) | Q(begins_at=None, ends_at=None),
                violation_error_message=_("D’autres horaires valent pour des jours entiers."),
            ),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (sentence(self), self.text)))

    @property
    def begins(self) -> datetime:
        """On the clock of the desk."""
        return datetime.combine(self.begins_on, self.begins_at or time.min)

    @property
    def ends(self) -> datetime:
        """The first moment, on that clock, at which it no longer holds."""
        if self.ends_at:
            return datetime.combine(self.ends_on, self.ends_at)
        return datetime.combine(self.ends_on + timedelta(days=1), time.min)

    @property
    def shown(self) -> datetime:
        """When the public sees it first: at the beginning of a day, or else as it begins."""
        shown_from = self.begins_on - AHEAD if self.shown_from is None else self.shown_from
        return datetime.combine(shown_from, time.min) if shown_from < self.begins_on else self.begins

    @property
    def stretches(self) -> tuple[OpenHours, ...]:
        """The other hours of each day; none where nothing readable came in past the form."""
        try:
            return parse_day(self.hours)
        except UnreadableHours:
            return ()

    @property
    def sentence(self) -> str:
        return sentence(self)

    def clean_fields(self, exclude: Any = None) -> None:
        """Hours are kept in one spelling, however they are typed."""
        try:
            self.hours = day_text(parse_day(self.hours))
        except UnreadableHours as problem:
            raise ValidationError({"hours": str(problem)}) from problem
        super().clean_fields(exclude)
