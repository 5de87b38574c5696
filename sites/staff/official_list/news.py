"""What the newest official list brings, in a sentence: on the admin's first page, by command and by mail."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.base.templatetags.french import french_date
from sites.models import OfficialList
from sites.staff.official_list.comparison import Comparison, Entry, compare


def newest_list() -> OfficialList | None:
    """By the day of the list, whether it was deposited or came by itself."""
    return OfficialList.objects.first()


def news_of(official_list: OfficialList) -> str:
    """``La liste du 4 novembre 2024 : 4 sites ont changé, 1 nouveau.``"""
    said = {"day": french_date(official_list.published_on), "news": ", ".join(counted(compare(official_list)))}
    if said["news"]:
        return _("La liste du %(day)s : %(news)s.") % said
    return _("La liste du %(day)s ne dit rien que l’annuaire ne sache.") % said


def counted(comparison: Comparison) -> Iterator[str]:
    """That a newer list confirms what the directory says is no change."""
    changed = sum(map(has_changed, comparison.changed))
    undecided = sum(map(is_undecided, comparison.changed))
    if changed:
        yield ngettext("%d site a changé", "%d sites ont changé", changed) % changed
    if new := len(comparison.new):
        yield ngettext("%d nouveau", "%d nouveaux", new) % new
    if gone := len(comparison.gone):
        yield ngettext("%d absent", "%d absents", gone) % gone
    if undecided:
        yield ngettext("%d reste à décider", "%d restent à décider", undecided) % undecided


def has_changed(entry: Entry) -> bool:
    return bool(entry.problems) or any(each.is_ticked and each.field != "checked" for each in entry.differences)


def is_undecided(entry: Entry) -> bool:
    """Whether something speaks against each of its differences, and nobody said yet that they are known."""
    open_ones = [each for each in entry.differences if each.field != "checked" and not each.known]
    return bool(open_ones) and not has_changed(entry)
