"""``/communes.json?q=``: at most ten communes for a reader who is still typing."""

from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.generic import View

from sites.search.typed_place import suggest


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
