"""What JSON says of dated versions: the index of all, and the changes of one (``sites/versions/documents.py``)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypedDict

from django.utils.translation import gettext_noop as _

from sites.exchange.records.site_record import Count, Uri
from sites.exchange.schemas.json_schema import about

Day = Annotated[date, about(_("Le jour à la fin duquel l’annuaire disait cela."))]
Value = str | float | bool | None


class VersionHead(TypedDict):
    date: Day
    provisional: Annotated[bool, about(_("Vrai jusqu’à minuit, en France : les fichiers de ce jour peuvent changer."))]
    count: Annotated[Count, about(_("Nombre de PIMMS de la liste ce jour-là."))]


class VersionFileEntry(TypedDict):
    url: Uri
    size: Annotated[Count, about(_("En octets."))]
    sha256: Annotated[str, about(_("Somme SHA-256 du fichier."), pattern="^[0-9a-f]{64}$")]


class VersionFiles(TypedDict):
    csv: VersionFileEntry
    json: VersionFileEntry
    geojson: VersionFileEntry


class ChangeCounts(TypedDict):
    added: Count
    removed: Count
    renamed: Count
    changed: Count


class VersionEntry(VersionHead):
    url: Annotated[Uri, about(_("Page de la version."))]
    changes_url: Uri
    changes: Annotated[ChangeCounts | None, about(_("Nombre de fiches de chaque sorte ; null à la première version."))]
    files: VersionFiles


class VersionIndex(TypedDict):
    count: Annotated[Count, about(_("Nombre de versions."))]
    versions: Annotated[list[VersionEntry], about(_("Les versions, la plus récente d’abord."))]


class NamedSite(TypedDict):
    id: Annotated[str, about(_("Identifiant du PIMMS : le même dans toutes les versions."))]
    slug: str
    name: Annotated[str, about(_("Nom dans la plus récente des deux versions qui a ce PIMMS."))]
    url: Annotated[Uri | None, about(_("Page du PIMMS aujourd’hui ; null s’il n’en a plus."))]


class RemovedSite(NamedSite):
    reason: Annotated[str, about(_("Pourquoi il est sorti de la liste, d’après sa fiche d’aujourd’hui."))]


class FormerSiteName(TypedDict):
    slug: str
    name: str


class RenamedSite(NamedSite):
    before: FormerSiteName


class FieldChange(TypedDict):
    field: Annotated[str, about(_("Nom de la colonne dans /pimms.csv."))]
    before: Value
    after: Value
    label: Annotated[str, about(_("Ce champ en français."))]


class ChangedSite(NamedSite):
    fields: list[FieldChange]


class VersionChanges(VersionHead):
    since: Annotated[date | None, about(_("Jour de la version d’avant ; null à la première."))]
    summary: Annotated[str, about(_("Les changements en une ou plusieurs phrases."))]
    added: list[NamedSite]
    removed: list[RemovedSite]
    renamed: list[RenamedSite]
    changed: list[ChangedSite]
    new_fields: Annotated[list[str], about(_("Colonnes que les fichiers n’avaient pas dans la version d’avant."))]
    gone_fields: Annotated[list[str], about(_("Colonnes que seule la version d’avant avait."))]
