"""The rows of a list beside the records of the directory: what is new, what changed, what is gone.

Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from django.utils.translation import gettext as _

from labels.models import LABEL_BEGAN
from pimms_directory.base.folding import fold
from pimms_directory.base.templatetags.french import french_date
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Association, Commune, OfficialList, Site
from sites.staff.drafts import propose, site_name, with_association
from sites.staff.official_list import values
from sites.staff.official_list.entries import Comparison, Difference, Entry
from sites.staff.official_list.reading import ListRow
from sites.staff.official_list.site_values import Lookups, is_same, listed_values, present_value
from sites.staff.official_list.ties import Ties, likeliest_first
from sites.staff.official_list.values import Value


def compare(official_list: OfficialList, ties: Ties = MappingProxyType({})) -> Comparison:
    """``ties``: what an editor says of rows that no official id ties to a site."""
    lookups = Lookups(official_list, ties)
    entries = [entry_of(row, lookups) for row in lookups.rows]
    propose_associations([entry for entry in entries if entry.new_site], lookups)
    named = {entry.site.pk for entry in entries if entry.site}
    present = [site for site in lookups.sites if not site.label_ended_on and not site.closed_on]
    return Comparison(
        published_on=lookups.published_on,
        source=lookups.source,
        entries=sorted(entries, key=lambda entry: (fold(entry.title), entry.row.line)),
        gone=[site for site in present if site.official_id and site.pk not in named],
        unlisted=sum(not site.official_id and site.pk not in named for site in present),
    )


def entry_of(row: ListRow, lookups: Lookups) -> Entry:
    entry = Entry(row, lookups.by_id.get(row.official_id))
    commune = lookups.communes.of(row)
    kind = values.kind(row.cells["format_fs"])
    if not entry.site or entry.is_tied:
        entry.may_be = likeliest_first(lookups.free_sites, commune)
    if entry.site:
        entry.problems.extend(structure_problems(row, entry.site, commune, kind, lookups))
        fields = listed_values(row, entry.site.kind, commune, lookups)
        entry.differences = list(changes(entry.site, row, fields, commune, lookups))
        entry.differences += check_date(row, entry.site, entry.differences, lookups)
    else:
        entry.new_site = new_site(entry, commune, kind, lookups)
        if entry.new_site:
            fields = listed_values(row, entry.new_site.kind, commune, lookups)
            entry.differences = [
                Difference(row.official_id, name, "", value, value.doubts)
                for name, value in fields.items()
                if value.text
            ]
    if refusal := lookups.refused_ties.get(row.official_id):
        entry.problems.append(refusal)
    return entry


def changes(
    site: Site, row: ListRow, fields: dict[str, Value], commune: Commune | None, lookups: Lookups
) -> Iterator[Difference]:
    if site.official_id != row.official_id:
        yield tie(site, row)
    earlier_row = lookups.earlier.get(row.official_id)
    earlier = listed_values(earlier_row, site.kind, commune, lookups) if earlier_row else {}
    for name, value in fields.items():
        present, old = present_value(site, name)
        if is_same(name, present, old, value):
            continue
        doubts = [*value.doubts]
        known = lookups.known.get((row.official_id, name, value.text), "")
        if not known:
            doubts += reasons_to_keep(site, name, old, value, lookups)
            if name in earlier and earlier[name].text == value.text:
                text = _("La liste du %(day)s le disait déjà, et l’annuaire ne l’a pas repris.")
                doubts.append(text % {"day": lookups.earlier_day})
            if name == "address" and old and site.point and site.point == fields["point"].value:
                doubts.append(_("L’adresse change, mais le point de la liste est resté le même."))
        yield Difference(row.official_id, name, old, value, tuple(doubts), known)


def tie(site: Site, row: ListRow) -> Difference:
    doubts: tuple[str, ...] = ()
    if site.official_id:
        text = _("L’annuaire a le n° %(id)s, que cette liste n’a pas : le site a-t-il changé de numéro ?")
        doubts = (text % {"id": site.official_id},)
    return Difference(
        row.official_id, "official_id", site.official_id or "", Value(row.official_id, row.official_id), doubts
    )


def reasons_to_keep(site: Site, name: str, old: str, value: Value, lookups: Lookups) -> Iterator[str]:
    if not old:
        return
    if site.contact_checked_on and site.contact_checked_on >= lookups.published_on:
        yield _("La fiche est du %(day)s, cette liste n’est pas plus récente.") % {
            "day": french_date(site.contact_checked_on)
        }
    if not value.text:
        yield _("La liste ne donne plus rien ici.")
    elif name == "access_note":
        yield _("L’annuaire reformule le commentaire de la liste : relisez les deux.")


def check_date(row: ListRow, site: Site, differences: list[Difference], lookups: Lookups) -> list[Difference]:
    """The list as the newest source of the record, once all that it says is taken or known."""
    if site.contact_checked_on and site.contact_checked_on >= lookups.published_on:
        return []
    new = Value(lookups.published_on, f"{french_date(lookups.published_on)}, {lookups.source}")
    old = f"{french_date(site.contact_checked_on)}, {site.contact_source}" if site.contact_checked_on else ""
    undecided = any(not each.is_ticked and not each.known for each in differences)
    doubts = [_("D’autres différences sont à regarder d’abord.")] if undecided else []
    return [Difference(row.official_id, "checked", old, new, tuple(doubts))]


def structure_problems(
    row: ListRow, site: Site, commune: Commune | None, kind: str | None, lookups: Lookups
) -> Iterator[str]:
    """What an import does not change: what the record is, where and since when it carries the label."""
    if kind != site.kind:
        text = _("Type : « %(ours)s » dans l’annuaire, « %(theirs)s » dans la liste. À changer sur la fiche.")
        yield text % {"ours": site.get_kind_display(), "theirs": row.cells["format_fs"]}
    label = values.label(row.cells["labellisation_fs"])
    if label and label.is_gone:
        text = _("N’est plus labellisé : la liste dit « %(theirs)s ». À changer sur la fiche.")
        yield text % {"theirs": row.cells["labellisation_fs"]}
    elif not label or label.rest or label.since != site.wave.effective_on:
        text = _("Date du label : %(ours)s dans l’annuaire, « %(theirs)s » dans la liste. À changer sur la fiche.")
        yield text % {"ours": french_date(site.wave.effective_on), "theirs": row.cells["labellisation_fs"]}
    if commune is None:
        yield lookups.communes.problem(row)
    elif not site.is_fixed and commune.department_id != site.department_id:
        text = _("Département : %(ours)s dans l’annuaire, %(theirs)s dans la liste. À changer sur la fiche.")
        yield text % {"ours": site.department, "theirs": commune.department}


def new_site(entry: Entry, commune: Commune | None, kind: str | None, lookups: Lookups) -> Site | None:
    """Unsaved, without its association. None where the row does not say what it takes: the entry then says why."""
    cells = entry.row.cells
    if not commune:
        entry.problems.append(lookups.communes.problem(entry.row))
    elif not commune.department:
        entry.problems.append(_("%(commune)s n’est dans aucun département.") % {"commune": commune})
    if kind is None:
        entry.problems.append(_("Type inconnu : « %(format)s ».") % {"format": cells["format_fs"]})
    label = values.label(cells["labellisation_fs"])
    labelled_on = label.since if label else None
    if label and label.is_gone:
        entry.problems.append(_("N’est plus labellisé : « %(text)s ».") % {"text": cells["labellisation_fs"]})
    elif labelled_on is None:
        entry.problems.append(_("Date du label illisible : « %(text)s ».") % {"text": cells["labellisation_fs"]})
    elif labelled_on not in lookups.waves and f"{labelled_on:%Y-%m}" in lookups.wave_codes:
        text = _("Une autre vague porte déjà le code %(code)s : dites laquelle est la bonne pour le %(day)s.")
        entry.problems.append(text % {"code": f"{labelled_on:%Y-%m}", "day": french_date(labelled_on)})
    if entry.problems or not commune or kind is None or labelled_on is None:
        return None
    wave = lookups.waves.get(labelled_on) or lookups.new_wave(labelled_on)
    if wave.effective_on != labelled_on:
        text = _("Deux dates de label le même mois, le %(first)s et le %(second)s : créez d’abord leurs vagues.")
        days = {"first": french_date(wave.effective_on), "second": french_date(labelled_on)}
        entry.problems.append(text % days)
        return None
    return Site(
        name=site_name(cells["lib_fs"], kind, [commune.short_name, commune.post_town]),
        kind=kind,
        official_id=entry.official_id,
        department=commune.department,
        commune=commune if kind == Site.Kind.FIXED else None,
        wave=wave,
        publication=Publication.DRAFT,
        contact_checked_on=lookups.published_on,
        contact_source=lookups.source,
    )


def propose_associations(entries: list[Entry], lookups: Lookups) -> None:
    """They need the names of all; then each new site can be shown as a whole."""
    proposals = propose([entry.title for entry in entries], Association.objects.all())
    for entry in entries:
        if site := entry.new_site:
            proposal = proposals[site.name]
            site.association = proposal.association
            site.name = with_association(site.name, proposal.association.name)
            entry.differences.insert(0, creation(entry, site, proposal.why, lookups))


def label_doubts(row: ListRow, lookups: Lookups) -> Iterator[str]:
    label = values.label(row.cells["labellisation_fs"])
    if label and label.rest:
        yield _("Après la date du label, la liste écrit : « %(rest)s ».") % {"rest": label.rest}
    if label and label.since and not LABEL_BEGAN <= label.since <= lookups.published_on:
        text = _("Label du %(day)s : aucun n’est d’avant le %(first)s ni d’après cette liste.")
        yield text % {"day": french_date(label.since), "first": french_date(LABEL_BEGAN)}


def creation(entry: Entry, site: Site, why: str, lookups: Lookups) -> Difference:
    text = _("%(name)s, %(kind)s ; association : %(association)s (%(why)s) ; %(wave)s, %(day)s ; %(place)s") % {
        "name": site.name,
        "kind": site.get_kind_display(),
        "association": site.association,
        "why": why,
        "wave": site.wave if site.wave.pk else _("%(wave)s, nouvelle") % {"wave": site.wave},
        "day": french_date(site.wave.effective_on),
        "place": site.commune or site.department,
    }
    doubts = [*label_doubts(entry.row, lookups)]
    for other in lookups.sites:
        here = other.commune_id == site.commune_id if site.commune else other.department_id == site.department_id
        if not other.official_id and other.kind == site.kind and here:
            doubts.append(_("L’annuaire a déjà « %(name)s », sans identifiant officiel.") % {"name": other.name})
    if entry.official_id in lookups.earlier:
        doubts.append(_("Il était déjà dans la liste du %(day)s.") % {"day": lookups.earlier_day})
    return Difference(entry.official_id, "site", "", Value(site, text), tuple(doubts))
