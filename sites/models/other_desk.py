"""France Services of other bearers: where else to go, beside a place far from any PIMMS."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sites.models.fields import whole_point
from sites.models.site_display import Kind
from sites.models.territories import Commune


class OtherDesk(models.Model):
    """One of them, as the official list has it: loaded whole with each list, edited by nobody.

    They are no part of the directory: no page, list, count or export has them.
    """

    official_id = models.CharField(_("identifiant officiel"), max_length=12, unique=True)
    name = models.CharField(_("nom"), max_length=120)
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    commune = models.ForeignKey(
        Commune, verbose_name=_("commune"), on_delete=models.PROTECT, related_name="other_desks"
    )
    postcode = models.CharField(
        _("code postal"),
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^\d{5}\Z", _("Un code postal a cinq chiffres."))],
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("Degrés WGS 84."))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("Degrés WGS 84."))
    phone = models.CharField(
        _("téléphone"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^0\d( \d\d){4}\Z", _("Un numéro s’écrit en cinq paires, comme 04 76 33 06 56."))],
    )
    # Bit 0 for Monday to bit 6 for Sunday, as for a site; 0 where the list tells no hours.
    open_days = models.PositiveSmallIntegerField(_("jours d’ouverture"), default=0)
    listed_on = models.DateField(_("date de la liste"))

    class Meta:
        verbose_name = _("autre France Services")
        verbose_name_plural = _("autres France Services")
        ordering = ("official_id",)
        constraints = (
            models.CheckConstraint(
                name="other_desk_kind_is_known",
                condition=Q(kind__in=("fixed", "mobile", "multisite")),
                violation_error_message=_("Type inconnu : lieu fixe, bus ou multisite."),
            ),
            models.CheckConstraint(
                name="other_desk_point_is_whole",
                condition=whole_point(),
                violation_error_message=_("Latitude et longitude vont ensemble, en degrés WGS 84."),
            ),
            models.CheckConstraint(
                name="other_desk_only_a_desk_has_a_point",
                condition=Q(kind="fixed") | Q(latitude=None),
                violation_error_message=_("Un bus ou un multisite n’a pas de coordonnées."),
            ),
            models.CheckConstraint(
                name="other_desk_days_are_a_week",
                condition=Q(open_days__lt=128),
                violation_error_message=_("Une semaine a sept jours."),
            ),
        )

    def __str__(self) -> str:
        return self.name
