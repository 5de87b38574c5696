"""The pages and files of dated versions, at addresses that answer for ever.

A past day on which nothing changed has the version before it, for good (301). A day that is not over may get one of
its own; a day before the first version never had any: 404.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from pimms_directory.base.addresses import moved_to
from pimms_directory.base.templatetags.french import french_date
from sites.exchange import problems
from sites.exchange.answers import answer_json
from sites.exchange.licence import link_header
from sites.versions import documents
from sites.versions.keeping import WRITTEN_BY
from sites.versions.models import DirectoryVersion
from sites.versions.words import words_of

NEWEST = 5  # versions that the list shows with their files; the others by their date
YEAR = 365 * 24 * 60 * 60
PLAIN_TEXT = "text/plain; charset=utf-8"


class VersionList(TemplateView):
    template_name = "sites/versions/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        newest = DirectoryVersion.objects.with_files()[:NEWEST]
        older = DirectoryVersion.objects.defer("changes")[NEWEST:]
        return super().get_context_data(newest=words_of(newest), older=older, **kwargs)


@require_safe
def version_index(request: HttpRequest) -> HttpResponseBase:
    return problems.refuse_parameters(request) or answer_json(
        request, documents.index(DirectoryVersion.objects.with_files())
    )


@require_safe
def version(request: HttpRequest, day: str, name: str = "") -> HttpResponseBase:
    """What the directory said at the end of a day: its page, or one of its files by ``name``."""
    wanted = day_of(day)
    found = DirectoryVersion.objects.with_files().in_force(wanted)
    if found is None or (found.day < wanted and wanted >= timezone.localdate()):
        return no_version(request, wanted, name)
    if found.day < wanted:
        return moved_to(request, found.get_absolute_url() + name)
    return FILES[name](request, found, name)


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2024-02-31
        raise Http404 from None


def no_version(request: HttpRequest, day: date, name: str) -> HttpResponse:
    first, newest = DirectoryVersion.objects.last(), DirectoryVersion.objects.first()
    if first is None or newest is None:
        sentence = _("Il n’y a pas encore de version datée.")
    elif day < first.day:
        sentence = _("La première version est du %(date)s.") % {"date": french_date(first.day)}
    else:
        sentence = _("Ce jour n’est pas fini ; la version la plus récente est du %(date)s.") % {
            "date": french_date(newest.day)
        }
    if not name:
        return render(request, "sites/versions/none.html", {"day": day, "sentence": sentence}, status=404)
    return HttpResponse(problems.body_of(404, sentence), status=404, content_type=problems.MEDIA_TYPE)


# What stands at the address of a version


def page(request: HttpRequest, found: DirectoryVersion, name: str) -> HttpResponseBase:
    (words,) = words_of([found])
    neighbours = DirectoryVersion.objects.defer("changes")
    context = {
        "version": found,
        "words": words,
        "before": neighbours.filter(day__lt=found.day).first(),
        "after": neighbours.filter(day__gt=found.day).last(),
    }
    return render(request, "sites/versions/version.html", context)


def stored_file(request: HttpRequest, found: DirectoryVersion, name: str) -> HttpResponseBase:
    file = found.files.get(kind=name.rpartition(".")[2])
    view = WRITTEN_BY[file.kind]
    etag = f'"{file.sha256}"'
    disposition = content_disposition_header(view.attach, file.saved_name)
    headers = {"ETag": etag, "Content-Disposition": str(disposition), "Link": link_header(view.described_by)}
    response = HttpResponse(file.content, content_type=view.content_type, headers=headers)
    if not found.is_provisional:
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    return problems.refuse_parameters(request) or get_conditional_response(request, etag, response=response) or response


def changes(request: HttpRequest, found: DirectoryVersion, name: str) -> HttpResponseBase:
    before = DirectoryVersion.objects.defer("changes").filter(day__lt=found.day).first()
    return problems.refuse_parameters(request) or answer_json(request, documents.changes_of(found, before))


def checksums(request: HttpRequest, found: DirectoryVersion, name: str) -> HttpResponseBase:
    """For ``sha256sum --check``."""
    lines = [f"{file.sha256}  {file.saved_name}\n" for file in found.files.all()]
    return problems.refuse_parameters(request) or HttpResponse("".join(lines), content_type=PLAIN_TEXT)


FILES: dict[str, Callable[[HttpRequest, DirectoryVersion, str], HttpResponseBase]] = {
    "": page,
    **dict.fromkeys((f"pimms.{kind}" for kind in WRITTEN_BY), stored_file),
    "changements.json": changes,
    "SHA256SUMS": checksums,
}
