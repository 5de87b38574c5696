"""The rows of a list beside the records of the directory: what is new, what changed, what is gone.

Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext as _

from pimms_directory.base.folding import fold
from pimms_directory.base.templatetags.french import french_date
from sites.models import Association, Commune, OfficialList, Site
from sites.staff.drafts import propose, site_name, wave_name, with_association
from sites.staff.official_list import values
from sites.staff.official_list.entries import Comparison, Difference, Entry, NewSite
from sites.staff.official_list.reading import ListRow
from sites.staff.official_list.site_values import Lookups, is_same, listed_values, present_value
from sites.staff.official_list.values import Value


def compare(official_list: OfficialList) -> Comparison:
    lookups = Lookups(official_list)
    entries = [entry_of(row, lookups) for row in lookups.rows]
    propose_names([entry for entry in entries if entry.new_site], lookups)
    listed = {row.official_id for row in lookups.rows}
    present = [site for site in lookups.sites if not site.label_ended_on and not site.closed_on]
    return Comparison(
        published_on=lookups.published_on,
        source=lookups.source,
        entries=sorted(entries, key=lambda entry: (fold(entry.title), entry.row.line)),
        gone=[site for site in present if site.official_id and site.official_id not in listed],
        unlisted=sum(not site.official_id for site in present),
    )


def entry_of(row: ListRow, lookups: Lookups) -> Entry:
    entry = Entry(row, lookups.by_id.get(row.official_id))
    commune = lookups.communes.of(row)
    kind = values.KINDS.get(row.cells["format_fs"].lower())
    if entry.site:
        entry.problems.extend(structure_problems(row, entry.site, commune, kind, lookups))
        fields = listed_values(row, entry.site.kind, commune, lookups)
        entry.differences = list(changes(entry.site, row, fields, commune, lookups))
        entry.differences += check_date(entry.site, entry.differences, lookups)
    else:
        entry.new_site = new_site(entry, commune, kind, lookups)
        if entry.new_site:
            fields = listed_values(row, entry.new_site.kind, commune, lookups)
            entry.differences = [
                Difference(row.official_id, name, "", value, value.doubts)
                for name, value in fields.items()
                if value.text
            ]
    return entry


def changes(
    site: Site, row: ListRow, fields: dict[str, Value], commune: Commune | None, lookups: Lookups
) -> Iterator[Difference]:
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


def reasons_to_keep(site: Site, name: str, old: str, value: Value, lookups: Lookups) -> Iterator[str]:
    if not old:
        return
    if site.contact_checked_on and site.contact_checked_on >= lookups.published_on:
        yield _("L’annuaire a été vérifié le %(day)s, pas avant cette liste.") % {
            "day": french_date(site.contact_checked_on)
        }
    if not value.text:
        yield _("La liste ne donne plus rien ici.")
    elif name == "access_note":
        yield _("L’annuaire reformule le commentaire de la liste : relisez les deux.")


def check_date(site: Site, differences: list[Difference], lookups: Lookups) -> list[Difference]:
    """The list as the newest source of the record, once all that it says is taken or known."""
    if site.contact_checked_on and site.contact_checked_on >= lookups.published_on:
        return []
    new = Value(lookups.published_on, f"{french_date(lookups.published_on)}, {lookups.source}")
    old = f"{french_date(site.contact_checked_on)}, {site.contact_source}" if site.contact_checked_on else ""
    undecided = any(not each.is_ticked and not each.known for each in differences)
    doubts = [_("D’autres différences sont à regarder d’abord.")] if undecided else []
    return [Difference(site.official_id or "", "checked", old, new, tuple(doubts))]


def structure_problems(
    row: ListRow, site: Site, commune: Commune | None, kind: str | None, lookups: Lookups
) -> Iterator[str]:
    """What an import does not change: what the record is, where and since when it carries the label."""
    if kind != site.kind:
        text = _("Type : « %(ours)s » dans l’annuaire, « %(theirs)s » dans la liste. À changer sur la fiche.")
        yield text % {"ours": site.get_kind_display(), "theirs": row.cells["format_fs"]}
    if label_date(row.cells["labellisation_fs"]) != site.wave.effective_on:
        text = _("Date du label : %(ours)s dans l’annuaire, « %(theirs)s » dans la liste. À changer sur la fiche.")
        yield text % {"ours": french_date(site.wave.effective_on), "theirs": row.cells["labellisation_fs"]}
    if commune is None:
        yield lookups.communes.problem(row)
    elif not site.is_fixed and commune.department_id != site.department_id:
        text = _("Département : %(ours)s dans l’annuaire, %(theirs)s dans la liste. À changer sur la fiche.")
        yield text % {"ours": site.department, "theirs": commune.department}


def new_site(entry: Entry, commune: Commune | None, kind: str | None, lookups: Lookups) -> NewSite | None:
    """None where the row does not say what it takes: the entry then says why."""
    cells = entry.row.cells
    if not commune:
        entry.problems.append(lookups.communes.problem(entry.row))
    elif not commune.department:
        entry.problems.append(_("%(commune)s n’est dans aucun département.") % {"commune": commune})
    if kind is None:
        entry.problems.append(_("Type inconnu : « %(format)s ».") % {"format": cells["format_fs"]})
    labelled_on = label_date(cells["labellisation_fs"])
    if labelled_on is None:
        entry.problems.append(_("Date du label illisible : « %(text)s ».") % {"text": cells["labellisation_fs"]})
    elif labelled_on not in lookups.waves and f"{labelled_on:%Y-%m}" in lookups.wave_codes:
        text = _("Une autre vague porte déjà le code %(code)s : dites laquelle est la bonne pour le %(day)s.")
        entry.problems.append(text % {"code": f"{labelled_on:%Y-%m}", "day": french_date(labelled_on)})
    if entry.problems or not commune or kind is None or labelled_on is None:
        return None
    return NewSite(
        name=site_name(cells["lib_fs"], kind, [commune.short_name, commune.post_town]),
        kind=kind,
        department=commune.department,
        commune=commune if kind == Site.Kind.FIXED else None,
        labelled_on=labelled_on,
        wave=lookups.waves.get(labelled_on),
    )


def propose_names(entries: list[Entry], lookups: Lookups) -> None:
    """Associations need the names of all; then each new site can be shown as a whole."""
    months: dict[str, date] = {}
    proposals = propose([entry.title for entry in entries], Association.objects.all())
    for entry in entries:
        site = entry.new_site
        if site is None:
            continue
        site.run_by = proposals[site.name]
        site.name = with_association(site.name, site.run_by.name)
        month = f"{site.labelled_on:%Y-%m}"
        if site.wave is None and months.setdefault(month, site.labelled_on) != site.labelled_on:
            text = _("Deux dates de label le même mois, le %(first)s et le %(second)s : créez d’abord leurs vagues.")
            entry.problems.append(text % {"first": french_date(months[month]), "second": french_date(site.labelled_on)})
            entry.new_site, entry.differences = None, []
            continue
        entry.differences.insert(0, creation(entry, site, lookups))


def creation(entry: Entry, site: NewSite, lookups: Lookups) -> Difference:
    wave = site.wave.name if site.wave else _("%(wave)s, nouvelle") % {"wave": wave_name(site.labelled_on)}
    text = _("%(name)s, %(kind)s ; association : %(association)s (%(why)s) ; %(wave)s, %(day)s ; %(place)s") % {
        "name": site.name,
        "kind": Site.Kind(site.kind).label,
        "association": site.run_by.name,
        "why": site.run_by.why,
        "wave": wave,
        "day": french_date(site.labelled_on),
        "place": site.commune or site.department,
    }
    doubts = []
    for other in lookups.sites:
        here = other.commune_id == site.commune.pk if site.commune else other.department_id == site.department.pk
        if not other.official_id and other.kind == site.kind and here:
            doubts.append(_("L’annuaire a déjà « %(name)s », sans identifiant officiel.") % {"name": other.name})
    if entry.official_id in lookups.earlier:
        doubts.append(_("Il était déjà dans la liste du %(day)s.") % {"day": lookups.earlier_day})
    return Difference(entry.official_id, "site", "", Value(site, text), tuple(doubts))


def label_date(text: str) -> date | None:
    """``Espace labellisé 15/01/2021`` → 15 January 2021."""
    try:
        return datetime.strptime(text.rpartition(" ")[2], "%d/%m/%Y").date()
    except ValueError:
        return None
