"""The OpenAPI 3.1 document of all data addresses, made from the filters and records behind them."""

from __future__ import annotations

from sites.exchange.licence import LICENCE
from sites.exchange.schemas.json_schema import Schema
from sites.exchange.schemas.openapi import operation, parameters
from sites.exchange.schemas.openapi.kinds import TAGS
from sites.exchange.schemas.openapi.operations import operations
from sites.exchange.schemas.openapi.records import schemas
from sites.search.filters import SiteFilter

ABOUT = (
    "Lecture seule, sans clé : toutes les adresses se lisent par GET et HEAD, une écriture reçoit 405. OPTIONS répond"
    " aux pages d’autres sites. Les champs, la licence et les dates : {root}/donnees/. Une valeur inconnue est null."
    " Des champs peuvent s’ajouter, aucun ne disparaît. Les erreurs suivent la RFC 9457. Si une adresse de page"
    " change, celles qui sont à côté d’elle redirigent aussi (301)."
)


def document(root: str, filters: type[SiteFilter]) -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PIMMS labellisés France Services",
            "version": "1.1.0",
            "description": ABOUT.format(root=root),
            "license": {"name": LICENCE["title"], "url": LICENCE["path"]},
        },
        "servers": [{"url": root, "description": "Le site public."}],
        "security": [],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": {each.path: each.item for each in operations(root, filters)},
        "components": {
            "parameters": parameters.shared(filters),
            "headers": operation.headers(),
            "responses": operation.responses(),
            "schemas": schemas(),
        },
    }
