"""What a site that the directory lacks would be made of, proposed to the editor as a whole."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from pimms_directory.base.templatetags.french import french_date
from sites.models import Association, Commune, Site
from sites.staff.drafts import wave_name
from sites.staff.official_list import naming
from sites.staff.official_list.entries import Difference, Entry, NewSite
from sites.staff.official_list.lookups import Lookups
from sites.staff.official_list.values import Value


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
        name=naming.site_name(cells["lib_fs"], kind, [commune.short_name, commune.post_town]),
        kind=kind,
        department=commune.department,
        commune=commune if kind == Site.Kind.FIXED else None,
        labelled_on=labelled_on,
        wave=lookups.waves.get(labelled_on),
    )


def propose_names(entries: list[Entry], lookups: Lookups) -> None:
    """Associations need the names of all; then each new site can be shown as a whole."""
    months: dict[str, date] = {}
    proposals = naming.propose([entry.title for entry in entries], Association.objects.all())
    for entry in entries:
        site = entry.new_site
        if site is None:
            continue
        proposal = proposals[site.name]
        site.association, site.association_name, site.why = proposal.association, proposal.name, proposal.why
        site.name = naming.with_association(site.name, proposal.name)
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
        "association": site.association_name,
        "why": site.why,
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
    day, month, year = (*text.rpartition(" ")[2].split("/"), "", "", "")[:3]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
