"""The score of a record: the rule that data·inclusion publishes, as far as it speaks of a desk, and hours.

https://github.com/gip-inclusion/data-inclusion-schema, ``src/data_inclusion/schema/v1/score_qualite.py`` of version
1.0.8 (27 April 2026): the mean of those criteria that apply, each from 0 to 1. Taken over are address, telephone, mail,
one way of contact at least, and the date, which counts fully for six months and then less each day, until two years.
Left out are subjects, public, fees, description and ways of referral: they are of services, and all desks have the
same. Hours are ours: that rule knows none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

FRESH, OLD = timedelta(days=183), timedelta(days=730)  # their six months and two years


@dataclass(frozen=True)
class Criterion:
    name: str  # theirs, but for ``horaires_bien_definis``
    score: float
    reason: str = ""  # what keeps it from 1, in a sentence


@dataclass(frozen=True)
class Quality:
    criteria: tuple[Criterion, ...]

    @property
    def score(self) -> float:
        return round(sum(each.score for each in self.criteria) / len(self.criteria), 2)

    @property
    def reasons(self) -> list[Criterion]:
        return [each for each in self.criteria if each.score < 1]


@dataclass(frozen=True)
class Facts:
    """What the score looks at. A bus or a team has no address of its own and no hours of a desk."""

    is_fixed: bool
    has_address: bool
    has_phone: bool
    has_email: bool
    has_hours: bool
    checked_on: date | None


def quality(facts: Facts, today: date) -> Quality:
    return Quality(tuple(criteria(facts, today)))


def criteria(facts: Facts, today: date) -> Iterator[Criterion]:
    if facts.is_fixed:
        yield present("adresse_bien_definie", facts.has_address, _("Aucune adresse."))
        yield present("horaires_bien_definis", facts.has_hours, _("Aucun horaire."))
    any_contact = facts.has_phone or facts.has_email
    yield present("au_moins_un_moyen_de_contact", any_contact, _("Aucun moyen de contact."))
    yield present("telephone_bien_defini", facts.has_phone, _("Aucun téléphone."))
    yield present("courriel_bien_defini", facts.has_email, _("Aucun courriel."))
    yield recent(facts.checked_on, today)


def present(name: str, is_there: bool, reason: str) -> Criterion:
    return Criterion(name, 1.0) if is_there else Criterion(name, 0.0, reason)


def recent(checked_on: date | None, today: date) -> Criterion:
    name = "date_maj_recente"
    if checked_on is None:
        return Criterion(name, 0.0, _("Sans date."))
    age = today - checked_on
    if age < FRESH:
        return Criterion(name, 1.0)
    if age >= OLD:
        return Criterion(name, 0.0, _("Date de plus de deux ans."))
    return Criterion(name, round((OLD - age) / (OLD - FRESH), 2), _("Date de plus de six mois."))
