from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError

from sites.staff.mail import message_for, recipients

# Its output is for the staff that read the admin, in French like the admin.


class Command(BaseCommand):
    help = "Sends staff a mail about what is due, new in the official list or unpublished, if a mail server is set."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMAIL_HOST:
            self.stdout.write("Aucun courriel n’est envoyé : EMAIL_URL n’est pas réglé.")
            return
        messages = [message for user in recipients() if (message := message_for(user))]
        if not messages:
            self.stdout.write("Aucun courriel n’est envoyé : rien n’attend, ou personne n’a d’adresse.")
            return
        failures = []
        for message in messages:
            message.connection = get_connection()  # of its own: one that broke must not keep the others
            try:
                message.send()
            except (SMTPException, OSError) as error:
                failures.append(str(error))
        self.stdout.write(f"Courriels envoyés : {len(messages) - len(failures)} sur {len(messages)}.")
        if failures:
            raise CommandError(f"Le serveur de courriel n’a pas tout pris : {failures[0]}")
