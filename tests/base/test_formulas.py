"""Cells that a spreadsheet would compute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimms_directory.base.spreadsheets import defused, restored

pytestmark = pytest.mark.one_database


@given(st.text(alphabet="'=+-@\t\r a1"))
def test_text_is_defused_and_can_be_had_back(text):
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert restored(defused(text)) == text


@pytest.mark.parametrize("value", [-2, -1.5, None, True, "", "plain", "'quoted", "x=1"])
def test_what_is_no_formula_stays_as_it_is(value):
    assert defused(value) is value
