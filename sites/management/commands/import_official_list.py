from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from pimms_directory.base.spreadsheets import BrokenFile
from pimms_directory.base.templatetags.french import french_date
from sites.staff.official_list.applying import apply
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.entries import Comparison, Difference, Entry
from sites.staff.official_list.reading import LARGEST_BYTES, check_size, from_file, keep

# Its output is for the staff that read the admin, in French like the admin.


class Command(BaseCommand):
    help = "Compares the directory with the State agency's list; --apply takes over what nothing speaks against."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV of the official list")
        parser.add_argument("--apply", action="store_true", help="write; without it, only say what would change")
        parser.add_argument("--date", type=date.fromisoformat, help="the day of the list, if its name does not tell")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as stream:
                data = stream.read(LARGEST_BYTES + 1)  # of a device or a pipe, too, whose size nobody knows
            check_size(max(len(data), path.stat().st_size))
            official_list = from_file(path.name, data, options["date"])
        except (BrokenFile, OSError) as error:
            raise CommandError(f"{path.name} : {error}") from error
        comparison = compare(official_list)
        self.report(comparison, official_list.row_count)
        for sentence in official_list.content["left_out"]:
            self.stdout.write(f"  ! Laissée de côté : {sentence}")
        if not options["apply"]:
            if comparison.ticked:
                self.stdout.write("Rien n’a été écrit : ajoutez --apply pour reprendre ce qui est coché [x].")
            return
        with transaction.atomic():
            outcome = apply(keep(official_list), keys=None)
        for sentence in outcome.refused:
            self.stdout.write(f"  ! {sentence}")
        self.stdout.write(
            f"Valeurs reprises : {len(outcome.taken)}. Sites créés : {len(outcome.created)} ; "
            f"modifiés : {len(outcome.changed)}."
        )

    def report(self, comparison: Comparison, row_count: int) -> None:
        self.stdout.write(f"{comparison.source} : lignes {row_count}, dont suivies {len(comparison.entries)}.")
        for title, entries in (("Sites nouveaux", comparison.new), ("Sites différents", comparison.changed)):
            if entries:
                self.stdout.write(f"\n{title} ({len(entries)})")
            for entry in entries:
                self.write_entry(entry)
        if comparison.gone:
            self.stdout.write(f"\nAbsents de la liste ({len(comparison.gone)})")
            for site in comparison.gone:
                self.stdout.write(f"  {site.name} (n° {site.official_id})")
        if not comparison.ticked:
            self.stdout.write("\nRien à reprendre.")
        self.stdout.write(
            f"\nValeurs à reprendre : {len(comparison.ticked)} ; à décider dans l’administration : "
            f"{len(comparison.doubtful)}. Sites sans différence : {len(comparison.unchanged)} ; avec des différences "
            f"connues seulement : {len(comparison.known)} ; absents : {len(comparison.gone)}. "
            f"Liste du {french_date(comparison.published_on)}."
        )

    def write_entry(self, entry: Entry) -> None:
        self.stdout.write(f"  {entry.title} (n° {entry.official_id}, ligne {entry.row.line})")
        for problem in entry.problems:
            self.stdout.write(f"    ! {problem}")
        for difference in entry.differences:
            self.stdout.write(f"    {line(difference)}")


def line(difference: Difference) -> str:
    mark = "[x]" if difference.is_ticked else "[ ]" if difference.new.is_readable else " – "
    change = f"{difference.old or '–'} → {difference.new.text or '–'}"
    doubts = f" ({' '.join(difference.doubts)})" if difference.doubts else ""
    return f"{mark} {difference.label} : {change}{doubts}"
