"""The second factor: set up by its owner, asked for at each login, taken away by an administrator."""

import random
import re
from base64 import b32decode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp import user_has_device
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from pimms_directory.staff.models import LoginEvent
from tests.staff.test_login import inside, kinds, log_in, travel

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.one_database]
CODE, FACTOR, SET_UP = "/admin/code/", "/admin/double-authentification/", "/admin/double-authentification/activer/"


def shown_key(client) -> bytes:
    """The key as a person would copy it from the page."""
    html = client.get(SET_UP).content.decode()
    assert 'role="img" aria-label="Code QR' in html and "<svg" in html
    return b32decode(re.search(r'class="key">([A-Z2-7 ]+)<', html)[1].replace(" ", ""))


def code(key: bytes, later: int = 0) -> str:
    """What an application shows now, or in so many steps of thirty seconds: no code serves twice."""
    return f"{totp(key, t0=-30 * later):06d}"


def set_up(client) -> tuple[bytes, list[str]]:
    key = shown_key(client)
    html = client.post(SET_UP, {"code": code(key)}).content.decode()
    return key, re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>", html)


@pytest.fixture
def protected(account):
    """An account with a second factor: its key and recovery codes."""
    account("redaction")
    client = Client()
    log_in(client)
    return set_up(client)


def test_a_member_of_staff_sets_it_up_herself(client, account):
    user = account("redaction")
    log_in(client)
    key, codes = set_up(client)
    assert TOTPDevice.objects.get(user=user).bin_key == key
    assert len(set(codes)) == 10
    assert inside(client), "this session has just given a code"
    assert kinds() == ["login", "factor_on"]
    assert "Il vous reste 10 codes" in client.get(FACTOR).content.decode()


def test_a_wrong_code_sets_nothing_up_and_the_key_stays(client, account):
    account("redaction")
    log_in(client)
    key = shown_key(client)
    assert "pas valable" in client.post(SET_UP, {"code": "000000"}).content.decode()
    assert not TOTPDevice.objects.exists()
    assert shown_key(client) == key
    assert len(set_up(client)[1]) == 10


def test_keys_and_codes_do_not_follow_from_what_can_be_guessed(account):
    """Seeded alike, the generator that is no secret would give the same twice."""
    made = set()
    for name in ("camille", "dominique"):
        account("redaction", username=name)
        client = Client()
        log_in(client, username=name)
        random.seed(1)
        key, codes = set_up(client)
        assert len(key) >= 16, "128 bits or more"
        made |= {key, *codes}
    assert len(made) == 2 + 20


def test_the_key_on_the_page_is_that_of_the_session_alone(account):
    account("redaction")
    one, other = Client(), Client()
    log_in(one)
    log_in(other)
    assert shown_key(one) != shown_key(other)


def test_a_password_alone_opens_nothing_then(client, protected, account):
    key, _codes = protected
    assert log_in(client).status_code == 302
    for address in ("/admin/", "/admin/directory/site/", "/admin/password_change/", "/admin/jsi18n/", FACTOR):
        assert client.get(address).status_code != 200, address
    assert (
        client.get("/admin/directory/site/", follow=True).redirect_chain[-1][0]
        == f"{CODE}?next=%2Fadmin%2Fdirectory%2Fsite%2F"
    )
    assert client.get(SET_UP, follow=True).redirect_chain[-1][0].startswith(CODE), "no second device either"
    assert client.post("/admin/password_change/", {}).status_code == 302
    answer = client.post(f"{CODE}?next=/admin/directory/site/", {"code": f" {code(key, 1)[:3]} {code(key, 1)[3:]}"})
    assert answer.url == "/admin/directory/site/"
    assert inside(client)
    assert kinds()[-2:] == ["password", "login"]


def test_a_code_serves_once(client, protected):
    key, _codes = protected
    for expected in (302, 200):
        browser = Client()
        log_in(browser)
        assert browser.post(CODE, {"code": code(key, 1)}).status_code == expected


def test_a_recovery_code_serves_once(client, protected):
    _key, codes = protected
    for expected in (True, False):
        browser = Client()
        log_in(browser)
        browser.post(CODE, {"code": codes[3].upper()})
        assert inside(browser) is expected
    assert StaticToken.objects.count() == 9


def test_guessing_codes_locks_the_login_and_ends_the_session(client, protected):
    log_in(client)
    statuses = [client.post(CODE, {"code": f"{number:06d}"}).status_code for number in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert client.get(CODE).url.startswith("/admin/login/")
    assert log_in(client).status_code == 429


def test_the_password_buys_no_new_guesses(client, protected):
    for _number in range(2):
        log_in(client)
        client.post(CODE, {"code": "000000"})
        client.post(CODE, {"code": "000001"})
    log_in(client)
    assert client.post(CODE, {"code": "000002"}).status_code == 429


def test_guesses_are_slowed_down(client, protected):
    key, _codes = protected
    log_in(client)
    client.post(CODE, {"code": "000000"})
    assert client.post(CODE, {"code": code(key, 1)}).status_code == 200, "the right code, too soon after a wrong one"


def test_guesses_are_slowed_down_no_longer_for_a_clock_that_is_put_back(client, protected):
    key, _codes = protected
    log_in(client)
    with travel(minutes=30):
        client.post(CODE, {"code": "000000"})
    with travel(seconds=1):  # as after any wrong code: the failure is taken for one of this moment
        assert client.post(CODE, {"code": code(key, 1)}).status_code == 200
    with travel(seconds=3):
        assert client.post(CODE, {"code": code(key, 1)}).status_code == 302


def test_who_gives_up_may_log_out(client, protected):
    log_in(client)
    client.post("/admin/logout/")
    assert client.get(CODE).url.startswith("/admin/login/")


def test_a_code_never_leads_off_the_site(client, protected):
    key, _codes = protected
    log_in(client)
    page = client.get(f"{CODE}?next=https://evil.example/")
    assert "evil" not in page.content.decode()
    assert client.post(f"{CODE}?next=//evil.example/", {"code": code(key, 1)}).url == "/admin/"


def test_other_sessions_must_show_a_code_once_it_is_set_up(account):
    account("redaction")
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    set_up(here)
    assert inside(here)
    assert not inside(elsewhere)


def test_its_owner_takes_it_away_or_makes_new_codes_with_a_code(client, protected):
    key, codes = protected
    log_in(client)
    client.post(CODE, {"code": codes[0]})
    assert (
        "pas valable" in client.post(FACTOR, {"code": "", "remove": ""}).content.decode() or TOTPDevice.objects.exists()
    )
    html = client.post(FACTOR, {"code": codes[1], "codes": ""}).content.decode()
    new = re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>", html)
    assert len(new) == 10
    assert not set(new) & set(codes)
    assert client.post(FACTOR, {"code": code(key, 1), "remove": ""}).status_code == 302
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    assert inside(client)


def test_an_administrator_takes_it_away_but_not_from_a_superuser(protected, account):
    user = User.objects.get(username="camille")
    chief = User.objects.create_superuser("chef", password="x")
    TOTPDevice.objects.create(user=chief, name="TOTP")
    office = Client()
    office.force_login(account("administration", username="claude"))
    data = {"action": "remove_second_factor", "_selected_action": [user.pk, chief.pk]}
    office.post(reverse("admin:auth_user_changelist"), data)
    assert not user_has_device(user)
    assert user_has_device(chief)
    assert LoginEvent.objects.filter(kind="factor_off", username="camille").exists()


def test_nobody_sees_the_secrets_of_others(admin_client, protected):
    for address in ("/admin/otp_totp/totpdevice/", "/admin/otp_static/staticdevice/", "/admin/axes/accessattempt/"):
        assert admin_client.get(address).status_code == 404


def test_where_it_is_demanded_a_password_leads_to_setting_it_up_and_nowhere_else(client, account, settings):
    settings.ADMIN_REQUIRE_TOTP = True
    account("redaction")
    log_in(client)
    for address in ("/admin/", "/admin/directory/site/", "/admin/password_change/", CODE):
        assert client.get(address, follow=True).redirect_chain[-1][0].startswith(SET_UP), address
    key, codes = set_up(client)
    assert len(codes) == 10
    assert inside(client)
    client.post(FACTOR, {"code": code(key, 1), "remove": ""})
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(SET_UP)


def test_pages_for_staff_are_not_for_visitors(client, db):
    for address in (CODE, FACTOR, SET_UP):
        assert client.get(address).url.startswith("/admin/login/?next=")
        assert client.post(address, {"code": "123456"}).url.startswith("/admin/login/?next=")
