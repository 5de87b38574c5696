"""The table of OWASP ASVS is whole, and leads to what there is. ``make audit ONLY=asvs`` runs the tests it names."""

from collections import Counter

import pytest

from pimms_directory.staff.guide import anchor
from tests.asvs_table import ROOT, STANDARD, answers, chapters, functions_of, standard

pytestmark = pytest.mark.one_database


def test_every_requirement_of_levels_1_and_2_is_answered_once():
    assert "5.0.0" in STANDARD.name
    assert len(standard()) == 253
    assert Counter((each.number, each.level) for each in answers()) == standard()
    assert set(chapters()) == {each.chapter for each in answers()}


def test_every_answer_is_of_one_kind_and_has_a_subject():
    assert [each.number for each in answers() if each.kind == "unanswered" or len(each.subject) < 3] == []


def test_every_test_that_it_names_exists():
    missing = [
        (each.number, file, name) for each in answers() for file, name in each.tests if name not in functions_of(file)
    ]
    assert missing == []
    assert sum(len(each.tests) for each in answers()) > 150


def test_every_reason_is_a_sentence():
    for each in answers():
        if each.kind in ("does not apply", "not met"):
            reason = each.text.partition(": ")[2]
            assert len(reason.split()) >= 2 and reason.rstrip("`)").endswith("."), each.number


def test_every_section_that_it_names_exists():
    named = {section for each in answers() for section in each.sections}
    assert named
    for file, section in named:
        lines = (ROOT / "docs" / file).read_text("utf-8").splitlines()
        headings = {anchor(line.lstrip("#").strip()) for line in lines if line.startswith("#")}
        assert section in headings, (file, section)
