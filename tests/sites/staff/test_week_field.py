"""Hours on the page of a site: a week typed into boxes or pasted as text, kept as typed until it can be read."""

from html import unescape

import pytest
from django.urls import reverse

from sites.models import OpeningPeriod, Site
from tests.admin_pages import admin_page
from tests.factories import OpeningPeriodFactory, SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.fixture
def site() -> Site:
    """Open on Monday from 9 to 12 and from 13 to 17, on Saturday from 9 to 10."""
    site = SiteFactory()
    for weekday, opens, closes in ((1, "09:00", "12:00"), (1, "13:00", "17:00"), (6, "09:00", "10:00")):
        OpeningPeriodFactory(site=site, weekday=weekday, opens=opens, closes=closes)
    return site


def hours(site: Site) -> list[str]:
    return [str(period) for period in OpeningPeriod.objects.filter(site=site).order_by("weekday", "opens")]


def save(client, site, page=None, **typed):
    page = page or client.get(admin_page(Site, "change", site.pk))
    return client.post(admin_page(Site, "change", site.pk), filled(page, "site_form", **typed))


def html_of(response) -> str:
    return unescape(response.content.decode()).replace("\u00a0", " ")


BEFORE = ["lundi 09:00–12:00", "lundi 13:00–17:00", "samedi 09:00–10:00"]


def test_saving_without_touching_the_week_touches_no_period(admin_client, site):
    keys = set(OpeningPeriod.objects.values_list("pk", flat=True))
    assert save(admin_client, site, phone="02 54 00 00 01").status_code == 302
    assert set(OpeningPeriod.objects.values_list("pk", flat=True)) == keys


def test_hours_may_be_shifted_past_one_another(admin_client, site):
    """Saved one after the other, the new morning would overlap the old afternoon."""
    boxes = {"opening_periods__1__1": "14h", "opening_periods__1__2": "15.00", "opening_periods__1__3": "18"}
    assert save(admin_client, site, **boxes).status_code == 302
    assert hours(site) == ["lundi 09:00–14:00", "lundi 15:00–18:00", "samedi 09:00–10:00"]
    assert Site.objects.get(pk=site.pk).open_days == 0b100001


def test_a_text_fills_the_days_that_it_names_when_it_is_saved(admin_client, site):
    assert save(admin_client, site, opening_periods="lun-mar 9h-12h / 14h-17h").status_code == 302
    week = ["lundi 09:00–12:00", "lundi 14:00–17:00", "mardi 09:00–12:00", "mardi 14:00–17:00"]
    assert hours(site) == [*week, "samedi 09:00–10:00"], "the text says nothing of Saturday"
    assert save(admin_client, site, opening_periods="samedi fermé").status_code == 302
    assert hours(site) == week


def test_what_cannot_be_read_is_named_and_stays(admin_client, site):
    typed = {"opening_periods__1__1": "midi moins dix", "opening_periods__2__0": "9h", "phone": "02 54 00 00 01"}
    response = save(admin_client, site, opening_periods="mercredi : à voir", **typed)
    page = html_of(response)
    for said in (
        "Texte : « mercredi » : « à voir » n’est pas un horaire lisible.",
        "Lundi : « midi moins dix » n’est pas une heure.",
        "Mardi : il manque l’heure de fermeture après « 9h ».",
    ):
        assert page.count(said) == 3, "among the errors, above the week and beside its row"
    form = filled(response, "site_form")
    assert form["opening_periods"] == ["mercredi : à voir"]
    assert (form["opening_periods-1-1"], form["opening_periods-2-0"]) == (["midi moins dix"], ["9h"])
    assert hours(site) == BEFORE


def test_overlapping_hours_are_refused_in_words(admin_client, site):
    page = html_of(save(admin_client, site, opening_periods__1__1="14h"))
    assert "Lundi : des heures se chevauchent : « 09:00 - 14:00 / 13:00 - 17:00 »." in page
    assert hours(site) == BEFORE


def test_a_text_is_in_its_boxes_when_something_else_is_refused(admin_client, site):
    response = save(admin_client, site, opening_periods="mardi 9h-12h", phone="12")
    form = filled(response, "site_form", phone="02 54 00 00 01")
    assert (form["opening_periods"], form["opening_periods-2-0"]) == ([""], ["09:00"])
    assert save(admin_client, site, response, phone="02 54 00 00 01").status_code == 302
    assert "mardi 09:00–12:00" in hours(site)


def test_a_day_with_three_stretches_keeps_them(admin_client, site):
    OpeningPeriodFactory(site=site, weekday=1, opens="18:00", closes="19:00")
    form = filled(admin_client.get(admin_page(Site, "change", site.pk)), "site_form")
    assert (form["opening_periods-1-4"], form["opening_periods-1-5"]) == (["18:00"], ["19:00"])
    assert save(admin_client, site, opening_periods__1__5="20h").status_code == 302
    assert "lundi 18:00–20:00" in hours(site) and len(hours(site)) == 4
    assert save(admin_client, site, opening_periods="mardi 8h-9h / 10h-11h / 12h-13h").status_code == 302
    assert len(hours(site)) == 7


def test_a_new_site_has_its_week_or_none(admin_client):
    like = SiteFactory()
    page = admin_client.get(admin_page(Site, "add"))
    values = {"association": like.association_id, "wave": like.wave_id, "department": like.department_id}
    values |= {"commune": like.commune_id, "kind": like.kind, "name": "PIMMS Neuf", "slug": "pimms-neuf"}
    data = filled(page, "site_form", opening_periods="lundi 9h-12h", **{k: str(v) for k, v in values.items()})
    response = admin_client.post(admin_page(Site, "add"), data)
    assert response.status_code == 302, response.context["errors"]
    assert hours(Site.objects.get(slug="pimms-neuf")) == ["lundi 09:00–12:00"]


def test_a_form_without_the_week_leaves_it_alone(admin_client, site):
    data = filled(admin_client.get(admin_page(Site, "change", site.pk)), "site_form", phone="02 54 00 00 01")
    data = {name: value for name, value in data.items() if not name.startswith("opening_periods")}
    assert admin_client.post(admin_page(Site, "change", site.pk), data).status_code == 302
    assert hours(site) == BEFORE


def test_who_may_not_change_hours_reads_them(client, django_user_model, site):
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("lea", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_site", "change_site")))
    client.force_login(user)
    response = client.get(admin_page(Site, "change", site.pk))
    assert "opening_periods-1-0" not in response.content.decode() and "samedi 09:00–10:00" in html_of(response)
    assert save(client, site, response, phone="02 54 00 00 01").status_code == 302
    assert hours(site) == BEFORE


# While typing


def check(client, **typed):
    boxes = {f"opening_periods-{day}-{box}": "" for day in range(1, 8) for box in range(4)}
    return client.post(reverse("admin:directory_site_week"), boxes | typed)


def test_what_is_understood_is_said_while_typing(admin_client):
    typed = {"opening_periods-1-0": "9", "opening_periods-1-1": "12h", "opening_periods-2-0": "9x"}
    page = html_of(check(admin_client, **typed))
    assert ">9 h – 12 h</output>" in page and ">fermé</output>" in page
    assert "Mardi : « 9x » n’est pas un horaire lisible." in page
    assert "fermé</output>" not in html_of(check(admin_client)), "of an empty week nobody knows"


def test_a_text_is_put_into_the_boxes(admin_client):
    page = html_of(check(admin_client, opening_periods="lun-ven 9h-12h / 14h-17h"))
    assert "Repris du texte : du lundi au vendredi. Les autres jours restent comme ils étaient." in page
    assert 'name="opening_periods-5-3" value="17:00"' in page and ">\n</textarea>" in page


def test_days_become_like_monday(admin_client):
    monday = {"opening_periods-1-0": "9h", "opening_periods-1-1": "midi"}
    page = html_of(check(admin_client, **monday, **{"opening_periods-like_monday": "2 5"}))
    assert page.count('value="midi"') == 3 and 'name="opening_periods-5-1" value="midi"' in page


def test_only_who_edits_sites_may_ask(client, account):
    client.force_login(account("presse"))
    assert check(client).status_code == 403
