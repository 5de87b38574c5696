"""``/a-quoi-ca-sert/``: what a PIMMS does for people; and the page that asks where they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.generic import TemplateView

from sites.pages.help import facts
from sites.pages.help.sources import SOURCES
from sites.search.needs import ALL, OFTEN_ASKED, Need
from sites.search.typed_need import PARAMETER

NUMBERS = {source.key: number for number, source in enumerate(SOURCES, 1)}


class Help(TemplateView):
    template_name = "sites/pages/help.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            first=map(shown, facts.FIRST),
            subjects=map(shown, facts.SUBJECTS),
            more=map(shown, facts.MORE),
            sources=SOURCES,
            **kwargs,
        )


def shown(part: facts.Part) -> dict[str, Any]:
    """A paragraph with the numbers of its sources, and the needs that it answers."""
    return {
        "slug": part.slug,
        "title": part.title,
        "facts": [(fact.text, [NUMBERS[key] for key in fact.sources]) for fact in part.facts],
        "needs": [need for need in ALL if need.topic == part.slug],
    }


def ask_where(request: HttpRequest, need: Need) -> HttpResponse:
    """A need without a place: that it is answered in every PIMMS, and the question where the reader is."""
    kept = [(name, value) for name, value in request.GET.items() if name not in (PARAMETER, "lieu", "page") and value]
    context = {"need": need, "kept": kept, "others": [each for each in OFTEN_ASKED if each is not need]}
    return TemplateResponse(request, "sites/search/need.html", context)
