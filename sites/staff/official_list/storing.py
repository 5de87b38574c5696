"""From an uploaded or named file to an ``OfficialList``, saved or not."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pimms_directory.base.spreadsheets import BrokenFile
from pimms_directory.base.templatetags.french import french_date
from sites.models import OfficialList, Site
from sites.staff.official_list.reading import ListRow, date_in_name, read_official_list


def from_file(name: str, data: bytes, published_on: date | None, by: Any = None) -> OfficialList:
    """Unsaved. Without a date the name must hold one. Raises ``BrokenFile``."""
    published_on = published_on or date_in_name(name)
    if published_on is None:
        raise BrokenFile(
            _("Le nom du fichier ne dit pas la date de la liste, comme dans « liste-fs-20240801.csv » : indiquez-la.")
        )
    if published_on > timezone.localdate():
        raise BrokenFile(_("La liste serait du %(day)s, qui est à venir."), day=french_date(published_on))
    known_ids = {official_id for official_id in Site.objects.values_list("official_id", flat=True) if official_id}
    read_list = read_official_list(data, known_ids)
    return OfficialList(
        name=name[-200:],
        published_on=published_on,
        sha256=read_list.sha256,
        row_count=read_list.count,
        content={"rows": [list(row) for row in read_list.rows], "frequent_domains": list(read_list.frequent_domains)},
        uploaded_by=by,
    )


def keep(official_list: OfficialList) -> OfficialList:
    """Saves a list, or takes up the record of the same file with what it was read as now."""
    stored, _created = OfficialList.objects.update_or_create(
        sha256=official_list.sha256,
        defaults={
            field: getattr(official_list, field)
            for field in ("name", "published_on", "row_count", "content", "uploaded_by")
        },
    )
    return stored


def stored_rows(official_list: OfficialList) -> list[ListRow]:
    return [ListRow(line, cells) for line, cells in official_list.content["rows"]]
