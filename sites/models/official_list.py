"""The official lists that staff compared with the directory, and what was taken from each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class OfficialListQuerySet(models.QuerySet["OfficialList"]):
    def applied_before(self, published_on: date, sha256: str) -> OfficialList | None:
        """The list that was compared last before another: what it said already is no news."""
        lists = self.filter(published_on__lte=published_on, applied_at__isnull=False).exclude(sha256=sha256)
        return lists.order_by("-published_on", "-applied_at", "-pk").first()


class OfficialList(models.Model):
    """One file of the State agency. Of its rows only those of the network are kept."""

    name = models.CharField(_("nom du fichier"), max_length=200)
    published_on = models.DateField(_("date de la liste"))
    sha256 = models.CharField(
        _("empreinte SHA-256"), max_length=64, unique=True, validators=[RegexValidator(r"^[0-9a-f]{64}\Z")]
    )
    row_count = models.PositiveIntegerField(_("nombre de lignes"))
    content = models.JSONField(editable=False)  # {"rows": [[line, {column: text}]], "frequent_domains": [text]}
    uploaded_at = models.DateTimeField(_("déposée le"), auto_now=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("déposée par"),
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Vide pour une liste lue en ligne de commande."),
    )
    applied_at = models.DateTimeField(_("reprise le"), null=True, editable=False)
    # What was taken and when: [{"at", "by", "changes": [{"site", "field", "before", "after"}]}], the oldest first.
    journal = models.JSONField(editable=False, default=list)

    objects = OfficialListQuerySet.as_manager()

    class Meta:
        verbose_name = _("liste officielle")
        verbose_name_plural = _("listes officielles")
        ordering = ("-published_on", "-pk")

    def __str__(self) -> str:
        return f"{self.name} ({self.published_on.isoformat()})"

    def get_absolute_url(self) -> str:
        return reverse("admin:directory_officiallist_change", args=[self.pk])

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Every value taken from this list, the oldest first."""
        return [change for entry in self.journal for change in entry["changes"]]
