"""Loads the product data of ``fixtures/`` without ever losing an edit.

The fixtures are applied inside a transaction and every departure of the database from them is written
down; the caller decides whether to keep the result or to roll it back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.serializers import deserialize
from django.core.serializers.base import DeserializedObject
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from pimms_directory.editing import history
from pimms_directory.editing.states import root_of
from sites.loading import commune_names, gazetteer, other_desks, quotations
from sites.loading.entered_by_hand import Key, read_records, recognise_by_number, sites_entered_by_hand, without
from sites.loading.report import Report
from sites.models import OpeningPeriod, OtherDesk, Site, SiteAlias

GAZETTEER = (
    gazetteer.FILE_NAME,
    commune_names.QUARTERS,
    commune_names.OTHER_NAMES,
    commune_names.INTERCOMMUNAL_BODIES,
)
RELEASE_SITES = "sites.json"
NETWORK_WAVES = "network/waves.json"
NETWORK_SITES = "network/sites.json"
# In the order of their references: first what the two press releases name …
RELEASES = (
    "regions.jsonl",
    "departments.jsonl",
    *GAZETTEER,
    quotations.RELEASES,
    quotations.FIGURES,
    quotations.FACTS,
    "waves.json",
    "associations.json",
    RELEASE_SITES,
    "site_aliases.jsonl",
    "opening_periods.jsonl",
    "listings.jsonl",
)
# … then the sites labelled since, by the official list alone, and the desks of other bearers.
NETWORK = (
    NETWORK_WAVES,
    "network/associations.json",
    NETWORK_SITES,
    "network/opening_periods.jsonl",
    other_desks.FILE_NAME,
)
FILES = (*RELEASES, *NETWORK)
# Files of thousands of lines, too many for Django's fixtures.
TABLES: dict[str, Callable[[Path, Report], None]] = {
    gazetteer.FILE_NAME: gazetteer.load_gazetteer,
    commune_names.QUARTERS: commune_names.load_quarters,
    commune_names.OTHER_NAMES: commune_names.load_other_names,
    commune_names.INTERCOMMUNAL_BODIES: commune_names.load_intercommunal_bodies,
    other_desks.FILE_NAME: other_desks.load_other_desks,
}


def load(folder: Path, files: Sequence[str] = FILES, *, keeps_edits: bool = False) -> Report:
    """Makes the database's records equal to the fixtures in ``folder``; records unknown to them stay.

    Must run inside a transaction. A record absent from a database that already has sites counts as
    missing (somebody deleted it), in an empty one as added; the same for the network's, by the desks of other bearers,
    which come with them and which nobody edits. With ``keeps_edits``, releases that were loaded before they were quoted
    get their quotations where nobody edited them. Raises ``DeserializationError`` for a fixture that cannot be read.
    """
    report = Report(keeps_edits)
    had_sites, had_network = Site.objects.exists(), OtherDesk.objects.exists()
    by_hand = keeps_edits and not had_network and NETWORK_SITES in files
    unquoted = keeps_edits and had_sites and quotations.were_never_there()
    left_out = sites_entered_by_hand(folder / NETWORK_SITES, report) if by_hand else set()
    for name in files:
        if name in TABLES:
            TABLES[name](folder / name, report)
        elif name == quotations.FACTS and unquoted:
            quotations.bring(folder, report)
        else:
            records = records_in(folder / name, left_out if name in NETWORK else ())
            load_records(records, report, had_any=had_network if name in NETWORK else had_sites)
        if report.failed:  # what stands further down refers to what could not be saved
            break
    Site.objects.refresh_computed_columns()
    if not report.failed:
        with history.revision(reason=_("Chargement des données de référence (%(folder)s)") % {"folder": folder.name}):
            history.keep(*report.edited)
    try:
        connection.check_constraints()
    except IntegrityError as error:
        report.failed.append(str(error).strip())
    return report


def records_in(path: Path, left_out: Collection[Key]) -> list[DeserializedObject]:
    name_each_other = path.name == "departments.jsonl"
    wanted = json.dumps(without(left_out, read_records(path)))
    return list(deserialize("json", wanted, handle_forward_references=name_each_other))


def load_records(records: list[DeserializedObject], report: Report, *, had_any: bool) -> None:
    """All of one model. ``had_any``: whether the database once had them."""
    if not records:
        return
    objects: list[Any] = [record.object for record in records]
    if isinstance(objects[0], OpeningPeriod):
        remove_other_periods(records, report)
    if isinstance(objects[0], Site):
        recognise_by_number(objects)
    save_all(records, report, had_any=had_any)
    for record in records:
        save_relations(record, report, had_any=had_any)


def save_all(records: list[DeserializedObject], report: Report, *, had_any: bool) -> None:
    """Writes the records of one model that are missing or differ."""
    model: Any = type(records[0].object)
    touched: set[int] = set()
    stored = model._default_manager.in_bulk([record.object.pk for record in records if record.object.pk])
    for record in records:
        fresh = record.object
        if fresh.pk not in stored:
            if not report.adds(title(fresh), expected=had_any):
                continue
        elif changes := list(differences(stored[fresh.pk], fresh)):
            report.changed.extend(f"{title(fresh)}: {change}" for change in changes)
            if report.keeps_edits:
                continue
            keep_columns_of_our_own(stored[fresh.pk], fresh)
            report.edits(stored[fresh.pk])
        else:
            report.unchanged += 1
            continue
        owner = root_of(fresh)
        if had_any and owner is not fresh:
            report.edits(owner)  # its rows are part of it
        try:
            with transaction.atomic():
                # save() would write the relations too, whose ends may stand further down the file.
                models.Model.save_base(fresh, raw=True)
        except IntegrityError as error:
            report.failed.append(f"{title(fresh)}: {str(error).strip()}")
        else:
            if had_any:
                report.edits(fresh, added=True)
            if isinstance(fresh, Site | SiteAlias | OpeningPeriod):
                touched.add(fresh.pk if isinstance(fresh, Site) else fresh.site_id)
    if touched:
        Site.objects.filter(pk__in=touched).mark_modified()


def keep_columns_of_our_own(stored: models.Model, fresh: models.Model) -> None:
    """Fixtures lack what cannot be edited, such as the time at which a record was added."""
    for column in stored._meta.concrete_fields:
        if not column.editable:
            setattr(fresh, column.attname, getattr(stored, column.attname))


def title(record: Any) -> str:
    return f"{record._meta.label} {'/'.join(str(part) for part in record.natural_key())}"


def differences(stored: models.Model, fresh: models.Model) -> Iterator[str]:
    for column in stored._meta.concrete_fields:
        if column.primary_key or not column.editable:  # keys differ by nature; folded columns follow
            continue
        ours, theirs = (getattr(item, column.attname) for item in (stored, fresh))
        if ours != theirs:
            yield f"{column.name} is {ours!r} in the database, {theirs!r} in the fixtures"


def save_relations(record: DeserializedObject, report: Report, *, had_any: bool) -> None:
    """Many-to-many values, once both ends are there."""
    values: dict[str, Any] = dict(record.m2m_data or {})
    for relation, keys in (record.deferred_fields or {}).items():
        manager: Any = relation.related_model._default_manager  # type: ignore[union-attr]
        values[relation.name] = [manager.get_by_natural_key(*key).pk for key in keys]
    for name, related in values.items():
        relation_manager = getattr(record.object, name)
        wanted = {getattr(item, "pk", item) for item in related}
        stored = set(relation_manager.values_list("pk", flat=True))
        if stored - wanted or (had_any and stored != wanted):
            report.changed.append(f"{title(record.object)}: {name} differ")
            if report.keeps_edits:
                continue
        relation_manager.set(wanted)


def remove_other_periods(records: list[DeserializedObject], report: Report) -> None:
    """A site's week is one value: a period that the fixtures lack could overlap one that they bring."""
    kept = {record.object.pk for record in records}
    site_ids = {record.object.site_id for record in records}  # type: ignore[attr-defined]
    extra = OpeningPeriod.objects.filter(site__in=site_ids).exclude(pk__in=kept - {None})
    for period in extra.select_related("site"):
        report.edits(period)
    report.changed.extend(
        f"{period._meta.label} {period.site.slug}: {period} is only in the database" for period in extra
    )
    extra.delete()
