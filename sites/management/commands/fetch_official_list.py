from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pimms_directory.base.spreadsheets import BrokenFile
from pimms_directory.base.templatetags.french import french_date
from sites.staff.official_list.fetching import fetch
from sites.staff.official_list.news import news_of

# Its output is for the staff that read the admin, in French like the admin.


class Command(BaseCommand):
    help = "Asks OFFICIAL_LIST_URL for the State agency's list, keeps a new one, says what it brings; no site changes."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            fetched = fetch()
        except BrokenFile as problem:
            raise CommandError(str(problem)) from problem
        official_list = fetched.official_list
        if not fetched.is_new:
            day = french_date(official_list.published_on)
            self.stdout.write(f"Rien de nouveau : l’adresse donne toujours la liste du {day}.")
        self.stdout.write(news_of(official_list))
        for sentence in official_list.content["left_out"] if fetched.is_new else ():
            self.stdout.write(f"  ! Laissée de côté : {sentence}")
        self.stdout.write(f"À comparer : {settings.PUBLIC_ORIGIN}{official_list.get_absolute_url()}")
