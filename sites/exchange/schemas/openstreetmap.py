"""Which attributes of OpenStreetMap say what our fields say, for who brings a desk onto that map.

The first four are those that the quality tool Osmose proposes for France Services (osmose-qa/osmose-backend,
analyser_merge_public_services_FR.py, 5 July 2025), as are ``contact:*`` and ``addr:full``. Left out on purpose:
``start_date``, as a label begins after its desk; ``check_date``, which is for who was there; a ``ref:FR:*`` for the
official number and an attribute for the association, as no such usage was found.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_noop as _


class Tag(NamedTuple):
    key: str
    fields: tuple[str, ...]  # ours that it is filled from
    value: str  # what all desks have, or how it is written


TAGS = (
    Tag("office", (), "government"),
    Tag("government", (), "public_service"),
    Tag("operator", (), "France Services"),
    Tag("operator:wikidata", (), "Q24931343"),
    Tag("name", ("name",), ""),
    Tag("official_name", ("official_name",), ""),
    Tag("old_name", ("former_names",), _("séparés par « ; »")),
    Tag("addr:full", ("address", "postcode", "commune_name"), ""),
    Tag("contact:phone", ("phone_international",), _("avec des espaces, comme +33 4 76 33 06 56")),
    Tag("contact:email", ("email",), ""),
    Tag("contact:website", ("website",), ""),
    Tag("opening_hours", ("opening_hours",), _("sans « PH off », que l’annuaire suppose")),
    Tag("source", ("contact_source",), ""),
    Tag("source:date", ("contact_checked_on",), ""),
)
