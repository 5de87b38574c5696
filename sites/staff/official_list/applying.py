"""Writes what an editor ticked, but nothing that changed since it was shown and no record that breaks a rule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pimms_directory.base import revision
from pimms_directory.editing import history
from sites.freshness.contact_check import CONTACT, OFFICIAL_LIST
from sites.models import OfficialList, OpeningPeriod, Site
from sites.staff import drafts
from sites.staff.drafts import RefusedRecord
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.entries import Comparison, Difference, Entry
from sites.staff.official_list.ties import Ties

REFUSAL = gettext_lazy("%(record)s : %(reasons)s Rien n’en a été repris.")


@dataclass
class Outcome(drafts.Outcome):
    taken: list[tuple[Site, Difference]] = field(default_factory=list)
    created: list[Site] = field(default_factory=list)
    changed: list[Site] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def apply(
    official_list: OfficialList, keys: Collection[str] | None, by: Any = None, ties: Ties = MappingProxyType({})
) -> Outcome:
    """Takes the differences named by ``keys``, or all that nothing speaks against for ``None``.

    One transaction. A key whose difference is no longer as it was shown, and a record that breaks a rule, are refused
    and said, the others are taken. ``by`` is the member of staff; ``ties``: see ``compare``.
    """
    outcome = Outcome(REFUSAL)
    with transaction.atomic():
        official_list = revision.locked(OfficialList.objects.all()).get(pk=official_list.pk)
        # Another editor of these sites waits for the end of this transaction.
        official_ids = [cells["id_fs"] for _line, cells in official_list.content["rows"]]
        concerned = Q(official_id__in=official_ids) | Q(pk__in=ties.values())
        list(revision.locked(Site.objects.filter(concerned)).order_by("pk").values_list("pk"))
        comparison = compare(official_list, ties)
        if keys is None:
            keys = {difference.key for difference in comparison.ticked}
        refuse_stale(comparison, keys, outcome)
        ticked = [(entry, taken) for entry in comparison.entries if (taken := ticked_in(entry, keys))]
        history.keep_baseline(*(entry.site for entry, _taken in ticked if entry.site))
        with history.revision(by, _("Import : %(source)s") % {"source": comparison.source}):
            for entry, taken in ticked:
                try:
                    apply_entry(entry, taken, comparison, outcome)
                except RefusedRecord as problem:
                    outcome.refused.append(f"{line_of(entry)}{problem}")
            touched = Site.objects.filter(pk__in=[site.pk for site in (*outcome.created, *outcome.changed)])
            touched.mark_modified()
            touched.refresh_computed_columns()
            history.keep(*outcome.saved)
            record(official_list, outcome, by)
    return outcome


def line_of(entry: Entry) -> str:
    return _("Ligne %(line)d : ") % {"line": entry.row.line}


def ticked_in(entry: Entry, keys: Collection[str]) -> list[Difference]:
    return [each for each in entry.differences if each.new.is_readable and each.key in keys]


def refuse_stale(comparison: Comparison, keys: Collection[str], outcome: Outcome) -> None:
    present = {difference.key for difference in comparison.differences if difference.new.is_readable}
    entries = {entry.official_id: entry for entry in comparison.entries}
    for key in sorted(set(keys) - present):
        official_id, _dot, rest = key.partition(".")
        name = rest.partition(".")[0]
        if entry := entries.get(official_id):
            text = _("%(site)s, %(field)s : la fiche a changé depuis l’affichage ; rien n’a été repris ici.")
            label = next((each.label for each in entry.differences if each.field == name), name)
            outcome.refused.append(text % {"site": entry.title, "field": label})
        else:
            outcome.refused.append(_("Une case cochée ne correspond à aucune ligne de cette liste."))


def apply_entry(entry: Entry, taken: list[Difference], comparison: Comparison, outcome: Outcome) -> None:
    site = entry.site or entry.new_site
    if entry.first and taken[0].field != entry.first:
        said = _("%(site)s : cochez aussi « %(field)s » pour en reprendre les valeurs.")
        outcome.refused.append(said % {"site": entry.title, "field": entry.differences[0].label})
        return
    if entry.site:
        taken = without_early_check(entry, taken, outcome)
    if site and taken:
        for difference in taken:
            assign(site, difference, comparison)
        name_list(site, taken, comparison)
        outcome.save_site(site)
        save_hours(site, taken)
        outcome.taken.extend((site, difference) for difference in taken)
        (outcome.changed if entry.site else outcome.created).append(site)


def without_early_check(entry: Entry, taken: list[Difference], outcome: Outcome) -> list[Difference]:
    """A record is not said to be checked by a list while something that this proposes is left."""
    left = [each for each in entry.differences if each.is_ticked and each not in taken]
    if not left or all(each.field != "checked" for each in taken):
        return taken
    text = _("%(site)s : la date de vérification n’est pas reprise, car des différences proposées ne le sont pas.")
    outcome.refused.append(text % {"site": entry.title})
    return [each for each in taken if each.field != "checked"]


def name_list(site: Site, taken: list[Difference], comparison: Comparison) -> None:
    """Contact details and hours of a list stand under no call, nor what else somebody did since."""
    of_contact = any(each.field in CONTACT or each.field.startswith("hours_") for each in taken)
    if of_contact and not site.contact_source.startswith(OFFICIAL_LIST):
        site.contact_checked_on, site.contact_source = comparison.published_on, comparison.source
        site.contact_checked_by = None


def assign(site: Site, difference: Difference, comparison: Comparison) -> None:
    """Puts one value into the record; hours are rows of their own, see ``save_hours``."""
    value = difference.new.value
    match difference.field:
        case "point":
            site.latitude, site.longitude = (value.latitude, value.longitude) if value else (None, None)
        case "commune":
            site.commune, site.department = value, value.department
        case "checked":
            site.contact_checked_on, site.contact_source = comparison.published_on, comparison.source
            site.contact_checked_by = None  # the list says so, nobody here
        case name if name != "site" and not name.startswith("hours_"):
            setattr(site, name, value)


def save_hours(site: Site, taken: list[Difference]) -> None:
    days = {int(each.field.removeprefix("hours_")): each.new.value for each in taken if each.field.startswith("hours_")}
    site.opening_periods.filter(weekday__in=days).delete()
    OpeningPeriod.objects.bulk_create(
        OpeningPeriod(site=site, weekday=weekday, opens=opens, closes=closes)
        for weekday, stretches in days.items()
        for opens, closes in stretches
    )


def record(official_list: OfficialList, outcome: Outcome, by: Any) -> None:
    """What was taken, from which list, when and by whom."""
    if not outcome.taken:
        return
    official_list.applied_at = timezone.now()
    changes = [
        {"site": site.slug, "field": each.field, "before": each.old, "after": each.new.text}
        for site, each in outcome.taken
    ]
    who = by.get_username() if by else ""
    official_list.journal.append({"at": official_list.applied_at.isoformat(), "by": who, "changes": changes})
    official_list.save(update_fields=["applied_at", "journal"])
