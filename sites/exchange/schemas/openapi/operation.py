"""One address of the document, with its answers: what it gives, and where it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sites.exchange.problems import MEDIA_TYPE, is_data
from sites.exchange.schemas.json_schema import Schema, reference
from sites.exchange.schemas.openapi.parameters import CONDITION, TEXT

JSON, CSV, PNG, ATOM = "application/json", "text/csv", "image/png", "application/atom+xml"
BINARY: Schema = {"type": "string", "format": "binary"}
ANY_OBJECT: Schema = {"type": "object", "additionalProperties": True}  # as others describe it, or as of a day
# Of every address; 429 is of the server that stands before ours (docs/deploy).
ALWAYS = (304, 429, 503)


@dataclass(frozen=True)
class Operation:
    """``id`` is a promise, as the address is: generated clients name their functions after it."""

    id: str
    path: str
    tag: str
    summary: str
    description: str
    schema: Schema
    media: str = JSON
    parameters: tuple[Schema, ...] = ()
    refusals: tuple[int, ...] = ()
    names_licence: bool = True
    is_saved: bool = False  # under a name that the answer gives
    described_at: str = ""  # the standard that it follows

    @property
    def item(self) -> Schema:
        standard = {"externalDocs": {"url": self.described_at}} if self.described_at else {}
        return {
            "get": {
                "operationId": self.id,
                "tags": [self.tag],
                "summary": self.summary,
                "description": self.description,
                **standard,
                "parameters": [*self.parameters, CONDITION],
                "responses": {"200": self.found, **self.others()},
            }
        }

    @property
    def found(self) -> Schema:
        return {
            "description": self.summary,
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in self.headers},
            "content": {self.media: {"schema": self.schema}},
        }

    @property
    def headers(self) -> list[str]:
        asked = {
            "ETag": True,  # of its own, or by the page cache
            "Link": self.names_licence,
            "Cache-Control": True,
            "Content-Disposition": self.is_saved,
            "Access-Control-Allow-Origin": is_data(self.path),
        }
        return [name for name, is_there in asked.items() if is_there]

    def others(self) -> dict[str, Schema]:
        """Pictures have pages where they refuse, as whoever follows a link to one is no program."""
        moved = (301,) if "{" in self.path else ()
        names = NAMES if is_data(self.path) else NAMES | {status: f"{NAMES[status]}Page" for status in PAGES}
        statuses = sorted({*moved, *self.refusals, *ALWAYS})
        return {str(status): {"$ref": f"#/components/responses/{names[status]}"} for status in statuses}


def array_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


# Components


NAMES = {
    301: "Moved",
    304: "NotModified",
    400: "BadRequest",
    404: "NotFound",
    410: "Gone",
    429: "TooManyRequests",
    501: "NotImplemented",
    503: "Unavailable",
}
PAGES = (404, 410, 503)
WORDS = {
    301: "La fiche a changé d’adresse, pour toujours.",
    304: "Rien n’a changé depuis la réponse qui portait cet ETag.",
    400: "Un paramètre n’existe pas, manque, ou sa valeur ne convient pas : « errors » les nomme.",
    404: "Rien n’est à cette adresse.",
    410: "La fiche a été retirée.",
    429: "Le serveur reçoit trop de demandes de cette adresse IP : réessayez plus tard.",
    501: "Seul JSON existe ici.",
    503: "Les données ne peuvent pas être lues pour l’instant : réessayez dans un instant.",
}
HEADERS_OF = {301: ("Location",), 304: ("ETag",), 503: ("Retry-After",)}
# An answer that must have one says so.
HEADERS: dict[str, Schema] = {
    "ETag": {"description": "Change avec le contenu, et avec lui seul : à renvoyer dans If-None-Match."},
    "Link": {"description": "La licence (rel=license) et ce qui décrit la réponse (rel=describedby), RFC 8288."},
    "Cache-Control": {"description": "Combien de temps la réponse peut être gardée sans redemander."},
    "Content-Disposition": {"description": "Le nom du fichier, avec la date des données."},
    "Access-Control-Allow-Origin": {"description": "Toujours « * » : une page de n’importe quel site peut lire."},
    "Location": {"description": "La nouvelle adresse."},
    "Retry-After": {"description": "Secondes à attendre avant de redemander."},
}


def headers() -> dict[str, Schema]:
    return {name: {**words, "schema": TEXT} for name, words in HEADERS.items()}


def responses() -> dict[str, Schema]:
    """What is no find, once for all addresses."""
    of_programs = {name: response(status, content_of(status)) for status, name in NAMES.items()}
    of_pages = {f"{NAMES[status]}Page": response(status, PAGE) for status in PAGES}
    return {**of_programs, **of_pages}


def response(status: int, content: Schema) -> Schema:
    named = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS_OF.get(status, ())}
    found: dict[str, Any] = {"description": WORDS[status], **({"headers": named} if named else {})}
    return {**found, "content": content} if content else found


def content_of(status: int) -> Schema:
    if status == 304:
        return {}
    return PAGE if status in (301, 429) else {MEDIA_TYPE: {"schema": reference("Problem")}}


PAGE: Schema = {"text/html": {"schema": TEXT}}
