"""The score of a record in JSON. It is that of the day on which it is read, so no table has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, TypedDict

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from pimms_directory.base.memo import memo_by_revision
from sites.exchange.schemas.json_schema import about
from sites.freshness.quality import Facts, Quality, quality
from sites.models import Site


# A criterion that keeps the score from 1.
class QualityReason(TypedDict):
    criterion: Annotated[str, about(_("Nom du critère, celui de data·inclusion s’il en vient."))]
    score: Annotated[float, about(_("Ce que vaut ce critère, de 0 à 1."), minimum=0, maximum=1)]
    text: Annotated[str, about(_("Pourquoi, en une phrase."))]


# How complete and how recent a record is today.
class QualityRecord(TypedDict):
    score: Annotated[float, about(_("Moyenne des critères, de 0 à 1."), minimum=0, maximum=1)]
    reasons: Annotated[list[QualityReason], about(_("Les critères qui ne valent pas 1 ; vide si tous valent 1."))]


def scored(records: Iterable[Any]) -> Iterator[Any]:
    """Site records, each with its score of today."""
    today = timezone.localdate()
    for record in records:
        yield {**record, "quality": quality_record(quality(facts_of(record), today))}


def facts_of(record: Mapping[str, Any]) -> Facts:
    return Facts(
        is_fixed=record["kind"] == Site.Kind.FIXED,
        has_address=bool(record["address"]),
        has_phone=bool(record["phone"]),
        has_email=bool(record["email"]),
        has_hours=bool(record["opening_hours"]),
        checked_on=record["contact_checked_on"],
    )


def quality_record(found: Quality) -> QualityRecord:
    reasons: list[QualityReason] = [
        {"criterion": each.name, "score": each.score, "text": each.reason} for each in found.reasons
    ]
    return {"score": found.score, "reasons": reasons}


@memo_by_revision(maxsize=1)
def average_score(today: date) -> float | None:
    """Of all labelled sites, remembered for this day alone; None without any."""
    columns = ("kind", "address", "address_complement", "phone", "email", "open_days", "contact_checked_on")
    scores = [site.quality.score for site in Site.objects.labelled().order_by().only(*columns)]
    return round(sum(scores) / len(scores), 2) if scores else None
