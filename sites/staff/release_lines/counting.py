"""The totals of the lines beside the figures that the release announces."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labels.models import KeyFigure, PressRelease
from pimms_directory.base.folding import fold
from sites.models import Department, Listing, Region, Site
from sites.staff.release_lines.proposing import NewSite


@dataclass(frozen=True)
class Total:
    """One number of the lines, and what the release says of it, if anything."""

    caption: str
    counted: int
    figure: KeyFigure | None = None
    note: str = ""

    @property
    def difference(self) -> int:
        return self.counted - self.figure.value if self.figure else 0

    @property
    def verdict(self) -> str:
        if self.figure is None:
            return _("le communiqué n’en dit rien")
        return _("différent (%(difference)+d)") % {"difference": self.difference} if self.difference else _("égal")


CAPTIONS = {
    "lines": gettext_lazy("lignes"),
    "new": gettext_lazy("lignes signalées comme nouvelles"),
    "departments": gettext_lazy("départements imprimés"),
    "regions": gettext_lazy("régions imprimées"),
    "mobile": gettext_lazy("structures itinérantes"),
}
# A figure says in its caption what it counts; the first that fits.
SAID_BY: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("departments", lambda words: words.startswith("departement")),
    ("regions", lambda words: words.startswith("region")),
    ("mobile", lambda words: "itinerant" in words or "bus" in words.split()),
    ("new", lambda words: words.startswith(("nouve", "site nouve", "sites nouve")) or "supplementaire" in words),
    ("lines", lambda words: "pimms" in words or words.startswith(("site", "structure"))),
)


def subject_of(figure: KeyFigure) -> str:
    """Which of ``CAPTIONS`` a figure announces; empty for another subject."""
    words = fold(figure.caption)
    return next((subject for subject, fits in SAID_BY if fits(words)), "")


def totals(release: PressRelease, lines: Collection[tuple[Listing, Site | NewSite | None]]) -> list[Total]:
    """Of lines, saved or not, each with the site that it means, if that is known.

    Only figures that "concern the wave" are compared: the network as a whole is another matter.
    """
    departments = {fold(each.name): each for each in Department.objects.select_related("region")}
    regions = {fold(each.name): each for each in Region.objects.all()}
    numbers = {"lines": len(lines), "new": 0, "mobile": 0}
    printed_in, printed_under, stand_in = set(), set(), set()
    for listing, site in lines:
        numbers["new"] += listing.marked_new
        numbers["mobile"] += bool(site and site.kind == Site.Kind.MOBILE)
        texts = [fold(listing.department_printed), fold(listing.region_printed)]  # a line may slip by a column
        printed = next((departments[text] for text in texts if text in departments), None)
        printed_in.add(printed)
        printed_under.add(regions.get(texts[1]) or (printed.region if printed else None))
        stand_in.add(site.department if site else None)
    numbers |= {"departments": len(printed_in - {None}), "regions": len(printed_under - {None})}
    figures = [each for each in release.figures.order_by("position") if each.concerns_wave]
    by_subject = {subject: [each for each in figures if subject_of(each) == subject] for subject in CAPTIONS}
    count = len(stand_in - {None})
    where = ngettext("les sites sont dans %d département", "les sites sont dans %d départements", count) % count
    return [
        Total(str(caption), numbers[subject], figure, where if subject == "departments" else "")
        for subject, caption in CAPTIONS.items()
        for figure in by_subject[subject] or [None]  # type: ignore[list-item]
    ]
