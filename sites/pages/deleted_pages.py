"""Pages whose record was public and is deleted: their addresses answer 410 for ever, unless another record takes them.

Nothing keeps a list of them: the history of deleted records knows all that these were called.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.utils import translation

from labels.models import PressRelease, Wave
from pimms_directory.base.languages import FRENCH
from pimms_directory.base.memo import memo_by_revision
from pimms_directory.editing.history import versions_of_deleted
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Association, Site, SiteAlias

PARTS_OF_ADDRESS = ("slug", "code")


def is_deleted_page(path: str) -> bool:
    """Whether it is that of such a page, of what stands beside it (``.json``, ``.vcf``…), or below it or a frame."""
    pairs = pairwise(path.strip("/").split("/"))
    return any(f"/{folder}/{name.partition('.')[0]}/" in deleted_pages() for folder, name in pairs)


@memo_by_revision(maxsize=1)
def deleted_pages() -> frozenset[str]:
    """In French. A query for each kind of record."""
    never_public = set(Wave.objects.filter(publication=Publication.DRAFT).values_list("pk", flat=True))
    sites = [each for each in once_public(Site) if each["wave_id"] not in never_public]
    gone = {each["id"] for each in sites}
    former = [each for each in states(SiteAlias) if each["site_id"] in gone]
    # Associations have a page while they run a site that is published, or was.
    run_by = Association.objects.filter(pk__in={each["association_id"] for each in sites}).values("slug")
    found: list[tuple[Any, list[Any]]] = [
        (Site, [*sites, *former]),
        (Association, [*states(Association), *run_by]),
        (Wave, once_public(Wave)),
        (PressRelease, once_public(PressRelease)),
    ]
    with translation.override(FRENCH.code):
        return frozenset(address(model, state) for model, states in found for state in states)


def states(model: Any) -> list[dict[str, Any]]:
    """All that deleted records ever were."""
    return [version.field_dict for version in versions_of_deleted(model)]


def once_public(model: Any) -> list[dict[str, Any]]:
    return [each for each in states(model) if each["publication"] != Publication.DRAFT]


def address(model: Any, state: dict[str, Any]) -> str:
    return model(**{name: state[name] for name in PARTS_OF_ADDRESS if name in state}).get_absolute_url()
