import os

from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pimms_directory.settings")

application = get_wsgi_application()

# A server that would start with an incomplete configuration does not start.
BaseCommand().check(display_num_errors=False)
