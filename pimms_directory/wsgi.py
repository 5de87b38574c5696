import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pimms_directory.settings")

application = get_wsgi_application()

# A server that would start with an incomplete configuration does not start.
call_command("check", fail_level="ERROR", verbosity=0)
