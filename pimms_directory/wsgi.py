import os
import sys

os.environ.setdefault("PIMMS_SERVING", "true")  # before settings load

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, SystemCheckError
from django.core.wsgi import get_wsgi_application

from pimms_directory.serving.invented_addresses import InventedAddresses
from pimms_directory.serving.request_ids import RequestIds

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pimms_directory.settings")

# A server that would start with an incomplete configuration does not start, and says why without a traceback.
try:
    django_application = application = get_wsgi_application()
    BaseCommand().check(display_num_errors=False)
except (ImproperlyConfigured, SystemCheckError) as error:
    sys.exit(str(error))

if settings.PAGE_CACHE_MB:
    from pimms_directory.query_parameters import NEVER_KEPT, READ
    from pimms_directory.serving.page_cache import PageCache

    application = PageCache(  # type: ignore[assignment]
        django_application, settings.PAGE_CACHE_MB * 1024 * 1024, READ, NEVER_KEPT
    )

if settings.METRICS_TOKEN:
    from pimms_directory.serving import metrics  # noqa: F401  (before the workers start, which share it)

application = RequestIds(InventedAddresses(application))  # type: ignore[assignment]
