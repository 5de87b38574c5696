"""What a site that the directory lacks would be: name, type, place and association, each to be looked at first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pimms_directory.base.folding import fold
from sites.models import Association, Commune, Department, Site
from sites.models.sources import DASH
from sites.search.typed_place import spellings, understand
from sites.staff.drafts import Proposal, propose, site_name, with_association
from sites.staff.release_lines.reading import PastedLine

ARRONDISSEMENT = re.compile(r"\b(paris|lyon|marseille)\b.*?\b(\d{1,2})e\b")
MOBILE = re.compile(r"\b(mobile|bus|itinerante?s?)\b")
MULTISITE = re.compile(r"\bmultisites?\b")
NETWORK = re.compile(r"^(?:PIMMS\b\s*(?:M[ée]diation\b)?\s*(?:[-–—]\s+)?)+", re.IGNORECASE)


@dataclass
class NewSite:
    """``why_there`` says which rule found the place."""

    name: str
    kind: str
    commune: Commune | None
    department: Department | None
    why_there: str
    problems: list[str]
    commune_typed: str
    run_by: Proposal = field(init=False)  # by new_sites()


def new_sites(lines: Collection[PastedLine], posted: Mapping[str, str]) -> dict[str, NewSite]:
    """By the key of each line. ``posted``: what the editor put in place of proposals, by name of its control."""
    gazetteer = _Gazetteer(lines)
    found = {line.key: new_site(line, gazetteer, posted) for line in lines}
    associations = list(Association.objects.order_by("slug"))
    proposals = propose([each.name for each in found.values()], associations)
    of_proposals = [each.association for each in proposals.values()]
    known = {fold(each.name): each for each in (*of_proposals, *associations)}
    for key, site in found.items():
        site.run_by = proposals[site.name]
        wanted = posted.get(f"association-{key}", "").strip()[:100]
        if wanted and fold(wanted) != fold(site.run_by.association.name):
            association = known.setdefault(fold(wanted), Association(name=wanted))
            why = _("choisie par vous") if association.pk else _("nouvelle, nommée par vous")
            site.run_by = Proposal(association, why)
        elif not posted.get(f"name-{key}", "").strip():
            site.name = with_association(site.name, site.run_by.association.name)
    return found


def new_site(line: PastedLine, gazetteer: _Gazetteer, posted: Mapping[str, str]) -> NewSite:
    printed = line.listing.name_as_printed
    kind = posted.get(f"kind-{line.key}", "")
    if kind not in Site.Kind.values:
        kind = kind_of(f"{printed} {line.listing.commune_printed}")
    commune, typed, problems = None, "", []
    if kind == Site.Kind.FIXED:
        commune, why = gazetteer.commune(line)
        typed = posted.get(f"commune-{line.key}", str(commune or "")).strip()
        if typed != str(commune or ""):
            commune, problem = commune_typed(typed) if typed else (None, "")
            why, problems = _("choisie par vous"), [problem] if problem else []
        if commune is None and not problems:
            problems.append(_("Commune inconnue : donnez-la, le département en dépend."))
        department = commune.department if commune else None
        if commune and department is None:
            problems.append(_("%(commune)s n’est dans aucun département.") % {"commune": commune})
    else:
        department, why = gazetteer.department(line), _("département imprimé")
        if department is None:
            problems.append(_("Département inconnu : « %(text)s ».") % {"text": line.listing.department_printed})
    name = posted.get(f"name-{line.key}", "").strip()[:150] or name_of(printed, kind, commune)
    return NewSite(name, kind, commune, department, why, problems, typed)


def kind_of(text: str) -> str:
    folded = fold(text)
    if MOBILE.search(folded):
        return Site.Kind.MOBILE
    return Site.Kind.MULTISITE if MULTISITE.search(folded) else Site.Kind.FIXED


def name_of(printed: str, kind: str, commune: Commune | None) -> str:
    """In the directory's own spelling: a dash before the place, accents as the commune writes them."""
    parts = [NETWORK.sub("", part) for part in DASH.split(printed)]
    if kind == Site.Kind.MOBILE:
        parts = [*parts[:1], *(part for part in parts[1:] if not MOBILE.search(fold(part)))]
    if not any(parts):
        return printed[:150]
    known = [commune.short_name, commune.post_town] if commune else []
    return site_name(" - ".join(filter(None, parts)), kind, known)


def commune_typed(text: str) -> tuple[Commune | None, str]:
    """The commune that the editor means, by name or code, or a sentence."""
    code = re.search(r"\((\w{2,3})\)\s*$", text)
    name = text[: code.start()] if code else text
    named = list(by_name([name]).filter(department__code=code[1] if code else ""))
    if len(named) == 1:
        return named[0], ""
    understood = understand(text)
    if understood.place and understood.place.commune:
        return understood.place.commune, ""
    others = [place.label for place in (*understood.others, *understood.suggestions)][:4]
    sentence = _("« %(text)s » n’est pas une commune connue.") % {"text": text}
    if others:
        sentence += " " + _("Peut-être : %(others)s.") % {"others": ", ".join(others)}
    return None, sentence


def by_name(names: Iterable[str]) -> QuerySet[Commune]:
    wanted = {spelling for name in names for spelling in spellings(fold(name))}
    return Commune.objects.filter(search_name__in=wanted).select_related("department__region", "parent")


class _Gazetteer:
    """The communes and departments that some lines may mean, in two queries."""

    def __init__(self, lines: Iterable[PastedLine]) -> None:
        departments = list(Department.objects.select_related("region").order_by("code"))
        self.departments = {fold(each.name): each for each in departments} | {each.code: each for each in departments}
        wanted = {name for line in lines for name in place_names(line)}
        self.communes: dict[str, list[Commune]] = {}
        for commune in by_name(wanted).order_by("insee_code"):
            for spelling in set(spellings(commune.search_name)):
                self.communes.setdefault(spelling, []).append(commune)

    def department(self, line: PastedLine) -> Department | None:
        """As printed, also where the line slipped by a column."""
        for printed in (line.listing.department_printed, line.listing.region_printed):
            text = re.sub(r"\s*\(\w+\)$", "", printed)
            if found := self.departments.get(fold(text)) or self.departments.get(text.upper()):
                return found
        return None

    def commune(self, line: PastedLine) -> tuple[Commune | None, str]:
        """The only one of a name that the line gives: in its department, else in its region, else in France."""
        printed = self.department(line)
        region = fold(line.listing.region_printed)
        for name in place_names(line):
            found = self.communes.get(fold(name), [])
            here = [each for each in found if printed and each.department_id == printed.pk]
            if len(here) == 1:
                return here[0], _("commune du département imprimé")
            regions = {region, fold(printed.region.name) if printed else region}
            near = [each for each in found if each.department and fold(each.department.region.name) in regions]
            # Never beyond the region: the Évry of the Yonne is not the one that a line of the Essonne means.
            if len(near) == 1 and not here:
                why = _("seule commune de ce nom dans la région, hors du département imprimé (%(department)s)")
                return near[0], why % {"department": line.listing.department_printed or _("aucun")}
            if len(found) == 1 and not printed and not region:
                return found[0], _("seule commune de ce nom")
        return None, ""


def place_names(line: PastedLine) -> list[str]:
    """What a line may call its commune, the likeliest first."""
    name = line.listing.name_as_printed
    parts = [NETWORK.sub("", part) for part in DASH.split(name)]
    texts = [line.listing.commune_printed, *parts[:0:-1], parts[0]]
    towns = [f"{found[1]} {found[2]}e arrondissement" for text in texts if (found := ARRONDISSEMENT.search(fold(text)))]
    if not towns and fold(line.listing.department_printed) == "paris":
        towns = [f"paris {number}e arrondissement" for number in re.findall(r"\b(\d{1,2})e\b", fold(name))[:1]]
    bare = [re.sub(r"\s*\(.*\)", "", text) for text in texts]
    return [text for text in dict.fromkeys([*towns, *bare]) if fold(text)]
