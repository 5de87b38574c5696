"""Texts hold nothing that a feed cannot carry, whatever way they come in."""

from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction

from sites.models import Site
from sites.staff.confirming import ConfirmForm
from tests.admin_pages import admin_page
from tests.editing.test_tables import edited, upload
from tests.factories import AssociationFactory, SiteFactory, WaveFactory
from tests.forms import filled
from tests.payloads.filling import fields, records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

BAD = {
    "bell": "\x07",
    "escape": "\x1b",
    "no character": "\ufffe",
    "right to left": "\u202e",
    "isolate": "\u2067",
    "C1": "\x85",
    "lost letter": "\ufffd",
}
each_bad = pytest.mark.parametrize("bad", BAD.values(), ids=BAD)


@each_bad
def test_a_form_says_which_character_and_where_and_changes_nothing(admin_client, bad):
    site = SiteFactory(name="PIMMS Dole")
    address = admin_page(Site, "change", site.pk)
    answer = admin_client.post(address, filled(admin_client.get(address), "site_form", name=f"PIMMS{bad} Dole"))
    assert answer.status_code == 200
    assert f"Un caractère invisible (U+{ord(bad):04X}) suit « PIMMS »" in answer.text
    assert Site.objects.get().name == "PIMMS Dole"


@each_bad
def test_a_table_is_refused_with_line_and_column(admin_client, bad):
    site = SiteFactory()
    found = upload(admin_client, Site, edited(Site, site.slug, address=f"1 rue{bad} X")).context["preview"]
    assert not found.changes
    assert "Ligne 2" in found.problems[0] and "Adresse postale" in found.problems[0] and "U+" in found.problems[0]


@pytest.mark.parametrize("bad", [*BAD.values(), "\0", "a\0"], ids=[*BAD, "NUL", "behind NUL"])
def test_the_database_refuses_them_in_every_text_of_every_kind(bad):
    taken = [f"{field}" for record in records() for field in text_fields(record) if takes(record, field, bad)]
    assert taken == []


def text_fields(record):
    """Names and mail addresses of accounts stand in no page, and are Django's."""
    return () if isinstance(record, User) else fields(type(record))


def takes(record, field, text) -> bool:
    try:
        with transaction.atomic():
            type(record)._base_manager.filter(pk=record.pk).update(**{field.attname: text[: field.max_length]})
    except (IntegrityError, DataError, ValueError):
        return False
    return True


@each_bad
def test_what_staff_say_of_a_source_is_text_as_well(bad):
    form = ConfirmForm({"detail": f"au{bad} téléphone", "day": "2020-01-01"})
    assert "U+" in str(form.errors["detail"])


@pytest.mark.parametrize("invisible", [*"\u200b\ufeff\u00ad\u034f\u180e\u2060\u2064\u206a\u206f\ufff9\ufffb\U000e0041"])
def test_what_has_no_width_is_left_out(invisible):
    site = SiteFactory.build(association=AssociationFactory(), wave=WaveFactory(), name=f"PIMMS {invisible}")
    site.clean_fields(exclude=["department", "commune"])
    assert site.name == "PIMMS"
    site.name = invisible
    with pytest.raises(ValidationError, match="name"):
        site.clean_fields()


def test_accents_are_composed_and_lines_and_tabs_stay():
    decomposed = "Pole\u0301 d’Orle\u0301ans"
    site = SiteFactory.build(
        association=AssociationFactory(), wave=WaveFactory(), name=decomposed, data_note="Une\n\tdeux"
    )
    site.clean_fields(exclude=["department", "commune"])
    assert (site.name, site.data_note) == ("Polé d’Orléans", "Une\n\tdeux")


@pytest.mark.parametrize("text", ["<b>&amp;</b>", "\u00a0\u202f", "١٢٣ \u200f", "🚌 bus"])
def test_what_xml_can_carry_reaches_the_feeds(client, text):
    SiteFactory(name=f"PIMMS {text}")
    feed = ElementTree.fromstring(b"".join(client.get("/flux.atom")))  # noqa: S314
    assert any(text in title.text for title in feed.iter("{http://www.w3.org/2005/Atom}title"))
