"""``/communes.json?q=``: at most ten communes for a reader who is still typing."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.generic import View

from pimms_directory.base.folding import fold
from sites.models import Commune
from sites.search.typed_place.numbers import arrondissement
from sites.search.typed_place.places import all_communes, name_begins, spellings


class CommuneSuggestions(View):
    def get(self, request: HttpRequest) -> JsonResponse:
        communes = suggest(request.GET.get("q", "")[:100])
        results = [
            {
                "insee_code": commune.insee_code,
                "name": commune.name,
                "department": (
                    {"code": commune.department.code, "name": commune.department.name} if commune.department else None
                ),
                "label": str(commune),
            }
            for commune in communes
        ]
        response = JsonResponse({"count": len(results), "results": results}, json_dumps_params={"ensure_ascii": False})
        patch_cache_control(response, public=True, max_age=3600)
        return response


def suggest(typed: str, limit: int = 10) -> list[Commune]:
    """``"gren"`` → Grenoble, Grenade …; ``"381"`` → the communes whose postcode begins so; ``"paris 18"`` → the 18e.

    Names that begin so come before names that contain it, and in each kind the largest first.
    """
    text = fold(typed)
    communes = all_communes()
    if text.isdigit():
        begins = Q(postcodes__code__startswith=text[:5]) if len(text) > 1 else Q(pk=None)
        return list(communes.filter(begins).distinct()[:limit])
    if not text:
        return []
    begins = Q()
    for spelling in spellings(text):
        begins |= name_begins(spelling)
    exactly = arrondissement(text)
    found = [place.commune for place in exactly.places[:1] if place.commune] if exactly else []
    found += communes.filter(begins)[:limit]
    if len(found) < limit:
        found += communes.filter(search_name__contains=f" {text}").exclude(begins)[: limit - len(found)]
    return list(dict.fromkeys(found))[:limit]
