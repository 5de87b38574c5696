import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from pimms_directory.staff.roles import ROLES


class Command(BaseCommand):
    help = (
        "Makes an account for the admin. The password is asked for, or read from standard input with --password-stdin: "
        "never given on the command line, where other users of the machine and the shell's history would see it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", required=True, choices=sorted(ROLES), action="append", dest="roles")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, username: str, email: str, roles: list[str], **options: Any) -> None:
        account = User(username=username, email=email, is_staff=True)
        try:
            account.full_clean(exclude=["password"])
            password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else self.ask_password()
            validate_password(password, account)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        account.set_password(password)
        with transaction.atomic():
            account.save()
            account.groups.set(Group.objects.filter(name__in=[ROLES[role].name for role in roles]))
        self.stdout.write(f"{username}: {', '.join(ROLES[role].name for role in roles)}.")

    @staticmethod
    def ask_password() -> str:
        if not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask for a password. Send it with --password-stdin.")
        password = getpass("Password: ")
        if password != getpass("Again: "):
            raise CommandError("The two passwords differ: no account was made.")
        return password
