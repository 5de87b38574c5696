"""What waits for staff, on the first page of the admin: a few lines each, a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease, Wave
from pimms_directory.base.templatetags.french import french_date
from pimms_directory.editing.models import KeptChange
from pimms_directory.editing.publishing.publication import Publication
from sites.freshness.contact_check import ContactCheck
from sites.models import Site
from sites.staff.checks import contact_problems, hours_problems, place_problems, source_problems, with_checked
from sites.staff.due import DueFilter, due_sites, question_to_desk
from sites.staff.official_list.news import newest_list, news_of

SHOWN = 10
# Those that changed last: mistakes come with changes, and the page must open as fast with 5,000 sites.
CHECKED = 300


@dataclass(frozen=True)
class ToDo:
    url: str
    label: str
    detail: str


@dataclass(frozen=True)
class DueSite(ToDo):
    """A record to confirm: with a telephone to call, or a mail that asks the desk."""

    key: int | None  # for who may confirm it
    phone: str
    phone_uri: str
    question: str


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
    if user.has_perm("directory.change_site"):  # as its screen asks
        found.append(official_list())
    if sees(user, Site):
        found += [doubtful_sites(), sites_to_confirm(user)]
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
    changes = [kept for kept in KeptChange.objects.waiting() if isinstance(kept.record, tuple(models))]
    count += len(changes)
    items += [ToDo(address(kept.record), str(kept.record), change_detail(kept)) for kept in changes[:SHOWN]]
    return ToDoList("non-publies", _("Pas publiés"), items, _("Tout est publié."), count, more)


def change_detail(kept: KeptChange) -> str:
    said = {"author": kept.author or _("un compte supprimé"), "day": french_date(timezone.localdate(kept.kept_at))}
    return _("modification en préparation, gardée par %(author)s le %(day)s") % said


def sites_to_confirm(user: Any) -> ToDoList:
    may_change = user.has_perm("directory.change_site")
    sites = due_sites()
    items: list[ToDo] = [
        DueSite(
            url=address(site),
            label=site.name,
            detail=known_since(site),
            key=site.pk if may_change else None,
            phone=site.phone,
            phone_uri=site.phone_uri if site.phone else "",
            question=question_to_desk(site),
        )
        for site in sites.with_place().with_hours()[:SHOWN]
    ]
    column = admin.site.get_model_admin(Site).list_display.index("checked_on")
    column += may_change  # who may act on sites has a first column to tick them
    more = f"{reverse('admin:directory_site_changelist')}?{DueFilter.parameter_name}=oui&o={column}"
    days = settings.RECORD_MAX_AGE_DAYS
    nothing = ngettext("Aucune fiche n’a plus de %d jour.", "Aucune fiche n’a plus de %d jours.", days) % days
    return ToDoList("a-verifier", _("À confirmer"), items, nothing, sites.count(), more)


def known_since(site: Site) -> str:
    if not site.contact_checked_on:
        return _("jamais vérifié")
    said = {"date": french_date(site.contact_checked_on), "source": site.contact_source}
    texts = {
        ContactCheck.CHECKED: _("vérifié le %(date)s, %(source)s"),
        ContactCheck.NOTED: _("relevé le %(date)s, %(source)s"),
        ContactCheck.CHANGED: _("modifié le %(date)s, sans source"),
    }
    return texts[site.contact_check or ContactCheck.NOTED] % said


def official_list() -> ToDoList:
    """What the newest list says that the directory does not."""
    items = []
    if found := newest_list():
        asked = (
            _("demandée le %(day)s") % {"day": french_date(timezone.localdate(found.asked_at))}
            if found.asked_at
            else ""
        )
        items.append(ToDo(found.get_absolute_url(), news_of(found), asked))
    return ToDoList("liste-officielle", _("Liste officielle"), items, _("Aucune liste n’est encore arrivée."))


def doubtful_sites() -> ToDoList:
    """What the checks find on published sites, but for their age: the list of the unverified says it."""
    items = []
    for site in with_checked(Site.objects.labelled().order_by("-modified_at", "slug"))[:CHECKED]:
        found = chain[Any](
            *(look(site) for look in (place_problems, hours_problems, contact_problems, source_problems))
        )
        if texts := [problem.text for problem in found]:
            items.append(ToDo(address(site), site.name, " ".join(texts)))
    nothing = _("Les contrôles ne trouvent rien.")
    return ToDoList("controles", _("À vérifier"), items[:SHOWN], nothing, len(items))
