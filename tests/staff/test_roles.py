"""What each role sees and may do, page by page; the groups follow the code and nothing else."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labels.models import Wave
from pimms_directory.staff.roles import ROLES, Role, apply_roles
from sites.models import Site
from tests.factories import SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.one_database]
# Written out once more, so that a slip in staff/roles.py shows.
EDITS = {
    None: set(),
    "redaction": {"site", "openingperiod", "notice", "sitealias", "association", "officiallist"},
    "presse": {"pressrelease", "keyfigure", "fact", "wave", "listing"},
    "administration": {"user", "group"}
    | {model._meta.model_name for app in ("labels", "directory") for model in apps.get_app_config(app).get_models()},
}
VIEWS = {
    None: set(),
    "redaction": {"commune", "department", "listing", "wave"},
    "presse": {"site"},
    "administration": {"loginevent"},
}


@pytest.mark.parametrize("role", EDITS)
def test_each_role_opens_its_pages_and_no_other(client, account, role):
    client.force_login(account(*filter(None, [role])))
    index = client.get("/admin/").content.decode()
    for model in admin.site._registry:
        name = model._meta.model_name
        page = f"admin:{model._meta.app_label}_{name}"
        opens = client.get(reverse(f"{page}_changelist")).status_code == 200
        adds = client.get(reverse(f"{page}_add")).status_code == 200
        assert (name, opens) == (name, name in EDITS[role] | VIEWS[role])
        assert (name, adds) == (name, name in EDITS[role])
        assert (name, reverse(f"{page}_changelist") in index) == (name, opens)


def test_writers_change_a_site_and_not_the_wave_it_shows(client, account, directory):
    client.force_login(account("redaction"))
    site = Site.objects.get(slug="pimms-blois")
    html = client.get(reverse("admin:directory_site_change", args=[site.pk])).content.decode()
    assert 'name="phone"' in html
    assert 'name="opening_periods-1-0"' in html
    assert 'name="aliases-TOTAL_FORMS"' in html
    wave = reverse("admin:labels_wave_change", args=[site.wave_id])
    assert client.get(wave).status_code == 200
    assert client.post(wave, {"name": "Autre"}).status_code == 403
    autocomplete = {"app_label": "directory", "model_name": "site", "field_name": "commune", "term": "blois"}
    assert client.get("/admin/autocomplete/", autocomplete).json()["results"]


def test_press_officers_change_a_wave_and_not_a_site(client, account, directory):
    client.force_login(account("presse"))
    site = Site.objects.get(slug="pimms-blois")
    assert client.post(reverse("admin:directory_site_change", args=[site.pk]), {"name": "Autre"}).status_code == 403
    html = client.get(reverse("admin:labels_wave_change", args=[Wave.objects.first().pk])).content.decode()
    assert 'name="effective_on"' in html
    autocomplete = {"app_label": "directory", "model_name": "listing", "field_name": "site", "term": "blois"}
    assert client.get("/admin/autocomplete/", autocomplete).json()["results"]


@pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)
def test_every_declared_permission_exists(role):
    for condition in role.permissions():
        found = Permission.objects.filter(condition)
        codenames = dict(condition.children).get("codename__in", [])
        assert len(found) == len(codenames) if codenames else found.exists(), condition


def test_groups_follow_the_code_and_keep_their_members(account, monkeypatch):
    own = Group.objects.create(name="Stagiaires")
    own.permissions.set(Permission.objects.filter(codename="view_site"))
    user = account("redaction")
    group = user.groups.get()
    before = set(group.permissions.values_list("codename", flat=True))
    group.permissions.set(Permission.objects.filter(codename="delete_user"))
    call_command("migrate", verbosity=0)
    assert set(group.permissions.values_list("codename", flat=True)) == before
    assert list(user.groups.all()) == [group]
    assert own.permissions.count() == 1
    monkeypatch.setitem(ROLES, "redaction", Role(name="Rédaction", may_edit=(), may_view=("directory.region",)))
    apply_roles(using="default")
    assert list(group.permissions.values_list("codename", flat=True)) == ["view_region"]


def test_groups_of_the_code_are_read_only_in_the_admin_and_others_are_not(admin_client):
    assert (
        admin_client.post(
            reverse("admin:auth_group_change", args=[Group.objects.get(name="Presse").pk]),
            {
                "name": "Presse",
                "permissions": [],
            },
        ).status_code
        == 403
    )
    own = Group.objects.create(name="Stagiaires")
    page = reverse("admin:auth_group_change", args=[own.pk])
    assert admin_client.post(page, {"name": "Renforts"}).status_code == 302
    data = {"action": "delete_selected", "_selected_action": [group.pk for group in Group.objects.all()], "post": "yes"}
    admin_client.post(reverse("admin:auth_group_changelist"), data)
    assert Group.objects.filter(name__in=[role.name for role in ROLES.values()]).count() == 3


@pytest.fixture
def administrator(client, account) -> User:
    user = account("administration", username="claude")
    client.force_login(user)
    return user


def test_an_administrator_makes_an_account_that_may_enter_at_once(client, administrator):
    data = {
        "username": "dominique",
        "email": "d@pimms.example",
        "password1": (word := "trente-six chats gris"),
        "password2": word,
        "groups": [Group.objects.get(name="Presse").pk],
        "is_superuser": "on",
    }
    assert client.post(reverse("admin:auth_user_add"), data).status_code == 302
    user = User.objects.get(username="dominique")
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert user.has_perm("labels.add_wave")
    assert not user.has_perm("directory.change_site")


def test_an_administrator_cannot_become_a_superuser_nor_touch_one(client, administrator):
    chief = User.objects.create_superuser("chef", password="x")
    own = reverse("admin:auth_user_change", args=[administrator.pk])
    html = client.get(own).content.decode()
    assert not re.search('name="(is_superuser|is_staff|user_permissions)"', html)
    data = {"username": "claude", "is_active": "on", "is_superuser": "on", "user_permissions": ["1"]}
    data["groups"] = list(administrator.groups.values_list("pk", flat=True))
    assert client.post(own, data).status_code == 302
    administrator.refresh_from_db()
    assert not administrator.is_superuser
    assert not administrator.user_permissions.exists()
    assert administrator.groups.exists()

    page = reverse("admin:auth_user_change", args=[chief.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"username": "chef", "is_active": ""}).status_code == 403
    word = {"password1": "trente-six chats gris", "password2": "trente-six chats gris", "usable_password": "true"}
    assert client.post(reverse("admin:auth_user_password_change", args=[chief.pk]), word).status_code == 403
    assert client.post(reverse("admin:auth_user_delete", args=[chief.pk]), {"post": "yes"}).status_code == 403
    several = {"action": "delete_selected", "_selected_action": [chief.pk], "post": "yes"}
    client.post(reverse("admin:auth_user_changelist"), several)
    assert User.objects.filter(username="chef", is_active=True).exists()


def test_nobody_deletes_her_own_account(client, administrator):
    page = reverse("admin:auth_user_delete", args=[administrator.pk])
    assert client.post(page, {"post": "yes"}).status_code == 403


def test_the_list_of_accounts_costs_the_same_for_one_and_many(client, administrator, account):
    counts = []
    for size in (1, 20):
        for number in range(size):
            account("presse", username=f"membre-{size}-{number}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("admin:auth_user_changelist")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_site_of_tests_is_out_of_reach_without_a_role(client, account):
    client.force_login(account())
    page = reverse("admin:directory_site_change", args=[SiteFactory().pk])
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("change", [{"is_active": None}, {"groups": None}])
def test_the_last_administrator_cannot_lock_everybody_out(client, account, change):
    awa = account("administration", username="awa")
    client.force_login(awa)
    page = reverse("admin:auth_user_change", args=[awa.pk])
    form = filled(client.get(page), "user_form")
    sent = {name: values for name, values in form.items() if name not in change}
    refused = client.post(page, sent)
    assert refused.status_code == 200
    assert "le dernier à gérer les comptes" in refused.content.decode()
    awa.refresh_from_db()
    assert awa.is_active and awa.groups.exists()
    account("administration", username="bob")
    assert client.post(page, sent).status_code == 302
