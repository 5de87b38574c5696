from datetime import date
from types import SimpleNamespace

import pytest

from tests.audit.__main__ import judged, parts
from tests.audit.section import Section, as_markdown, write
from tests.audit.servers import Servers

pytestmark = pytest.mark.one_database

SECTION = Section("Scale 1.2", ["page", "weight"], [["/", 3], ["/a|b", "4\nkg"]], "all below 5 kg.", True, ["Weighed."])
INTRO = "# Audit\n\nWhat this page is.\n"


def test_a_section_says_when_with_what_and_how_it_ended():
    assert as_markdown("Weights", SECTION, date(2026, 3, 1)) == (
        "## Weights\n\n1 March 2026, Scale 1.2.\n\n"
        "| page | weight |\n|---|---|\n| / | 3 |\n| /a\\|b | 4 kg |\n\nWeighed.\n\n**Passed**: all below 5 kg."
    )


def test_sections_stand_in_the_order_of_names_whichever_came_first():
    forth = write(write(write(INTRO, "b", "B"), "a", "A"), "c", "C")
    assert forth == write(write(write(INTRO, "c", "C"), "a", "A"), "b", "B")
    assert forth.startswith(INTRO)
    assert forth.index("A\n") < forth.index("B\n") < forth.index("C\n")


def test_a_section_is_replaced_and_the_others_stay():
    three = write(write(write(INTRO, "a", "A"), "b", "old\n\ntext"), "c", "C")
    new = write(three, "b", "new")
    assert new == three.replace("old\n\ntext", "new")
    assert write(new, "b", "new") == new


def test_a_part_that_misses_its_bar_is_written_and_told(tmp_path):
    document = tmp_path / "audit.md"
    document.write_text(write(INTRO, "other", "stays"))
    missed = Section("Scale 1.2", ["page"], [["/"]], "6 kg.", False)
    part = SimpleNamespace(TITLE="Weights", SERVED=None, run=lambda origin: missed)
    with Servers() as servers:
        assert judged("weights", part, servers, document) is False
    assert "**Not passed**: 6 kg." in document.read_text()
    assert "stays" in document.read_text()


def test_each_part_says_what_it_is_and_where_it_runs():
    for part in parts().values():
        assert part.TITLE and callable(part.run)
        assert getattr(part, "SERVED", "locally") in (*Servers.KINDS, None)
