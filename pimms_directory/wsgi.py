import os

os.environ.setdefault("PIMMS_SERVING", "true")  # before settings load

from django.conf import settings
from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application

from pimms_directory.serving.request_ids import Observed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pimms_directory.settings")

django_application = application = get_wsgi_application()

# A server that would start with an incomplete configuration does not start.
BaseCommand().check(display_num_errors=False)

if settings.PAGE_CACHE_MB:
    from pimms_directory.serving.page_cache import PageCache
    from pimms_directory.serving.revision_watch import shared

    application = PageCache(  # type: ignore[assignment]
        django_application, settings.PAGE_CACHE_MB * 1024 * 1024, watch=shared
    )

if settings.METRICS_TOKEN:
    from pimms_directory.serving.metrics import Measured

    application = Measured(application)  # type: ignore[assignment]

application = Observed(application)  # type: ignore[assignment]
