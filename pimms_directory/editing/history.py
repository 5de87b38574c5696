"""Who changed what, when and why, and the way back: revisions of django-reversion, kept whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import reversion
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Cast
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from reversion.models import Version

from pimms_directory.editing.kept_forms import reopened
from pimms_directory.editing.publishing.publication import Publication
from pimms_directory.editing.states import (
    TRACKED,
    Difference,
    Part,
    State,
    differences,
    name_of,
    root_of,
    state_at,
    state_of,
)

# Sent in the transaction of a change, once all of it is written: deletions too, of which reversion tells nobody.
changed = Signal()
# Sent before a record is saved as somebody typed it, in its form or a table: ``names`` of what is new, ``by`` whom.
typed = Signal()

# Of a name that was public for less, no former name is kept when its record goes back to an earlier one.
PASSING = timedelta(days=1)


@contextmanager
def revision(user: Any = None, reason: str = "") -> Iterator[None]:
    """What is saved inside, and what ``keep()`` is given, becomes one revision, in one transaction."""
    with transaction.atomic():
        with snapshot(user, reason):
            yield
        changed.send(None)


@contextmanager
def snapshot(user: Any = None, reason: str = "") -> Iterator[None]:
    """A revision of what stands already: nothing changes by it."""
    with reversion.create_revision():
        reversion.set_user(user)
        reversion.set_comment(reason)
        yield


def reason_in(request: HttpRequest) -> str:
    """Why the editor changes a record, as typed under its form."""
    return (reopened(request) or request.POST).get("_reason", "").strip()[:500]


def keep(*records: models.Model) -> None:
    """Puts these records, as the database has them now, into the current revision: for what wrote them in bulk."""
    for root in dict.fromkeys(map(root_of, records)):
        reversion.add_to_revision(type(root)._base_manager.get(pk=root.pk))


def keep_baseline(*records: models.Model) -> None:
    """Keeps what no revision knows yet, before it changes; must run outside of any revision.

    Records from before this history, and those that something else than the admin wrote since, get a revision of
    their own, so that the next one shows its own changes and nothing is beyond going back to.
    """
    for root in dict.fromkeys(map(root_of, records)):
        last = versions_of(root).first()
        stored = type(root)._base_manager.filter(pk=root.pk).first()
        if stored and (last is None or state_at(last) != state_of(stored)):
            with snapshot(reason=_("État relevé avant modification")):
                keep(stored)


def versions_of(record: models.Model) -> Any:
    return newest_first(Version.objects.get_for_object(record))


def versions_by_key(model: type[models.Model]) -> dict[int, list[Any]]:
    """The versions of each record with a history, oldest first."""
    found: dict[int, list[Any]] = {}
    for version in Version.objects.get_for_model(model).select_related("revision").order_by("pk"):
        found.setdefault(int(version.object_id), []).append(version)
    return found


def deleted(model: type[models.Model]) -> Any:
    """The last version of each record that is gone."""
    return newest_first(Version.objects.get_deleted(model))


def versions_of_deleted(model: type[models.Model]) -> Any:
    """All versions of the records that are gone."""
    present = model._base_manager.filter(pk=Cast(OuterRef("object_id"), model._meta.pk))
    return Version.objects.get_for_model(model).filter(~Exists(present))


def published_on(record: models.Model) -> date | None:
    """The day when a public record was published; None where that was before its history began."""
    since = None
    for version in versions_of(record):
        if version.field_dict["publication"] != Publication.PUBLISHED:
            return since
        since = timezone.localdate(version.revision.date_created)
    return None


def newest_first(versions: Any) -> Any:
    return versions.select_related("revision__user").prefetch_related("revision__version_set").order_by("-pk")


class Step(NamedTuple):
    """One version of a record, and what it changed."""

    version: Any
    changes: list[Difference]
    first: bool


def steps(versions: list[Any], before: Any = None) -> list[Step]:
    """Newest first; ``before`` is the version that precedes them all."""
    names = cache(name_of)
    states = [state_at(version) for version in versions]
    earlier = [*states[1:], state_at(before) if before else None]
    return [
        Step(version, [] if former is None else differences(version._model, former, state, names), former is None)
        for version, state, former in zip(versions, states, earlier, strict=False)
    ]


def changes_to_return(version: Any) -> list[Difference]:
    """What would change if a record went back to a version."""
    record = version._model._base_manager.filter(pk=version.object_id).first()
    now = state_of(record) if record else {}
    then = returned(now, version)
    return differences(version._model, now, then)


def returned(now: State, version: Any) -> State:
    """The earlier state, but for what does not go back by itself: publication, and former addresses that still lead."""
    then = state_at(version)
    state = dict(then)
    if "publication" in state:
        never_out = state["publication"] == Publication.DRAFT
        gone = Publication.DRAFT if never_out else Publication.WITHDRAWN
        state["publication"] = now.get("publication", str(gone))
    for part in TRACKED[version._model].parts.values():
        if part.lasting:
            brief = passing(version, part)
            since = [row for row in now.get(part.name, []) if row not in then[part.name]]
            rows = [*then[part.name], *(row for row in since if brief.isdisjoint(row))]
            state[part.name] = sorted(rows, key=str)
    return state


def passing(version: Any, part: Part) -> set[Any]:
    """The values of columns of a lasting part that the record itself had after a version for less than a day: names
    and addresses that nobody will look for. What somebody else than an editor wrote has no known beginning."""
    names = [each.name for each in part.fields if each.name in TRACKED[version._model].fields]
    later = Version.objects.get_for_object_reference(version._model, version.object_id).filter(pk__gt=version.pk)
    runs: list[tuple[list[Any], Any]] = []  # values, and the revision that they came with
    for each in later.select_related("revision").order_by("pk"):
        state = state_at(each)
        values = [state[name] for name in names]
        if not runs or runs[-1][0] != values:
            runs.append((values, each.revision))
    brief, lasted, end = set[Any](), {state_at(version)[name] for name in names}, timezone.now()
    for values, revision in reversed(runs):
        (brief if revision.user_id and end - revision.date_created < PASSING else lasted).update(values)
        end = revision.date_created
    return brief - lasted


@transaction.atomic
def go_back(version: Any) -> models.Model:
    """Makes a record what it was in a version, also one that was deleted since.

    Publishing is no part of it: a record keeps its state, one that returns from deletion stays out of the public's
    sight. Raises ``ValidationError`` where the earlier state breaks a rule today, such as an address taken since.
    """
    model: Any = version._model
    tracked = TRACKED[model]
    stored = model._base_manager.filter(pk=version.object_id).first()
    record = stored or model(pk=version.object_id)
    then = returned(state_of(stored) if stored else {}, version)
    for name, each in tracked.fields.items():
        if not each.many_to_many:
            setattr(record, each.attname, each.to_python(then[name]))
    for part in tracked.parts.values():
        for row in part.rows(record):  # rules of a record may look at its rows: the old ones first make way
            if not part.lasting and part.cells(row) not in then[part.name]:
                row.delete()
    record.full_clean()
    record.save()
    for name, each in tracked.fields.items():
        if each.many_to_many:
            getattr(record, name).set(then[name])
    for part in tracked.parts.values():
        if part.lasting:  # the change of name has just added the one that it leaves
            brief = passing(version, part)
            for row in part.rows(record):
                if part.cells(row) not in then[part.name] and not brief.isdisjoint(part.cells(row)):
                    row.delete()
        present = [part.cells(row) for row in part.rows(record)]
        for row in then[part.name]:
            if row not in present:
                values = {each.attname: each.to_python(value) for each, value in zip(part.fields, row, strict=True)}
                add_row(part.model(**{part.parent: record, **values}), may_be_refused=part.lasting)
    return record


def add_row(row: models.Model, *, may_be_refused: bool) -> None:
    """A former address may have become another record's, or this one's own again."""
    try:
        row.full_clean()
    except ValidationError:
        if may_be_refused:
            return
        raise
    row.save()
