"""The admin: every page of every model opens, in French, at a constant cost."""

from datetime import UTC, datetime
from html import unescape

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sites.models import Commune, CommuneAlias, Site
from tests.admin_pages import LOADED_WHOLE, MODELS, admin_page
from tests.factories import NoticeFactory, SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_list_add_and_change_pages_open(admin_client, directory, model):
    record = model.objects.first() or NoticeFactory()  # the data come without one
    addresses = [
        admin_page(model, "changelist"),
        admin_page(model, "changelist") + "?q=saint",
        admin_page(model, "add"),
        admin_page(model, "change", record.pk),
    ]
    for address in addresses:
        response = admin_client.get(address)
        assert response.status_code == 200, address
        assert 'lang="fr"' in response.content.decode()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_list_pages_run_a_constant_number_of_queries(admin_client, directory, model):
    counts = []
    for size in (2, 40):
        with CaptureQueriesContext(connection) as queries:
            ids = list(model.objects.values_list("pk", flat=True)[:size])
            admin_client.get(admin_page(model, "changelist"), {"pk__in": ",".join(map(str, ids))})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_site_page_runs_no_query_per_inline(admin_client, directory):
    few, many = (Site.objects.get(slug=slug) for slug in ("pimms-paris-panda-by-pimms", "pimms-melun"))
    counts = []
    for site in (few, many):
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(admin_page(Site, "change", site.pk)).status_code == 200
        counts.append(len(queries))
    # A desk, unlike a team, has a commune, whose department and postcodes are asked for.
    assert counts[1] - counts[0] <= 3, "the many periods of a week cost queries of their own"


def test_site_search_forgives_accents_and_finds_former_names(admin_client, directory):
    for query, name in (("ISSY L EVEQUE", "Issy-l’Évêque"), ("canton chauffailles melay", "Melay")):
        assert name in admin_client.get(admin_page(Site, "changelist"), {"q": query}).content.decode()


def test_view_on_site_leads_to_the_public_page(admin_client, directory):
    site = Site.objects.get(slug="pimms-blois")
    html = admin_client.get(admin_page(Site, "change", site.pk)).content.decode()
    link = next(part.split('"')[0] for part in html.split('href="') if part.startswith("/admin/r/"))
    assert admin_client.get(link).url.endswith("/pimms/pimms-blois/")


def test_admin_asks_for_a_login(client):
    assert client.get("/admin/").status_code == 302


def test_a_closure_for_august_is_entered_on_the_page_of_a_site(admin_client, client, monkeypatch):
    site = SiteFactory()
    page = admin_client.get(admin_page(Site, "change", site.pk))
    closed = {"notices__0__begins_on": "2076-08-03", "notices__0__ends_on": "2076-08-21"}
    response = admin_client.post(admin_page(Site, "change", site.pk), filled(page, "site_form", **closed))
    assert response.status_code == 302, response.context["errors"]
    history = admin_client.get(admin_page(Site, "history", site.pk)).content.decode()
    assert "Fermetures et annonces" in history
    monkeypatch.setattr(timezone, "now", lambda: datetime(2076, 8, 1, 8, tzinfo=UTC))
    assert "Fermé du 3 au 21\u00a0août 2076." in client.get(site.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"ends_on": "2076-08-02"}, "Une annonce finit après avoir commencé."),
        ({"kind": "hours"}, "« Autres horaires » va avec des heures, comme 9h-12h / 14h-17h."),
        ({"kind": "hours", "hours": "matin"}, "« matin » n’est pas un horaire lisible."),
        ({"kind": "note"}, "Écrivez la phrase de cette information."),
        ({"shown_from": "2076-08-04"}, "Une annonce se montre au plus tard le jour où elle commence."),
    ],
)
def test_a_notice_that_cannot_be_is_refused_with_the_reason(admin_client, typed, reason):
    site = SiteFactory()
    page = admin_client.get(admin_page(Site, "change", site.pk))
    values = {"begins_on": "2076-08-03", "ends_on": "2076-08-21", **typed}
    form = filled(page, "site_form", **{f"notices__0__{name}": value for name, value in values.items()})
    response = admin_client.post(admin_page(Site, "change", site.pk), form)
    assert response.status_code == 200
    assert reason in unescape(response.content.decode()).replace("\u00a0", " ")
    assert not site.notices.exists()


def test_days_are_typed_as_the_french_write_them_in_every_browser(admin_client):
    html = admin_client.get(admin_page(Site, "change", SiteFactory().pk)).content.decode()
    assert 'type="time"' not in html and 'name="notices-0-begins_at"' in html
    assert 'type="date"' not in html and 'name="closed_on"' in html and 'placeholder="jj/mm/aaaa"' in html
    assert "DateTimeShortcuts" not in html, "it notes the difference to the server's time zone"


def test_the_form_of_a_site_shows_where_its_point_lies(admin_client, directory):
    html = admin_client.get(admin_page(Site, "change", Site.objects.get(slug="pimms-blois").pk)).content.decode()
    assert "Le point est à 2,0\u00a0km du centre de Blois." in html
    assert "france.svg#d41" in html
    bus = Site.objects.filter(kind="mobile").first()
    assert "n’a pas de position" in admin_client.get(admin_page(Site, "change", bus.pk)).content.decode()


def test_the_rights_of_a_role_are_named_in_french(admin_client):
    html = admin_client.get("/admin/auth/group/add/").content.decode()
    assert "site : modifier" in html and "communiqué de presse : consulter" in html
    assert "Can change" not in html and "axes" not in html


def test_names_of_a_commune_say_what_they_are(admin_client, directory):
    """A former name, a former code or a quarter: in the list, in its filter and on the page of the commune."""
    html = admin_client.get(admin_page(CommuneAlias, "changelist"), {"kind": "quarter"}).content.decode()
    assert '<td class="field-kind">quartier</td>' in html
    assert '<td class="field-kind">ancien nom</td>' not in html
    brest = Commune.objects.get(insee_code="29019")
    assert '<option value="quarter" selected>quartier</option>' in (
        admin_client.get(admin_page(Commune, "change", brest.pk)).content.decode()
    )


def test_what_is_loaded_whole_is_edited_by_nobody():
    assert not [model for model in LOADED_WHOLE if model in admin.site._registry]


@pytest.mark.parametrize(
    "typed",
    ["0299320258", "02.99.32.02.58", "+33 2 99 32 02 58", "+33 (0)2 99 32 02 58", "02\u00a099\u00a032\u00a002\u00a058"],
)
def test_a_telephone_is_stored_in_one_spelling_and_found_in_any(admin_client, typed):
    site = SiteFactory(phone="02 99 00 00 00", official_id="4711")
    page = admin_client.get(f"/admin/directory/site/{site.pk}/change/")
    form = filled(page, "site_form", phone=typed)
    assert admin_client.post(page.request["PATH_INFO"], form).status_code == 302
    site.refresh_from_db()
    assert site.phone == "02 99 32 02 58"
    for words in (typed, "02 99 32 02 58", "4711", site.name):
        assert site.name in admin_client.get("/admin/directory/site/", {"q": words}).content.decode(), words
    assert site.name not in admin_client.get("/admin/directory/site/", {"q": "02 99 00 00 00"}).content.decode()


@pytest.mark.parametrize("typed", ["41 000", "F-41000", " 41000 "])
def test_a_pasted_postcode_loses_nothing_but_its_spaces(admin_client, directory, typed):
    site = Site.objects.get(slug="pimms-blois")
    page = admin_client.get(admin_page(Site, "change", site.pk))
    assert 'name="postcode"' in page.text and 'maxlength="5"' not in page.text
    saved = admin_client.post(admin_page(Site, "change", site.pk), filled(page, "site_form", postcode=typed))
    assert saved.status_code == 302
    site.refresh_from_db()
    assert site.postcode == "41000"


def test_a_notice_that_is_over_is_refused_and_the_form_says_where(admin_client):
    site = SiteFactory()
    page = admin_client.get(admin_page(Site, "change", site.pk))
    typed = {"notices__0__begins_on": "01/08/2020", "notices__0__ends_on": "31/08/2020"}
    answer = admin_client.post(admin_page(Site, "change", site.pk), filled(page, "site_form", **typed))
    assert "Le 31\u00a0août 2020 est passé" in answer.text
    assert '<a href="#id_notices-0-ends_on">' in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"), [("1er août 2027", "Écrivez une date comme 14/10/2026."), ("31/02/2027", "Écrivez une date")]
)
def test_a_day_that_cannot_be_read_says_how_one_is_written(admin_client, typed, sentence):
    site = SiteFactory()
    page = admin_client.get(admin_page(Site, "change", site.pk))
    answer = admin_client.post(admin_page(Site, "change", site.pk), filled(page, "site_form", closed_on=typed))
    assert sentence in answer.text and typed in answer.text
    assert '<a href="#id_closed_on">' in answer.text


def test_what_others_quote_is_not_deleted_but_withdrawn(admin_client, directory):
    site = Site.objects.get(slug="pimms-ambazac")
    page = admin_client.get(admin_page(Site, "delete", site.pk)).text
    assert "retirez-le de la publication" in page and admin_page(Site, "change", site.pk) in page
