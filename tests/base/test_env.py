import pytest
from django.core.exceptions import ImproperlyConfigured

from pimms_directory.base import env
from pimms_directory.base.env import rules

pytestmark = pytest.mark.one_database


def test_text_is_the_value_without_surrounding_space(monkeypatch):
    monkeypatch.setenv("SITE_HOST", "  Hébergeur SA ")
    assert env.text("SITE_HOST") == "Hébergeur SA"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_text_names_the_variable_and_the_way_to_try_the_directory(monkeypatch, value):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SECRET_KEY", value)
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is not set\..*PIMMS_MODE=local"):
        env.text("SECRET_KEY")


def test_missing_text_is_its_default_if_there_is_one(monkeypatch):
    monkeypatch.delenv("SITE_HOST", raising=False)
    assert env.text("SITE_HOST", "") == ""


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("1", True),
        ("TRUE", True),
        (" yes ", True),
        ("On", True),
        ("0", False),
        ("False", False),
        ("off", False),
    ],
)
def test_boolean_reads_the_usual_words(monkeypatch, value, meaning):
    monkeypatch.setenv("DEBUG", value)
    assert env.boolean("DEBUG", default=not meaning) is meaning


@pytest.mark.parametrize("value", ["vrai", "2", "tru", "enabled"])
def test_boolean_refuses_doubt_and_names_variable_and_value(monkeypatch, value):
    monkeypatch.setenv("DEBUG", value)
    with pytest.raises(ImproperlyConfigured, match=rf"^DEBUG is “{value}”: set it to true or false\.$"):
        env.boolean("DEBUG", default=False)


@pytest.mark.parametrize("default", [True, False])
def test_empty_boolean_is_its_default(monkeypatch, default):
    monkeypatch.setenv("DEBUG", "")
    assert env.boolean("DEBUG", default=default) is default


@pytest.mark.parametrize(("value", "number"), [("0", 0), (" 3600 ", 3600), ("", 60)])
def test_integer_reads_whole_numbers(monkeypatch, value, number):
    monkeypatch.setenv("HSTS_SECONDS", value)
    assert env.integer("HSTS_SECONDS", default=60) == number


@pytest.mark.parametrize("value", ["-1", "1.5", "une heure", "1_000", "٣", "1e3", "0", "100001", "9" * 20])
def test_integer_refuses_doubt_and_names_variable_value_and_bounds(monkeypatch, value):
    monkeypatch.setenv("PORT", value)
    with pytest.raises(ImproperlyConfigured, match=rf"^PORT is “{value}”: .* from 1 to 100000"):
        env.integer("PORT", default=8000, minimum=1)


def test_no_integer_is_so_large_that_dates_end_or_that_it_cannot_be_read(monkeypatch):
    monkeypatch.setenv("LOGIN_LOG_DAYS", "9" * 5000)
    with pytest.raises(ImproperlyConfigured, match=r"^LOGIN_LOG_DAYS is “9{20}”"):
        env.integer("LOGIN_LOG_DAYS", default=180, minimum=1)


@pytest.mark.parametrize("value", ["https://a.example:443", "https://a.example:0", "https://a.example:65536"])
def test_origin_refuses_the_usual_port_and_what_is_none(monkeypatch, value):
    monkeypatch.setenv("PUBLIC_ORIGIN", value)
    with pytest.raises(ImproperlyConfigured, match=r"^PUBLIC_ORIGIN is"):
        rules.origin("PUBLIC_ORIGIN")


@pytest.mark.parametrize("value", ["http://a.example:443", "http://a.example:8000", "http://[::1]", "http://[::443]"])
def test_origin_takes_any_other_port_and_none(monkeypatch, value):
    monkeypatch.setenv("PUBLIC_ORIGIN", value)
    assert rules.origin("PUBLIC_ORIGIN", secure=False) == value


@pytest.mark.parametrize("value", ["smtp://a b", "smtp://a#b", "smtp://a:0", "smtp://a;b"])
def test_mail_server_has_a_host_and_a_port_and_nothing_behind(monkeypatch, value):
    monkeypatch.setenv("EMAIL_URL", value)
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL is no mail server"):
        rules.mail_server("EMAIL_URL")


def test_choice_refuses_an_unknown_value_and_lists_the_known_ones(monkeypatch):
    monkeypatch.setenv("PIMMS_MODE", "prod")
    with pytest.raises(ImproperlyConfigured, match=r"^PIMMS_MODE is “prod”: set it to one of local, production\.$"):
        env.choice("PIMMS_MODE", {"production", "local"}, default="production")


def test_empty_choice_is_its_default(monkeypatch):
    monkeypatch.setenv("PIMMS_MODE", "")
    assert env.choice("PIMMS_MODE", {"production", "local"}, default="production") == "production"


def test_words_are_split_at_commas_without_empty_ones(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", " pimms.example, www.pimms.example,, ")
    assert env.words("ALLOWED_HOSTS") == ["pimms.example", "www.pimms.example"]


def test_missing_words_name_the_variable(monkeypatch):
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"^ALLOWED_HOSTS is not set"):
        env.words("ALLOWED_HOSTS")


@pytest.mark.parametrize("value", ["https://annuaire.example", "https://annuaire.example:8443", "https://[::1]:8000"])
def test_an_origin_is_a_scheme_and_a_host(monkeypatch, value):
    monkeypatch.setenv("PUBLIC_ORIGIN", value)
    assert rules.origin("PUBLIC_ORIGIN") == value


@pytest.mark.parametrize(
    "value",
    [
        "annuaire.example",
        "http://annuaire.example",
        "https://annuaire.example/",
        "https://A.example",
        "https://a b",
        "x",
    ],
)
def test_anything_else_is_refused_with_its_name_and_value(monkeypatch, value):
    monkeypatch.setenv("PUBLIC_ORIGIN", value)
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_ORIGIN is “"):
        rules.origin("PUBLIC_ORIGIN")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ("", 25, "", "", False, False)),
        ("smtp://localhost", ("localhost", 25, "", "", False, False)),
        ("smtp+tls://a%40b.fr:p%2Fw@mail.example", ("mail.example", 587, "a@b.fr", "p/w", True, False)),
        ("smtps://user:word@mail.example:466", ("mail.example", 466, "user", "word", False, True)),
    ],
)
def test_a_mail_server_is_one_address(monkeypatch, value, expected):
    monkeypatch.setenv("EMAIL_URL", value)
    assert rules.mail_server("EMAIL_URL") == expected


@pytest.mark.parametrize("value", ["mail.example", "http://user:secret@mail.example", "smtp://", "smtp://a:secret@b:x"])
def test_what_is_no_mail_server_is_refused_without_its_password(monkeypatch, value):
    monkeypatch.setenv("EMAIL_URL", value)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL is no mail server") as error:
        rules.mail_server("EMAIL_URL")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [('"Hébergeur SA"', "Hébergeur SA"), ("'x y'", "x y"), ('"', '"'), ("d'Exemple'", "d'Exemple'")],
)
def test_quotes_around_a_whole_value_are_no_part_of_it(monkeypatch, value, meaning):
    """``docker run --env-file`` leaves them there."""
    monkeypatch.setenv("SITE_HOST", value)
    assert env.text("SITE_HOST") == meaning


def test_what_is_gathered_is_said_together_and_once(monkeypatch):
    monkeypatch.setenv("PORT", "x")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    env.gather()
    assert [env.integer("PORT", default=1), env.integer("PORT", default=1), env.text("SECRET_KEY")] == [1, 1, ""]
    with pytest.raises(ImproperlyConfigured) as error:
        env.refuse_gathered()
    assert str(error.value).splitlines()[:3] == [
        "2 settings are missing or wrong:",
        "- PORT is “x”: set it to a whole number from 0 to 100000.",
        "- SECRET_KEY is not set.",
    ]
    with pytest.raises(ImproperlyConfigured):
        env.integer("PORT", default=1)
