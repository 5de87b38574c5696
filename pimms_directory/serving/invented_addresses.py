"""That an address has no page is kept by nginx only where it had one: else anyone could fill its disk with addresses
that they invent, and push out the pages that are kept for outages.

nginx asks with the ETag of the page that it has (docs/deploy/nginx.conf.template: ``proxy_cache_revalidate``) and
passes on no condition of a reader. Without one it has no page, or knows already that there is none.
"""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[..., Iterable[bytes]]

NO_PAGE = ("301", "404", "410")  # as in the configuration of nginx


class InventedAddresses:
    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if status.startswith(NO_PAGE) and "HTTP_IF_NONE_MATCH" not in environ:
                headers = [*headers, ("X-Accel-Expires", "0")]
            return start_response(status, headers, exc_info)

        return self.application(environ, start)
