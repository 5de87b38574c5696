"""Where a record is chosen, a form may be sent what is no record's key."""

import pytest
from django.contrib import admin

from tests.admin_pages import MODELS, admin_page
from tests.forms import filled
from tests.payloads.filling import records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.mark.parametrize("key", ["x", "9" * 30])
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
