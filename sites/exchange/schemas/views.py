"""The descriptions of the data for programs."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from sites.exchange.answers import answer, answer_json
from sites.exchange.downloads.views import ExportFilter
from sites.exchange.licence import CSVW
from sites.exchange.schemas import catalogue, data_package
from sites.exchange.schemas.openapi.document import document
from sites.exchange.schemas.turtle import turtle


@require_safe
def table_schema(request: HttpRequest) -> HttpResponseBase:
    return answer_json(request, data_package.table_schema())


@require_safe
def csv_metadata(request: HttpRequest) -> HttpResponseBase:
    return answer_json(request, data_package.csv_metadata(), CSVW[1])


@require_safe
def catalogue_json_ld(request: HttpRequest) -> HttpResponseBase:
    return answer_json(request, catalogue.catalogue(), "application/ld+json")


@require_safe
def catalogue_turtle(request: HttpRequest) -> HttpResponseBase:
    text = turtle(catalogue.catalogue())
    return answer(request, lambda file: file.write(text.encode()), "text/turtle; charset=utf-8")


@require_safe
def package(request: HttpRequest) -> HttpResponseBase:
    return answer_json(request, data_package.data_package(settings.PUBLIC_ORIGIN))


@require_safe
def openapi_document(request: HttpRequest) -> HttpResponseBase:
    described = document(settings.PUBLIC_ORIGIN, ExportFilter)
    return answer_json(request, described, "application/vnd.oai.openapi+json;version=3.1")
