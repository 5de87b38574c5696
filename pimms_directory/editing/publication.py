"""Whether the public sees a record: prepared, published, withdrawn."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _


class Publication(models.TextChoices):
    DRAFT = "draft", _("en préparation")
    PUBLISHED = "published", _("publié")
    WITHDRAWN = "withdrawn", _("retiré")


class Publishable(models.Model):
    """A record that staff publish and withdraw, each a step of its own: no form changes it in passing.

    What code creates is published unless it says otherwise, as fixtures do; what the admin adds begins as a draft.
    """

    publication = models.CharField(
        _("publication"),
        max_length=9,
        choices=Publication.choices,
        default=Publication.PUBLISHED,
        editable=False,
    )

    is_public: Any  # a property, or a column where it also depends on other records

    class Meta:
        abstract = True

    @property
    def is_withdrawn(self) -> bool:
        """Once published, no longer shown."""
        return self.publication == Publication.WITHDRAWN


def publication_is_known(model: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{model}_publication_is_known",
        condition=Q(publication__in=("draft", "published", "withdrawn")),
        violation_error_message=_("État inconnu : en préparation, publié ou retiré."),
    )


class Withdrawn(Http404):
    """A page that was withdrawn: answered with 410, which tells readers and crawlers that this is meant."""


Record = TypeVar("Record", bound=Publishable)


def get_public(records: models.QuerySet[Record], **lookup: Any) -> Record:
    """The published record; raises ``Withdrawn`` for one that was, ``Http404`` for a draft as for none at all."""
    return shown(get_object_or_404(records, **lookup))


def shown(record: Record) -> Record:
    if record.is_public:
        return record
    raise Withdrawn if record.is_withdrawn else Http404
