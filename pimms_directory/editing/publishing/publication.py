"""Whether the public sees a record (prepared, published, withdrawn), and what stands against publishing it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView

from pimms_directory.base.plain_text import PlainText


class Publication(models.TextChoices):
    DRAFT = "draft", _("en préparation")
    PUBLISHED = "published", _("publié")
    WITHDRAWN = "withdrawn", _("retiré")


class Publishable(PlainText):
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


PublishableT = TypeVar("PublishableT", bound=Publishable)


def get_public(records: models.QuerySet[PublishableT], **lookup: Any) -> PublishableT:
    """The published record; raises ``Withdrawn`` for one that was, ``Http404`` for a draft as for none at all."""
    return shown(get_object_or_404(records, **lookup))


def shown(record: PublishableT) -> PublishableT:
    if record.is_public:
        return record
    raise Withdrawn if record.is_withdrawn else Http404


class PublicDetail(DetailView):
    """The page of a published record; with ``preview``, for the admin alone, that of any record."""

    preview = False

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.extra_context = {"preview": self.preview, **(self.extra_context or {})}

    def get_object(self, queryset: Any = None) -> Any:
        record = super().get_object(queryset)
        return record if self.preview else shown(record)

    def seen(self, records: Any) -> Any:
        """Of what the page lists: what is published; in a preview also what is prepared with it."""
        return records.exclude(publication=Publication.WITHDRAWN) if self.preview else records.public()


# What stands against publishing a record, or is doubtful about it. Each app says it of its own models.

Check = Callable[[Any], Iterator["Problem"]]
CHECKS: dict[type[models.Model], Check] = {}


@dataclass(frozen=True)
class Problem:
    text: str
    blocking: bool = False  # what does not block asks for a confirmation
    of_age: bool = False  # comes with time, and not by what somebody changes


def checks(model: type[models.Model]) -> Callable[[Check], Check]:
    """Registers what yields the problems of a record, from its values and prefetched relations alone."""

    def register(check: Check) -> Check:
        CHECKS[model] = check
        return check

    return register


def problems(record: models.Model) -> list[Problem]:
    """Blocking ones first."""
    check = CHECKS.get(type(record))
    return sorted(check(record), key=lambda problem: not problem.blocking) if check else []


def doubts(record: models.Model) -> list[Problem]:
    """What may be wrong with a record as it is stored, if it was published."""
    if not isinstance(record, Publishable):
        return []
    stored = type(record)._base_manager.filter(pk=record.pk, publication=Publication.PUBLISHED)
    return [problem for each in stored for problem in problems(each) if not problem.of_age]


def broken_rules(record: models.Model) -> list[Problem]:
    """The rules of the model and of the database, which older or imported values may break. Costs queries."""
    try:
        record.full_clean()
    except ValidationError as error:
        return [Problem(text, blocking=True) for text in error.messages]
    return []
