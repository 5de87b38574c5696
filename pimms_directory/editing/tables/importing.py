"""A table of records back in: what it would change is known before it does.

What is not in the table stays; publication goes out and never comes in, new records begin as drafts; derived columns
follow by the signals of each app. An import is one transaction and one revision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, models, transaction
from django.utils.translation import gettext as _

from pimms_directory.base.spreadsheets import BrokenFile
from pimms_directory.editing import history
from pimms_directory.editing.states import root_of
from pimms_directory.editing.tables.columns import TableResource, column_label, resource_for


def check_columns(dataset: Any, resource: TableResource) -> None:
    known = {each.column_name for each in resource.fields.values()}
    if doubled := [name for name in dataset.headers if dataset.headers.count(name) > 1]:
        raise BrokenFile(_("Deux colonnes s’appellent « %(name)s »."), name=doubled[0])
    if unknown := [name for name in dataset.headers if name not in known]:
        values = {"name": unknown[0][:60], "known": ", ".join(sorted(known))}
        raise BrokenFile(_("Colonne inconnue : « %(name)s ». Connues : %(known)s.") % values)
    if missing := [name for name in resource.get_import_id_fields() if name not in dataset.headers]:
        text = _("Il manque la colonne « %(name)s », par quoi on reconnaît les fiches.")
        raise BrokenFile(text, name=missing[0])


@dataclass(frozen=True)
class Change:
    line: int
    record: str
    is_new: bool
    changes: list[tuple[str, str, str]]


@dataclass
class Preview:
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unchanged: int = 0
    records: list[models.Model] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What was looked at is what is imported."""
        return hashlib.sha256(repr(self.changes).encode()).hexdigest()


def preview_import(model: Any, dataset: Any) -> Preview:
    """What importing would do; leaves nothing behind, nor in a transaction that goes on. Raises ``BrokenFile``."""
    with transaction.atomic():
        found = run(model, dataset)
        transaction.set_rollback(True)
    return found


def import_table(model: Any, dataset: Any, seen: str, by: Any, name: str) -> Preview | None:
    """Imports what a preview with the digest ``seen`` showed; None if that would be something else by now."""
    with transaction.atomic():
        planned = preview_import(model, dataset)
        if planned.problems or planned.digest != seen:
            return None
        history.keep_baseline(*roots(planned.records))
        with history.revision(by, _("Import de tableau : %(name)s") % {"name": name}):
            done = run(model, dataset)
            history.keep(*roots(done.records))
        if done.problems or done.digest != seen:  # somebody saved a record between the two
            transaction.set_rollback(True)
            return None
    return done


def roots(records: Iterable[models.Model]) -> list[models.Model]:
    return list(dict.fromkeys(root_of(record) for record in records))


def run(model: Any, dataset: Any) -> Preview:
    resource = resource_for(model)
    check_columns(dataset, resource)
    try:
        result = resource.import_data(dataset, dry_run=False, raise_errors=False, use_transactions=True)
    except DatabaseError as error:
        return Preview(problems=[_("La base de données refuse ce fichier : %(reason)s") % {"reason": str(error)[:200]}])
    found = Preview()
    lines = [int(tags[0]) for tags in (row.tags for row in dataset._data)]
    found.problems = [str(error.error) for error in result.base_errors]
    for line, row in zip(lines, result.rows, strict=False):
        if row.errors or row.validation_error:
            found.problems.extend(sentences(model, line, row))
        elif getattr(row, "changes", None):
            found.changes.append(Change(line, row.object_repr or "", row.is_new(), row.changes))
            found.records.append(row.instance)
        else:
            found.unchanged += 1
    return found


def sentences(model: Any, line: int, row: Any) -> Iterator[str]:
    for error in row.errors:
        yield _("Ligne %(line)d : %(reason)s") % {"line": line, "reason": str(error.error)[:300]}
    if row.validation_error is None:
        return
    error = row.validation_error
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    columns = {each.name for each in model._meta.get_fields()}
    for name, messages in by_field.items():
        known = name in columns
        for message in messages:
            if known:
                values = {"line": line, "column": f"{name} ({column_label(model, name)})", "reason": message}
                yield _("Ligne %(line)d, colonne %(column)s : %(reason)s") % values
            else:
                yield _("Ligne %(line)d : %(reason)s") % {"line": line, "reason": message}
