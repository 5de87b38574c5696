"""Records in preparation that an import makes, unsaved: named and addressed as staff would; and how one is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.editing.publication import Publication
from sites.models import Association, Site
from sites.staff.free_slugs import free_site_slug, free_slug


def draft_site(name: str, **values: Any) -> Site:
    return Site(name=name, slug=free_site_slug(name), publication=Publication.DRAFT, **values)


def draft_association(name: str) -> Association:
    """Associations have no publication: the public sees those that run a published site."""
    return Association(name=name, slug=free_slug(name, Association.objects.all(), longest=90))


def draft_wave(day: date, **values: Any) -> Wave:
    """``day``: from which its sites carry the label."""
    code, name = f"{day:%Y-%m}", wave_name(day)
    return Wave(code=code, name=name, effective_on=day, publication=Publication.DRAFT, **values)


def wave_name(day: date) -> str:
    """``Vague de janvier 2021``, ``Vague d’avril 2021``."""
    month = date_format(day, "F Y")
    return _("Vague d’%(month)s") % {"month": month} if month[0] in "ao" else _("Vague de %(month)s") % {"month": month}


class RefusedRecord(ValueError):
    """Its message is a French sentence: a record that an import would write breaks a rule. Nothing was written."""


def refuse_invalid(record: models.Model, said: Any) -> None:
    """``said`` is a sentence with places for ``record`` and ``reasons``. Raises ``RefusedRecord``."""
    try:
        record.full_clean()
    except ValidationError as error:
        raise RefusedRecord(said % {"record": record, "reasons": " ".join(error.messages)}) from error
