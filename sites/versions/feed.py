"""The versions as Atom: an entry for each, with its changes in words."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.base.templatetags.french import plain_date
from sites.exchange.feeds import LENGTH, DirectoryFeed, Entry, midnight, tag_uri
from sites.versions.models import DirectoryVersion
from sites.versions.words import VersionWords, words_of


class VersionFeed(DirectoryFeed):
    def title(self, place: Any) -> str:
        return _("PIMMS France Services : versions datées des données")

    def subtitle(self, place: Any) -> str:
        return _("Ce qui a changé d’une version à la suivante.")

    def link(self, place: Any) -> str:
        return settings.PUBLIC_ORIGIN + reverse("version-list")

    def feed_url(self, place: Any) -> str:
        return settings.PUBLIC_ORIGIN + reverse("version-feed")

    def feed_guid(self, place: Any) -> str:
        return tag_uri("feed:versions")

    def items(self, place: Any) -> list[Entry]:
        return [entry_of(words) for words in words_of(DirectoryVersion.objects.all()[:LENGTH])]


def entry_of(words: VersionWords) -> Entry:
    version = words.version
    title = ngettext("%(total)s PIMMS au %(date)s", "%(total)s PIMMS au %(date)s", version.count)
    return Entry(
        key=f"version:{version.day}",
        title=title % {"total": version.count, "date": plain_date(version.day)},
        summary=words.in_full,
        link=version.get_absolute_url(),
        published=min(midnight(version.day), version.kept_at),
        updated=version.kept_at,
    )
