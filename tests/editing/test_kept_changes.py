"""What a change to a published record brings is read before it is public; and it can be kept, previewed, published."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labels.models import PressRelease
from pimms_directory.editing.models import KeptChange
from pimms_directory.editing.publishing.publication import Publication
from sites.models import OpeningPeriod, Site, SiteAlias
from tests.editing.conftest import SITES, editor
from tests.editing.test_editing import address, hours, save, text
from tests.factories import OpeningPeriodFactory, PostcodeFactory, PressReleaseFactory, SiteFactory, WaveFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.slow]


def doubts(response) -> list[str]:
    return [doubt.text for doubt in response.context["doubts"]]


def anyway(client, record, response, model="site"):
    """Presses the button that saves what was read."""
    accepted = "\r\n".join(doubts(response))  # as browsers send the lines of a value
    return client.post(address(record), filled(response, f"{model}_form", _accepted=accepted))


def keep(client, record, page=None, **typed):
    return save(client, record, page, _keep="", **typed)


def phone(site) -> str:
    return Site.objects.get(pk=site.pk).phone


# Doubts, before a change is public


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"phone": "06 12 34 56 78"}, "Le téléphone 06 12 34 56 78 est un mobile"),
        ({"email": "jeanne.martin@pimms.example"}, "Le courriel jeanne.martin@pimms.example semble nominatif"),
        ({"email": "pimms.dole@gmail.com"}, "Le courriel pimms.dole@gmail.com est d’une messagerie grand public"),
        ({"postcode": "39999"}, "Le code postal 39999 n’est pas celui"),
        ({"access_note": "Appelez le 06 12 34 56 78."}, "La précision « Appelez le 06 12 34 56 78. » contient"),
        ({"name": "Pimms brévans", "keep_slug": "on"}, "Un autre site s’appelle déjà « Pimms brévans »"),
        ({"phone": "", "email": ""}, "Ni téléphone ni courriel."),
    ],
)
def test_a_doubtful_change_is_read_before_it_is_public(awa, site, typed, sentence):
    PostcodeFactory(commune=site.commune, code=site.postcode)
    SiteFactory(name="PIMMS Brevans")
    before = Site.objects.filter(pk=site.pk).values().get()
    refused = save(awa, site, **typed, website="https://dole.example/", _reason="Vu sur la porte")
    assert [each for each in doubts(refused) if each.startswith(sentence)]
    assert "Enregistrer quand même" in text(refused)
    assert Site.objects.filter(pk=site.pk).values().get() == before, "nothing is written until then"
    assert "a été modifié" not in text(awa.get("/admin/"))
    again = filled(refused, "site_form")
    assert again["website"] == ["https://dole.example/"] and again["_reason"] == ["Vu sur la porte"]
    assert all(again[name][0] == value for name, value in typed.items() if name != "keep_slug")
    assert anyway(awa, site, refused).status_code == 302
    assert Site.objects.get(pk=site.pk).website == "https://dole.example/"


def test_odd_hours_are_read_first_wherever_they_are_typed(awa, site):
    period = OpeningPeriod.objects.filter(site=site).first()
    refused = save(awa, period, opens="04:00")
    assert doubts(refused) == ["Horaire inhabituel : lundi 04:00–12:00."]
    assert hours(site)[0].startswith("lundi 09:00")
    assert anyway(awa, period, refused, "openingperiod").status_code == 302
    assert hours(site)[0].startswith("lundi 04:00")


def test_old_oddities_do_not_stop_another_correction(awa, site):
    Site.objects.filter(pk=site.pk).update(phone="06 12 34 56 78")
    OpeningPeriodFactory(site=site, weekday=2, opens="04:00", closes="05:00")
    assert save(awa, site, website="https://dole.example/").status_code == 302


def test_a_corrected_doubt_saves_and_a_new_one_is_read_too(awa, site):
    refused = save(awa, site, phone="06 12 34 56 78")
    form = filled(refused, "site_form", email="dole@gmail.com", _accepted=doubts(refused)[0])
    other = awa.post(address(site), form)
    assert [each[:30] for each in doubts(other)] == ["Le courriel dole@gmail.com est"], (
        "what was accepted is not asked again"
    )
    corrected = filled(other, "site_form", phone="03 84 00 00 09", email="dole@pimms.example")
    assert awa.post(address(site), corrected).status_code == 302
    assert phone(site) == "03 84 00 00 09"


def test_what_publication_refuses_cannot_be_saved_into_what_is_published(awa, site):
    """Otherwise a page would leave the public unseen, with a wave that is not there yet."""
    draft = WaveFactory(publication=Publication.DRAFT, name="Vague d’essai")
    sentence = "La vague « Vague d’essai » n’est pas publiée : publiez-la d’abord."
    refused = save(awa, site, wave=str(draft.pk), _accepted=sentence)
    assert doubts(refused) == [sentence] and "Enregistrer quand même" not in text(refused)
    assert Site.objects.get(pk=site.pk).wave_id == site.wave_id
    page = awa.get(keep(awa, site, wave=str(draft.pk)).url)
    assert sentence in text(page) and "Publier la modification" not in text(page)


def test_records_in_preparation_save_as_before(awa, site):
    stored = Site.objects.get(pk=site.pk)
    stored.publication = Publication.DRAFT
    stored.save()
    assert save(awa, stored, phone="06 12 34 56 78").status_code == 302
    assert "Garder en préparation" not in text(awa.get(address(stored)))


def test_a_release_is_asked_too(admin_client):
    release = PressReleaseFactory(source_url="https://presse.example/")
    refused = save(admin_client, release, source_url="")
    assert doubts(refused) == ["Aucune adresse pour lire le communiqué d’origine."]
    assert anyway(admin_client, release, refused, "pressrelease").status_code == 302
    assert PressRelease.objects.get().source_url == ""


# A change that waits


def test_a_change_is_kept_previewed_and_published(awa, client, site):
    public = client.get(site.get_absolute_url()).content
    old = {"aliases__TOTAL_FORMS": "1", "aliases__0__name": "PIMMS d’avant", "aliases__0__slug": "pimms-avant"}
    kept = keep(awa, site, phone="03 84 00 00 77", **old, _reason="Appel")
    assert kept.status_code == 302
    assert client.get(site.get_absolute_url()).content == public
    assert b"03 84 00 00 77" not in client.get(f"{site.get_absolute_url()[:-1]}.json").getvalue()
    page = awa.get(kept.url)
    assert "Gardée par awa le" in text(page)
    assert [change.label for change in page.context["changes"]] == [
        *("Téléphone", "Coordonnées vérifiées le", "Source des coordonnées", "Anciens noms")
    ]
    preview = text(awa.get(address(site, "kept_preview")))
    assert "03 84 00 00 77" in preview and "PIMMS d’avant" in preview and "Aperçu" in preview
    assert phone(site) == "03 84 00 00 01" and client.get(site.get_absolute_url()).content == public
    form = text(awa.get(address(site)))
    assert "Une modification est en préparation" in form and 'value="03 84 00 00 01"' in form
    assert "modification en préparation" in text(awa.get("/admin/"))
    published = awa.post(address(site), filled(page, "publish-form"))
    assert published.status_code == 302
    assert phone(site) == "03 84 00 00 77" and SiteAlias.objects.get().name == "PIMMS d’avant"
    assert not KeptChange.objects.exists()
    assert "Motif : Appel" in text(awa.get(address(site, "history")))
    assert "Une modification est en préparation" not in text(awa.get(address(site)))


def test_a_kept_change_is_resumed_and_kept_again_or_abandoned(awa, bob, site):
    keep(awa, site, phone="03 84 00 00 77")
    resumed = bob.get(f"{address(site)}?reprendre=1")
    assert filled(resumed, "site_form")["phone"] == ["03 84 00 00 77"]
    assert keep(bob, site, resumed, email="nouveau@pimms.example").status_code == 302
    kept = KeptChange.objects.get()
    assert kept.author.username == "bob" and kept.posted["phone"] == "03 84 00 00 77"
    assert kept.posted["email"] == "nouveau@pimms.example"
    assert bob.post(address(site, "kept"), {"_kept": "older"}).status_code == 200, "a newer one than was seen stays"
    assert bob.post(address(site, "kept"), {"_kept": kept.version}).url == address(site)
    assert not KeptChange.objects.exists()
    assert phone(site) == "03 84 00 00 01"


def test_one_change_a_record_and_none_is_replaced_unseen(awa, bob, site):
    opened = bob.get(address(site))
    keep(awa, site, phone="03 84 00 00 77")
    refused = keep(bob, site, opened, phone="03 84 00 00 88")
    assert "une autre modification de cette fiche est déjà en préparation" in text(refused)
    assert filled(refused, "site_form")["phone"] == ["03 84 00 00 88"]
    assert KeptChange.objects.get().posted["phone"] == "03 84 00 00 77"
    form = filled(refused, "site_form", _keep=KeptChange.objects.get().version)
    assert bob.post(address(site), form).status_code == 302
    assert KeptChange.objects.get().posted["phone"] == "03 84 00 00 88"


def test_publishing_meets_what_others_changed_meanwhile(awa, bob, site):
    kept = keep(awa, site, phone="03 84 00 00 77")
    save(bob, site, phone="03 84 00 00 99", website="https://dole.example/")
    page = awa.get(kept.url)
    assert "La fiche a changé depuis" in text(page)
    assert "Site web" not in [change.label for change in page.context["changes"]], "what the change itself changes"
    conflict = awa.post(address(site), filled(page, "publish-form"))
    assert [each.difference.name for each in conflict.context["typed"].conflicts if not each.is_taken] == ["phone"]
    assert phone(site) == "03 84 00 00 99" and KeptChange.objects.exists()
    assert awa.post(address(site), filled(conflict, "site_form")).status_code == 302
    stored = Site.objects.get(pk=site.pk)
    assert (stored.phone, stored.website) == ("03 84 00 00 77", "https://dole.example/")
    assert not KeptChange.objects.exists()


def test_resuming_shows_what_others_changed_meanwhile(awa, bob, site):
    keep(awa, site, phone="03 84 00 00 77")
    save(bob, site, phone="03 84 00 00 99")
    resumed = awa.get(f"{address(site)}?reprendre=1")
    assert "phone" in [each.difference.name for each in resumed.context["typed"].conflicts]
    assert awa.post(address(site), filled(resumed, "site_form")).status_code == 302
    assert phone(site) == "03 84 00 00 77" and not KeptChange.objects.exists()


def test_doubts_of_a_kept_change_are_read_where_it_is_published(awa, site):
    page = awa.get(keep(awa, site, phone="06 12 34 56 78").url)
    assert [doubt.text[:34] for doubt in page.context["doubts"]] == ["Le téléphone 06 12 34 56 78 est un"]
    assert "_accepted" in text(page)
    unread = awa.post(address(site), filled(page, "publish-form"))
    assert doubts(unread) and phone(site) == "03 84 00 00 01"
    accepted = "\r\n".join(doubt.text for doubt in page.context["doubts"])
    assert awa.post(address(site), filled(page, "publish-form", _accepted=accepted)).status_code == 302
    assert phone(site) == "06 12 34 56 78"


def test_what_a_rule_refuses_is_not_kept(awa, site):
    refused = keep(awa, site, phone="bonjour")
    assert refused.status_code == 200 and refused.context["errors"]
    assert not KeptChange.objects.exists()


def test_a_change_that_a_rule_refuses_by_now_leads_back_to_its_form(awa, site):
    kept = keep(awa, site, slug="pimms-dole-centre")
    SiteFactory(slug="pimms-dole-centre")
    assert "ne peut plus être publiée telle quelle" in text(awa.get(kept.url))
    assert awa.get(address(site, "kept_preview")).url.endswith("?reprendre=1")
    resumed = awa.get(f"{address(site)}?reprendre=1")
    assert awa.post(address(site), filled(resumed, "site_form")).context["errors"]
    assert KeptChange.objects.exists()


def test_it_goes_with_its_record_and_outlives_its_author(awa, site):
    keep(awa, site, phone="03 84 00 00 77")
    User.objects.get(username="awa").delete()
    assert KeptChange.objects.get().author is None
    boss = editor(User, "boss", *SITES)
    assert "par un compte supprimé depuis" in text(boss.get(address(site)))
    boss.post(address(site, "delete"), {"post": "yes"})
    assert not KeptChange.objects.exists()


def test_only_who_may_change_the_record_sees_it(awa, site, django_user_model, client):
    keep(awa, site, phone="03 84 00 00 77")
    reader = editor(django_user_model, "reader", "directory.view_site")
    assert reader.get(address(site, "kept")).status_code == 403
    assert reader.get(address(site, "kept_preview")).status_code == 403
    for page in (address(site), f"{address(site)}?reprendre=1"):
        assert "03 84 00 00 77" not in text(reader.get(page))
    assert client.get(address(site, "kept_preview")).status_code == 302
    assert "03 84 00 00 77" not in text(client.get(address(site, "kept_preview"), follow=True))


def test_a_wave_and_a_release_are_kept_and_previewed_without_what_is_prepared_with_them(admin_client):
    wave = WaveFactory(name="Vague publique")
    SiteFactory(wave=wave, name="PIMMS Caché", publication=Publication.DRAFT)
    release = PressReleaseFactory()
    for record, typed in ((wave, {"name": "Vague renommée"}), (release, {"title": "Titre corrigé"})):
        assert keep(admin_client, record, **typed).status_code == 302
        preview = text(admin_client.get(address(record, "kept_preview")))
        assert next(iter(typed.values())) in preview and "PIMMS Caché" not in preview and "Aperçu" in preview
        stored = type(record).objects.get(pk=record.pk)
        assert [getattr(stored, name) for name in typed] == [getattr(record, name) for name in typed]


def test_the_first_page_costs_the_same_for_one_and_many(awa):
    costs = []
    for count in (1, 8):
        for _number in range(count):
            keep(awa, SiteFactory(), website="https://site.example/")
        with CaptureQueriesContext(connection) as queries:
            page = awa.get("/admin/")
        costs.append(len(queries))
    assert "modification en préparation" in text(page)
    assert costs[0] == costs[1]


def test_nothing_is_kept_of_a_form_in_which_nothing_changed(awa, site):
    kept = keep(awa, site)
    assert "rien n’est gardé" in text(awa.get(kept.url))
    assert not KeptChange.objects.exists()
