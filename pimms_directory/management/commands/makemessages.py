from fnmatch import fnmatch
from typing import Any

from django.core.management.commands import makemessages

# What citizens' pages say: nothing of the press, of data and of staff is translated.
CITIZENS = """
    pimms_directory/base/templatetags/french.py pimms_directory/base/templatetags/languages.py
    sites/hours/notices.py sites/hours/opening_hours.py sites/maps/counted_maps.py sites/maps/page_map.py
    sites/maps/site_maps.py sites/models/site_display.py sites/pages/help/facts.py sites/pages/label_count.py
    sites/pages/site_list.py sites/search/*.py
    templates/404.html templates/410.html templates/500.html templates/503.html templates/bare.html
    templates/base.html templates/home.html templates/about.html templates/_languages.html
    templates/_qr_code.html templates/sites/maps/* templates/sites/search/*
    templates/sites/pages/_card*.html templates/sites/pages/_elsewhere.html templates/sites/pages/_help_part.html
    templates/sites/pages/_hours.html templates/sites/pages/_keep.html templates/sites/pages/_nearest_departments.html
    templates/sites/pages/_periods.html templates/sites/pages/_reach.html templates/sites/pages/_standing.html
    templates/sites/pages/_tile.html templates/sites/pages/_today.html templates/sites/pages/_what_for.html
    templates/sites/pages/help.html templates/sites/pages/site_detail.html
""".split()  # noqa: SIM905 (reads better)


class Command(makemessages.Command):
    """Gathers the sentences of the citizens' pages alone: ``make messages``."""

    def find_files(self, root: str) -> list[Any]:
        found = super().find_files(root)
        return [each for each in found if any(fnmatch(each.path.removeprefix("./"), name) for name in CITIZENS)]

    def copy_plural_forms(self, msgs: str, locale: str) -> str:
        """Easy French has those of French."""
        return super().copy_plural_forms(msgs, locale.partition("_")[0])
