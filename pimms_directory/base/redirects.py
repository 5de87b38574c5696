from django.http import HttpRequest, HttpResponsePermanentRedirect


def moved_to(request: HttpRequest, address: str) -> HttpResponsePermanentRedirect:
    """To an address of our own, for good, with the query string that came along."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
