"""What makes committed files from their sources, run by hand when a source changes: ``python -m tests.builders.icons``.

It is no part of the served site, so that the image does without it.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pimms_directory.settings")
django.setup()
