"""What a press release changed in the list of the one before it.

A site is the same in both because the directory says so (``Listing.site``), never because the names look alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from labels.models import PressRelease
from pimms_directory.base.folding import misprint
from sites.models import Listing


@dataclass(frozen=True)
class Change:
    """One site in both releases."""

    line: Listing
    earlier: Listing
    # The earlier release prints this line more than once: which of them became which cannot be known.
    uncertain: bool = False


@dataclass
class Comparison:
    earlier: PressRelease
    announced: list[Listing] = field(default_factory=list)  # lines of sites not named before, marked as new
    unannounced: list[Listing] = field(default_factory=list)  # the same, not marked
    renamed: list[Change] = field(default_factory=list)
    completed: list[Change] = field(default_factory=list)  # the same name, with or without the place behind a dash
    misprinted: list[Change] = field(default_factory=list)  # one slip tells the names apart
    unchanged: list[Change] = field(default_factory=list)
    gone: list[Listing] = field(default_factory=list)  # lines of the earlier release whose site is not named any more

    @property
    def new_count(self) -> int:
        return len(self.announced) + len(self.unannounced)

    @property
    def uncertain(self) -> list[Change]:
        return [each for each in (*self.renamed, *self.completed, *self.misprinted, *self.unchanged) if each.uncertain]


def compare(lines: Iterable[Listing], earlier: PressRelease, earlier_lines: Iterable[Listing]) -> Comparison:
    """Sorts the sites of two releases; of a site printed twice in one of them, the first line counts."""
    lines, earlier_lines = list(lines), list(earlier_lines)
    before, after = _by_site(earlier_lines), _by_site(lines)
    printed = Counter(line.printed for line in earlier_lines)
    found = Comparison(earlier, gone=[line for site, line in before.items() if site not in after])
    for site, line in after.items():
        if site not in before:
            (found.announced if line.marked_new else found.unannounced).append(line)
            continue
        change = Change(line, before[site], uncertain=printed[before[site].printed] > 1)
        _kind_of(found, change).append(change)
    return found


def compare_with_release_before(release: PressRelease, lines: Iterable[Listing]) -> Comparison | None:
    """None for the first release. Two queries."""
    earlier = PressRelease.objects.before(release)
    return compare(lines, earlier, earlier.listings.with_site()) if earlier else None


def _by_site(lines: Iterable[Listing]) -> dict[int, Listing]:
    found: dict[int, Listing] = {}
    for line in lines:
        found.setdefault(line.site_id, line)
    return found


def _kind_of(found: Comparison, change: Change) -> list[Change]:
    line, earlier = change.line, change.earlier
    if line.folded_name == earlier.folded_name:
        return found.unchanged
    if line.folded_name_without_place == earlier.folded_name or line.folded_name == earlier.folded_name_without_place:
        return found.completed
    names = [(each.folded_name, each.folded_name_without_place) for each in (line, earlier)]
    if any(misprint(now, before) for now in names[0] for before in names[1]):
        return found.misprinted
    return found.renamed
