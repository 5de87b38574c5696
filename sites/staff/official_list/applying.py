"""Writes what an editor ticked: all of it or nothing, and nothing that changed since it was shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labels.models import Wave
from pimms_directory.base.templatetags.french import plain_date
from pimms_directory.editing import history
from sites.models import Association, OfficialList, OpeningPeriod, Site
from sites.staff.drafts import draft_association, draft_site, draft_wave, refuse_invalid
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.entries import Comparison, Difference, Entry, NewSite

REFUSED = gettext_lazy("%(record)s : %(reasons)s Rien n’a été repris de la liste.")


@dataclass
class Outcome:
    taken: list[tuple[Site, Difference]] = field(default_factory=list)
    created: list[Site] = field(default_factory=list)
    changed: list[Site] = field(default_factory=list)
    brought_along: list[Wave | Association] = field(default_factory=list)  # made for a new site
    refused: list[str] = field(default_factory=list)


def apply(official_list: OfficialList, keys: Collection[str] | None, by: Any = None) -> Outcome:
    """Takes the differences named by ``keys``, or all that nothing speaks against for ``None``.

    One transaction. A key whose difference is no longer as it was shown is refused and said, the others are taken.
    ``by`` is the member of staff. Raises ``RefusedRecord``.
    """
    outcome = Outcome()
    with transaction.atomic():
        official_list = OfficialList.objects.select_for_update().get(pk=official_list.pk)
        lock([row[1]["id_fs"] for row in official_list.content["rows"]])
        comparison = compare(official_list)
        if keys is None:
            keys = {difference.key for difference in comparison.ticked}
        refuse_stale(comparison, keys, outcome)
        history.keep_baseline(*sites_to_change(comparison, keys))
        with history.revision(by, _("Import : %(source)s") % {"source": comparison.source}):
            for entry in comparison.entries:
                apply_entry(entry, keys, comparison, outcome)
            touched = Site.objects.filter(pk__in=[site.pk for site in (*outcome.created, *outcome.changed)])
            touched.mark_modified()
            touched.refresh_computed_columns()
            history.keep(*touched, *outcome.brought_along)
            record(official_list, outcome, by)
    return outcome


def sites_to_change(comparison: Comparison, keys: Collection[str]) -> list[Site]:
    return [
        entry.site for entry in comparison.entries if entry.site and any(each.key in keys for each in entry.differences)
    ]


def lock(official_ids: list[str]) -> None:
    """Another editor of these sites waits for the end of this transaction."""
    list(Site.objects.select_for_update().filter(official_id__in=official_ids).order_by("pk").values_list("pk"))


def refuse_stale(comparison: Comparison, keys: Collection[str], outcome: Outcome) -> None:
    present = {difference.key for difference in comparison.differences if difference.is_importable}
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


def apply_entry(entry: Entry, keys: Collection[str], comparison: Comparison, outcome: Outcome) -> None:
    taken = [each for each in entry.differences if each.is_importable and each.key in keys]
    if not taken:
        return
    if entry.site:
        update_site(entry, entry.site, taken, comparison, outcome)
    elif entry.new_site and taken[0].field == "site":
        add_site(entry, entry.new_site, taken, comparison, outcome)
    else:
        outcome.refused.append(
            _("%(site)s : cochez aussi « nouveau site » pour en reprendre les valeurs.") % {"site": entry.title}
        )


def update_site(entry: Entry, site: Site, taken: list[Difference], comparison: Comparison, outcome: Outcome) -> None:
    left = [each for each in entry.differences if each.is_ticked and each not in taken]
    if left and any(each.field == "checked" for each in taken):
        taken = [each for each in taken if each.field != "checked"]
        text = _("%(site)s : la date de vérification n’est pas reprise, car des différences proposées ne le sont pas.")
        outcome.refused.append(text % {"site": site.name})
    for difference in taken:
        assign(site, difference, comparison)
        outcome.taken.append((site, difference))
    if taken:
        refuse_invalid(site, REFUSED)
        site.save()
        save_hours(site, taken)
        outcome.changed.append(site)


def add_site(
    entry: Entry, new_site: NewSite, taken: list[Difference], comparison: Comparison, outcome: Outcome
) -> None:
    site = create_site(entry.official_id, new_site, comparison, outcome)
    for difference in taken[1:]:
        assign(site, difference, comparison)
    refuse_invalid(site, REFUSED)
    site.save()
    save_hours(site, taken)
    outcome.taken += [(site, difference) for difference in taken]
    outcome.created.append(site)


def create_site(official_id: str, new_site: NewSite, comparison: Comparison, outcome: Outcome) -> Site:
    """Unsaved."""
    return draft_site(
        new_site.name,
        official_id=official_id,
        kind=new_site.kind,
        association=new_site.association or create_association(new_site.association_name, outcome),
        wave=new_site.wave or create_wave(new_site, comparison, outcome),
        department=new_site.department,
        commune=new_site.commune,
        contact_checked_on=comparison.published_on,
        contact_source=comparison.source,
    )


def create_association(name: str, outcome: Outcome) -> Association:
    """Of that name, which another new site of the same list may have brought already."""
    if found := Association.objects.filter(name=name).order_by("pk").first():
        return found
    association = draft_association(name)
    refuse_invalid(association, REFUSED)
    association.save()
    outcome.brought_along.append(association)
    return association


def create_wave(new_site: NewSite, comparison: Comparison, outcome: Outcome) -> Wave:
    """Of the day that the list gives, if there is none."""
    day = new_site.labelled_on
    if found := Wave.objects.filter(effective_on=day).order_by("pk").first():
        return found
    text = _("%(source)s, qui donne le %(day)s comme date du label.")
    source = text % {"source": comparison.source, "day": plain_date(day)}
    wave = draft_wave(day, source=source)
    refuse_invalid(wave, REFUSED)
    wave.save()
    outcome.brought_along.append(wave)
    return wave


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
        case name if not name.startswith("hours_"):
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
    official_list.journal = [
        *official_list.journal,
        {
            "at": official_list.applied_at.isoformat(),
            "by": by.get_username() if by else "",
            "changes": [
                {"site": site.slug, "field": each.field, "before": each.old, "after": each.new.text}
                for site, each in outcome.taken
            ],
        },
    ]
    official_list.save(update_fields=["applied_at", "journal"])
