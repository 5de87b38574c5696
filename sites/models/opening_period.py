"""The weekly hours of the sites."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sites.hours.opening_hours import WEEKDAYS
from sites.models.fields import NoOverlap


class OpeningPeriodQuerySet(models.QuerySet["OpeningPeriod"]):
    def get_by_natural_key(self, slug: str, weekday: int, opens: str) -> OpeningPeriod:
        return self.get(site__slug=slug, weekday=weekday, opens=opens)


class OpeningPeriod(models.Model):
    """An unbroken stretch of one weekday, Europe/Paris wall-clock time."""

    site = models.ForeignKey("Site", verbose_name=_("site"), on_delete=models.CASCADE, related_name="opening_periods")
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
