"""The weekly hours of the sites."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sites.hours.opening_hours import WEEKDAYS
from sites.models.fields import Keyed, KeyedQuerySet, NoOverlap


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
