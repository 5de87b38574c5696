"""What waits for staff, on the first page of the admin: a few lines each, a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.contrib import admin
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from labels.models import PressRelease, Wave
from pimms_directory.base.templatetags.french import french_date
from pimms_directory.editing.publication import Publication
from sites.models import Site
from sites.staff.checks import contact_problems, hours_problems, place_problems, with_checked

SHOWN = 10
# Those that changed last: mistakes come with changes, and the page must open as fast with 5,000 sites.
CHECKED = 300


@dataclass(frozen=True)
class ToDo:
    url: str
    label: str
    detail: str


@dataclass(frozen=True)
class ToDoList:
    key: str
    title: str
    items: list[ToDo]
    nothing: str
    count: int = 0
    more: str = ""


def to_do_lists(user: Any) -> list[ToDoList]:
    """Those about records that this user may see."""
    found = [unpublished(user)]
    if sees(user, Site):
        found += [doubtful_sites(), unverified_sites(user)]
    return [each for each in found if each]


def sees(user: Any, model: Any) -> bool:
    name = f"{model._meta.app_label}.%s_{model._meta.model_name}"
    return user.has_perm(name % "view") or user.has_perm(name % "change")


def address(record: Any) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def unpublished(user: Any) -> ToDoList | None:
    models: list[Any] = [model for model in (Wave, PressRelease, Site) if sees(user, model)]
    if not models:
        return None
    items, count = [], 0
    for model in models:
        records = model.objects.exclude(publication=Publication.PUBLISHED)
        shown = list(records.order_by("publication", "-pk")[: SHOWN + 1])
        count += len(shown) if len(shown) <= SHOWN else records.count()
        items += [
            ToDo(address(record), str(record), f"{model._meta.verbose_name}, {record.get_publication_display()}")
            for record in shown[:SHOWN]
        ]
    more = (
        f"{reverse('admin:directory_site_changelist')}?publication__exact={Publication.DRAFT}" if Site in models else ""
    )
    return ToDoList("non-publies", _("Pas publiés"), items, _("Tout est publié."), count, more)


def unverified_sites(user: Any) -> ToDoList:
    sites = Site.objects.labelled().order_by(F("contact_checked_on").asc(nulls_first=True), "slug")
    items = [
        ToDo(
            address(site),
            site.name,
            _("vérifié le %(date)s, %(source)s")
            % {"date": french_date(site.contact_checked_on), "source": site.contact_source}
            if site.contact_checked_on
            else _("jamais vérifié"),
        )
        for site in sites[:SHOWN]
    ]
    boxes = user.has_perm("directory.change_site")  # who may act on sites has a first column to tick them
    column = admin.site.get_model_admin(Site).list_display.index("checked_on") + boxes
    more = f"{reverse('admin:directory_site_changelist')}?o={column}"
    return ToDoList("a-verifier", _("Le plus longtemps sans vérification"), items, _("Aucun site."), more=more)


def doubtful_sites() -> ToDoList:
    """What the checks find on published sites, but for their age: the list of the unverified says it."""
    items = []
    for site in with_checked(Site.objects.labelled().order_by("-modified_at", "slug"))[:CHECKED]:
        found = chain[Any](place_problems(site), hours_problems(site), contact_problems(site))
        if texts := [problem.text for problem in found]:
            items.append(ToDo(address(site), site.name, " ".join(texts)))
    nothing = _("Les contrôles ne trouvent rien.")
    return ToDoList("controles", _("À vérifier"), items[:SHOWN], nothing, len(items))
