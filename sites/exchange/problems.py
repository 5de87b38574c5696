"""What data addresses answer beside data: to pages of other origins, and where they refuse, as JSON (RFC 9457).

A data address is known by its ending. Whoever asks there is a program: it gets no page, and no guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from pimms_directory.base.folding import search_words
from sites.exchange.downloads.formats import json_text
from sites.exchange.schemas.json_schema import about
from sites.search.filters import SiteFilter
from sites.search.messages import hint_for, shown

MEDIA_TYPE = "application/problem+json"
DATA_ADDRESS = re.compile(r"(?:\.(?:csv|xlsx|json|geojson|jsonld|ttl|vcf|atom|bib|ris)|/SHA256SUMS)$", re.IGNORECASE)
# What mail and advertising add to links. It says nothing of what is asked for.
TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|mc|at|gad)_\w+|(?:fb|g|d|tt|tw|y)clid|msclkid|[gw]braid|_g[al]|igshid|srsltid"
)
# The reader of a file may be any web page.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Disposition, ETag, Link",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}
DETAILS = {
    400: gettext_lazy("Cette demande ne se comprend pas."),
    404: gettext_lazy("Rien n’est à cette adresse."),
    405: gettext_lazy("Cette adresse se lit (GET, HEAD) et ne s’écrit pas."),
    410: gettext_lazy("Cette fiche a été retirée de l’annuaire."),
    500: gettext_lazy("Une erreur s’est produite. Elle vient du site, pas de vous."),
    503: gettext_lazy("Les données ne peuvent pas être lues pour l’instant : réessayez dans un instant."),
}


class ParameterProblem(TypedDict):
    parameter: Annotated[str, about(gettext_noop("Nom du paramètre."))]
    value: Annotated[str, about(gettext_noop("Sa valeur, coupée si elle est longue."))]
    detail: Annotated[str, about(gettext_noop("Ce qui ne va pas, en une phrase."))]


# Problem details: https://www.rfc-editor.org/rfc/rfc9457
class Problem(TypedDict):
    type: Literal["about:blank"]
    title: Annotated[str, about(gettext_noop("Nom du code de réponse."))]
    status: int
    detail: Annotated[str, about(gettext_noop("Ce qui ne va pas, en une ou plusieurs phrases."))]
    errors: NotRequired[Annotated[list[ParameterProblem], about(gettext_noop("Une entrée par paramètre en cause."))]]


# Answers


def is_data(path: str) -> bool:
    return bool(DATA_ADDRESS.search(path))


def preflight() -> HttpResponse:
    """Whether a web page may send us a condition along with its question: it may."""
    return HttpResponse(status=204, headers=CORS | PREFLIGHT)


def make_fit_for_programs(response: HttpResponse) -> None:
    """The answer of a data address: readable from any origin, and JSON also where an error has a page."""
    if response.status_code >= 400 and response.headers["Content-Type"] != MEDIA_TYPE:
        response.content = body_of(response.status_code, detail_of(response.status_code))
        response.headers["Content-Type"] = MEDIA_TYPE
        response.headers["Content-Length"] = str(len(response.content))  # that of the page was counted before
    for header, value in CORS.items():
        response.headers[header] = value


def refusal(status: int, errors: Iterable[ParameterProblem]) -> HttpResponse:
    listed = list(errors)
    detail = " ".join(error["detail"] for error in listed)
    return HttpResponse(body_of(status, detail, errors=listed), status=status, content_type=MEDIA_TYPE)


def body_of(status: int, detail: str, **more: Any) -> str:
    found: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return json_text({**found, "detail": detail, **more}, indent=1) + "\n"


def detail_of(status: int) -> str:
    return str(DETAILS.get(status, DETAILS[400 if status < 500 else 500]))


# What is wrong with a question


def parameter_problem(name: str, value: str, hint: str, label: str = "") -> ParameterProblem:
    """``label``: what a page calls the parameter."""
    written, text = shown(value), _("« %(value)s » pour « %(label)s » : %(hint)s.")
    detail = text % {"value": written, "label": label or name, "hint": hint}
    return {"parameter": name, "value": written, "detail": detail}


def unknown_parameters(sent: QueryDict, known: Iterable[str]) -> Iterator[ParameterProblem]:
    """``regions=bretagne``: without this, the whole list would pass for that of a region."""
    for name, value in sent.items():
        if name not in known and not is_tracking(name):
            yield parameter_problem(shown(name), str(value), _("ce paramètre n’existe pas ici"))


def refuse_parameters(request: HttpRequest) -> HttpResponse | None:
    """Of a file that takes none: whoever sends one must not take the whole for a part."""
    errors = list(unknown_parameters(request.GET, ()))
    return refusal(400, errors) if errors else None


def repeated_parameters(sent: QueryDict) -> Iterator[ParameterProblem]:
    """``region=bretagne&region=normandie``: a list has one value of each, and none is left out in silence."""
    for name, values in sent.lists():
        if len(values) > 1 and not is_tracking(name):
            yield parameter_problem(shown(name), ", ".join(map(str, values)), _("donnez une seule valeur"))


def is_tracking(name: str) -> bool:
    return bool(TRACKING.fullmatch(name))


def bad_values(found: SiteFilter) -> Iterator[ParameterProblem]:
    for name in found.form.errors:
        yield parameter_problem(name, found.data[name], hint_for(found, name))
    if (words := found.query.get("q", "")) and not search_words(words):
        yield parameter_problem("q", words, _("écrivez un mot"))
    if found.is_half_a_position:
        name = "lat" if "lat" in found.values else "lon"
        yield parameter_problem(name, found.data[name], _("« lat » et « lon » vont ensemble"))
