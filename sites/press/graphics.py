"""Charts and maps that a newspaper may print: what each shows, in plain values, with its title and its source.

The templates ``templates/sites/press/*.svg`` draw them; ``graphic_files.py`` answers with them, and with PNGs of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease
from labels.timeline import Chart
from pimms_directory.base.memo import memo_by_revision
from pimms_directory.base.templatetags.french import french_date, french_number
from sites.maps.outline import FRANCE, borders
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.label_count import label_count
from sites.pages.label_pages import chart
from sites.share_images.facts import PictureFacts, facts_of
from sites.share_images.typography import SANS, SERIF, fit, length

WIDTH, MARGIN = 1200, 48  # units of all graphics
INSIDE = WIDTH - 2 * MARGIN
TITLE, WORDS, FINE_PRINT = 44, 26, 20  # sizes of letters
CHART_SCALE = INSIDE / 320  # the chart of pages is drawn in units of 320
CHART_HEIGHT = round(200 * CHART_SCALE)
MAP_WIDTH = 820
MAP_SCALE = MAP_WIDTH / FRANCE[2]
MAP_HEIGHT = round(FRANCE[3] * MAP_SCALE)
ROW, BARS_FROM = 46, 430  # of the bars: the height of a row, where they begin


@dataclass(frozen=True)
class Line:
    """Words at their place, as wide as in our fonts: another one is squeezed into that."""

    y: int
    text: str
    width: int


@dataclass(frozen=True)
class Bar:
    y: int
    label: str
    text: str  # its number
    width: int


@dataclass(frozen=True)
class Drawing:
    """What stands between the words of a graphic."""

    template: str
    height: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Graphic:
    name: str  # of its address
    title: str
    words: str  # what it shows, in a sentence: for who does not see it, too
    drawing: Drawing
    titles: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    top: int = 0  # of the drawing
    sources: list[Line] = field(default_factory=list)
    height: int = 0
    width = WIDTH

    @property
    def svg_address(self) -> str:
        return reverse("press-svg", args=[self.name])

    @property
    def png_address(self) -> str:
        return reverse("press-png", args=[self.name])


def laid_out(name: str, title: str, words: str, drawing: Drawing, spoken: str = "") -> Graphic:
    """From top to bottom: the title, a sentence, the drawing, the source; ``spoken`` is what the drawing says."""
    titles, y = lines_of(title, TITLE, SERIF, MARGIN)
    lines, y = lines_of(words, WORDS, SANS, y + 8)
    words = f"{words} {spoken}".strip()
    top = y + 24
    contours = _("Contours : IGN, Admin Express, Licence Ouverte.") if "borders" in drawing.values else ""
    sources, y = lines_of(f"{source_line()} {contours}".strip(), FINE_PRINT, SANS, top + drawing.height + 20)
    return Graphic(name, title, words, drawing, titles, lines, top, sources, y + MARGIN // 2)


def lines_of(text: str, size: int, font: str, top: int) -> tuple[list[Line], int]:
    """The words in lines of this size, and where they end."""
    broken = fit(text, INSIDE, 1000, size, font)
    lines = [
        Line(top + number * broken.leading + size, line, round(length(line, font, size)))
        for number, line in enumerate(broken.lines)
    ]
    return lines, top + broken.height


def source_line() -> str:
    """What must be printed with every graphic."""
    count = label_count()
    releases = _("communiqués de l’Union nationale des PIMMS (%(years)s)") % {"years": count.years}
    listed = _("liste officielle de l’ANCT (%(date)s)") % {"date": french_date(count.listed_on)}
    named = [*([releases] if count.years else []), *([listed] if count.listed_on else [])]
    return _("Source : %(sources)s, Licence Ouverte 2.0 ; %(address)s.") % {
        "sources": _(" et ").join(named),
        "address": urlsplit(settings.PUBLIC_ORIGIN).netloc,
    }


@memo_by_revision(maxsize=1)
def graphics() -> dict[str, Graphic]:
    """By name, in the order of the page."""
    found = (*over_time(), *by_region(), map_of_all(), *map(map_of_release, lookup_tables().releases.values()))
    return {each.name: each for each in found}


def over_time() -> Iterator[Graphic]:
    line: Chart | None = chart(lookup_tables())
    if not line:
        return
    words = _("Nombre de PIMMS qui portent le label, d’après les dates des fiches de l’annuaire%(day)s.") % {
        "day": label_count().day
    }
    steps = _(" ; ").join(f"{french_number(step.total)} le {french_date(step.on)}" for step in line.steps)
    drawing = Drawing("sites/press/_chart.svg", CHART_HEIGHT, {"chart": line, "scale": CHART_SCALE})
    yield laid_out("courbe", _("Les PIMMS labellisés France Services dans le temps"), words, drawing, f"{steps}.")


def by_region() -> Iterator[Graphic]:
    regions = sorted(lookup_tables().regions.values(), key=lambda region: (-region.site_count, region.slug))
    regions = [region for region in regions if region.site_count]
    if not regions:
        return
    unit = (INSIDE - BARS_FROM - 60) / regions[0].site_count
    bars = [
        Bar(number * ROW, region.name, french_number(region.site_count), round(region.site_count * unit))
        for number, region in enumerate(regions)
    ]
    spoken = _(" ; ").join(f"{bar.label}, {bar.text}" for bar in bars)
    words = _("%(count)s. Les régions qui n’en ont pas ne figurent pas.") % {"count": label_count().sentence}
    drawing = Drawing("sites/press/_bars.svg", len(bars) * ROW, {"bars": bars, "from": BARS_FROM})
    yield laid_out("regions", _("Les PIMMS labellisés par région"), words, drawing, f"{spoken}.")


def map_of_all() -> Graphic:
    moving = Site.objects.labelled().filter(position_latitude=None).count()
    words = [label_count().sentence + ".", *without_a_point(moving)]
    return map_graphic("carte", _("Où sont les PIMMS labellisés France Services"), words, facts_of(None))


def map_of_release(release: PressRelease) -> Graphic:
    facts = facts_of(release)
    listed = release.listings.count()
    new = release.listings.filter(marked_new=True).count()
    title = _("Les %(count)s PIMMS du communiqué du %(date)s") % {
        "count": french_number(listed),
        "date": french_date(release.published_on),
    }
    text = ngettext("En orange, %(new)s nouveau PIMMS.", "En orange, les %(new)s nouveaux PIMMS.", new)
    moving = Site.objects.public().filter(listings__release=release, position_latitude=None).distinct().count()
    words = [*([text % {"new": french_number(new)}] if new else []), *without_a_point(moving)]
    return map_graphic(f"carte-{release.slug}", title, words, facts)


def map_graphic(name: str, title: str, words: Sequence[str], facts: PictureFacts) -> Graphic:
    overseas = [f"{facts.text.beyond}."] if facts.text.beyond else []
    values = {
        "borders": borders().items(),
        "shaded": facts.shaded,
        "points": facts.points,
        "others": facts.others,
        "scale": MAP_SCALE,
        "left": (INSIDE - MAP_WIDTH) // 2,
        "radius": round(9 / MAP_SCALE),
    }
    return laid_out(name, title, " ".join([*words, *overseas]), Drawing("sites/press/_map.svg", MAP_HEIGHT, values))


def without_a_point(moving: int) -> list[str]:
    text = ngettext(
        "%(count)s PIMMS sans lieu fixe n’a pas de point.", "%(count)s PIMMS sans lieu fixe n’ont pas de point.", moving
    )
    return [text % {"count": french_number(moving)}] if moving else []
