"""Where a record is chosen, a form may be sent what is no record's key."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from sites.models import Site
from tests.admin_pages import MODELS, admin_page
from tests.forms import filled
from tests.payloads.filling import records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


KEYS = pytest.mark.parametrize("key", ["x", "9" * 30])


@KEYS
def test_what_is_no_key_is_refused_where_it_stands(admin_client, rf, key):
    looked_up = 0
    for record in records():
        model_admin = admin.site.get_model_admin(type(record))
        if type(record) not in MODELS:
            continue
        address = admin_page(type(record), "change", record.pk)
        page = admin_client.get(address)
        for name in model_admin.get_autocomplete_fields(rf.get("/")):
            form = f"{type(record)._meta.model_name}_form"
            answer = admin_client.post(address, filled(page, form, **{name: key}))
            assert answer.status_code == 200 and "errorlist" in answer.text, (record, name)
            looked_up += 1
    assert looked_up > 10


@pytest.mark.parametrize(
    ("lookup", "value"),
    [
        *(("slug__regex", "("), ("slug__iregex", "^(a*)*$")),
        *(("slug__exact", "\0"), ("publication__in", "a,\0"), ("kind__exact", ["mobile", "a\0"])),
    ],
)
def test_no_list_is_filtered_by_a_pattern_or_what_no_text_holds(admin_client, lookup, value):
    address = admin_page(Site, "changelist")
    answer = admin_client.get(address, {lookup: value}, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    assert "n’est pas possible" in answer.text


@KEYS
def test_what_is_no_key_is_chosen_from_no_list(admin_client, key):
    lists = [reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in (*MODELS, User)]
    for address in lists:
        answer = admin_client.post(address, {"action": "delete_selected", "_selected_action": key}, follow=True)
        assert answer.status_code == 200, address
        assert admin_client.get(f"{address}?pk__in={key}", follow=True).status_code == 200, address
