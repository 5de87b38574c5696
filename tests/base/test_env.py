from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from pimms_directory.base import databases, env
from pimms_directory.base.env import network, rules

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
        network.origin("PUBLIC_ORIGIN")


@pytest.mark.parametrize("value", ["http://a.example:443", "http://a.example:8000", "http://[::1]", "http://[::443]"])
def test_origin_takes_any_other_port_and_none(monkeypatch, value):
    monkeypatch.setenv("PUBLIC_ORIGIN", value)
    assert network.origin("PUBLIC_ORIGIN", secure=False) == value


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
    assert network.origin("PUBLIC_ORIGIN") == value


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
        network.origin("PUBLIC_ORIGIN")


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


READERS = {
    "EMAIL_FROM": lambda name: rules.sender(name, "04 99 98 00 00", needed=True),
    "FEED_AUTHORITY": lambda name: network.tagging_entity(name, "x.example,2026"),
    "HOST": network.listening_host,
    "PUBLIC_ORIGIN": network.origin,
    "TRANSLATION_REVIEWED": lambda name: rules.known_codes(name, {"en", "fr-facile"}),
    "OFFICIAL_LIST_HOSTS": lambda name: network.hosts_with_ports(name, "x.example"),
    "OFFICIAL_LIST_URL": network.download,
    "MAP_TILES_URL": lambda name: network.map_tiles(name, "none", attribution="")["url"],
    "STATIC_ROOT": lambda name: rules.folder_beside(name, Path("/var/static"), [Path("/srv/app/static")]),
    "BACKUP_DIR": lambda name: rules.folder(name, Path("/var/backups")),
    "ALLOWED_HOSTS": network.hosts,
    "DATABASE_URL": lambda name: databases.parsed(name, env.text(name))["NAME"],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("EMAIL_FROM", value) for value in ("annuaire", "a@b", "a@x.example, b@x.example", "<a@x.example", "A <b>")),
        *(("FEED_AUTHORITY", f"x.example,{day}") for day in ("2026-13", "2026-02-30", "0000", "٢٠٢٦")),
        *(("FEED_AUTHORITY", f"{domain},2026") for domain in ("x..example", "-x.example", "a@", "999.1.1.1")),
        *(
            ("HOST", value)
            for value in ("unix:/run/x.sock", "a b", "10.0.0", "0.0.0.0:8000", "http://x", ":::", "[::1")
        ),
        *(("PUBLIC_ORIGIN", f"https://{host}") for host in ("a..example", "-a.example", "[::g]", "[:::]", "1.2.3")),
        *(("TRANSLATION_REVIEWED", value) for value in ("de", "en;fr-facile", "EN", "en,xx")),
        *(("OFFICIAL_LIST_HOSTS", value) for value in ("https://x.example", "x.example/a", "*", "x.example:443")),
        *(("OFFICIAL_LIST_HOSTS", value) for value in ("x.example:0", "x.example:70000", "x example")),
        *(("OFFICIAL_LIST_URL", f"https://{rest}") for rest in ("", "[", "x.example:abc/", "a:b@x.example/", "x..y/")),
        *(("MAP_TILES_URL", f"https://{rest}") for rest in ("a b/{z}/{x}/{y}", "{z}.x/{x}/{y}", "x/#{z}/{x}/{y}")),
        *(("MAP_TILES_URL", value) for value in ("http://x.example/{z}/{x}/{y}", "https://u:p@x/{z}/{x}/{y}")),
        *(("STATIC_ROOT", value) for value in ("static", "/", "/srv", "/srv/app/static", "/srv/app/static/all")),
        *(("STATIC_ROOT", value) for value in ("/etc/passwd", "/srv/app/x/../static")),
        *(("BACKUP_DIR", value) for value in ("backups", "~/backups", "/etc/passwd")),
        *(("ALLOWED_HOSTS", value) for value in (".example", "a..example", "-a.example", "[:::::]", "300.1.1.1")),
    ],
)
def test_what_would_start_and_be_wrong_is_refused_with_its_name_and_value(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} (is|names) “.*set it to ") as error:
        READERS[name](name)
    assert value.rpartition(",")[2] in str(error.value) or value in str(error.value) or ".." in value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_FROM", "annuaire@pimms.example"),
        ("EMAIL_FROM", "Annuaire des PIMMS <annuaire@pimms.example>"),
        ("FEED_AUTHORITY", "annuaire@pimms.example,2026-02-28"),
        *(("HOST", value) for value in ("10.0.0.2", "localhost", "[::]", "web1")),
        ("PUBLIC_ORIGIN", "https://xn--cole-9oa.example"),
        ("OFFICIAL_LIST_URL", "http://[::1]:8000/liste.csv"),
        ("MAP_TILES_URL", "https://{s}.tiles.example:8443/{z}/{x}/{y}.png?key=a"),
        ("MAP_TILES_URL", "http://127.0.0.1:8001/{z}/{x}/{y}.png"),
    ],
)
def test_what_is_right_is_taken_as_it_is(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert READERS[name](name) == value


def test_lists_and_folders_that_are_right_are_taken(monkeypatch, tmp_path):
    for name, value, meaning in (
        ("TRANSLATION_REVIEWED", "en, fr-facile", ["en", "fr-facile"]),
        ("OFFICIAL_LIST_HOSTS", "Files.example, [::1]:8000", ["files.example", "[::1]:8000"]),
        ("ALLOWED_HOSTS", ".annuaire.example,10.0.0.2,[::1],web1", [".annuaire.example", "10.0.0.2", "[::1]", "web1"]),
        ("STATIC_ROOT", str(tmp_path), tmp_path),
        ("HOST", "::1", "[::1]"),
    ):
        monkeypatch.setenv(name, value)
        assert READERS[name](name) == meaning


@pytest.mark.parametrize("name", sorted(READERS))
@pytest.mark.parametrize("character", ["\n", "\r\n", "\x1b", "\u2028"])
def test_no_setting_holds_a_line_feed_and_none_is_quoted(monkeypatch, name, character):
    monkeypatch.setenv(name, f"secret@x.example{character}Bcc: x@y.example")
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} holds a line feed or another control") as error:
        READERS[name](name)
    assert "secret" not in str(error.value)


def test_mail_comes_from_the_contact_only_where_that_is_a_mail_address(monkeypatch):
    monkeypatch.delenv("EMAIL_FROM", raising=False)
    assert rules.sender("EMAIL_FROM", "contact@pimms.example", needed=True) == "contact@pimms.example"
    assert rules.sender("EMAIL_FROM", "04 99 98 00 00", needed=False) == "04 99 98 00 00", "none is sent"
    for contact in ("04 99 98 00 00", "contact@pimms.example ou 04 99 98 00 00"):
        with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_FROM is not set"):
            rules.sender("EMAIL_FROM", contact, needed=True)


@pytest.mark.parametrize(
    "value",
    [
        *("postgres://", "postgres://h/", "postgres://h/a/b", "postgres://h/a b", "postgres://a b/x"),
        *(
            "postgres://u:secret@h:0/x",
            "postgres://u:secret@h:99999/x",
            "postgres://u:secret@h:x/x",
            "postgres://[::1/x",
        ),
        *(
            "postgres://u:secret@h/x#y",
            "postgres://u:sec#ret@h/x",
            "postgres://u:secret@h/x?pool=1",
            "postgres://h/x?password=secret&a=b",
            "mysql://h/x",
        ),
        *(
            "postgis://h/x",
            "sqlite://",
            "sqlite:///",
            "sqlite:///db.sqlite3",
            "sqlite://var/db",
            "sqlite:////a?mode=ro",
        ),
    ],
)
def test_a_database_that_is_half_named_is_refused_without_its_password(monkeypatch, value):
    monkeypatch.setenv("DATABASE_URL", value)
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL .*: set it to an address like postgres://") as error:
        READERS["DATABASE_URL"]("DATABASE_URL")
    assert "secret" not in str(error.value) and "ret@" not in str(error.value)


@pytest.mark.parametrize(
    ("value", "database"),
    [
        ("postgres://u:p%23w@[::1]:5432/pimms?sslmode=verify-full&connect_timeout=9", "pimms"),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/pimms", "pimms"),
        ("sqlite:////var/lib/my files/db.sqlite3", "/var/lib/my files/db.sqlite3"),
        ("sqlite:///:memory:", ":memory:"),
    ],
)
def test_a_database_that_is_named_whole_is_taken(monkeypatch, value, database):
    monkeypatch.setenv("DATABASE_URL", value)
    assert READERS["DATABASE_URL"]("DATABASE_URL") == database


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"HSTS_INCLUDE_SUBDOMAINS": "true", "HSTS_SECONDS": "0"}, "HSTS_INCLUDE_SUBDOMAINS is true"),
        ({"HSTS_PRELOAD": "true"}, "HSTS_PRELOAD is true"),
        ({"HSTS_PRELOAD": "true", "HSTS_INCLUDE_SUBDOMAINS": "true", "HSTS_SECONDS": "86400"}, "HSTS_PRELOAD is true"),
        ({"SESSION_IDLE_MINUTES": "61", "SESSION_MAX_HOURS": "1"}, "SESSION_IDLE_MINUTES is “61”.* which is 1"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(monkeypatch, variables, named):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=f"^{named}"):
        rules.strict_transport(default=rules.YEAR)
        rules.session_limits()


def test_a_session_may_be_idle_for_as_long_as_it_may_last(monkeypatch):
    monkeypatch.setenv("SESSION_IDLE_MINUTES", "600")
    assert rules.session_limits() == (36_000, 36_000)
