"""How the application starts, each time in a process of its own: settings are read once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.one_database, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "SECRET_KEY": "uW7qzE3nRk9tYb2vXs5dGf8hJm4cLp6aQeT1oZiN0rVxCwByKjPg",
    "PUBLIC_ORIGIN": "https://pimms.example",
    "DATABASE_URL": "sqlite:///:memory:",
    "SITE_PUBLISHER": "Association Exemple",
    "SITE_CONTACT": "contact@pimms.example",
    "SITE_PUBLICATION_DIRECTOR": "Camille Exemple",
    "SITE_HOST": "Hébergeur Exemple, 1 rue des Serveurs, Lyon, 04 99 98 00 00",
}
SETTINGS = ("-c", "import pimms_directory.settings")
SERVER = ("-c", "import pimms_directory.wsgi")
DEPLOY = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
LOCAL = {"PIMMS_MODE": "local"}


@pytest.fixture
def start(tmp_path):
    """Starts Python with these variables and no other of this machine's."""

    def run(command: tuple[str, ...], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env={"PIMMS_VAR": str(tmp_path), "PIMMS_ENV_FILE": os.devnull, "PYTHONUTF8": "1"} | variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


def beside(name: str) -> dict[str, str]:
    """What must be set for a variable to count."""
    if not name.startswith("DATABASE_POOL"):
        return {}
    return {"DATABASE_URL": "postgres://pimms@localhost/pimms", "PIMMS_SERVING": "true"}


@pytest.mark.parametrize("name", ["SECRET_KEY", "PUBLIC_ORIGIN", "DATABASE_URL"])
def test_production_without_a_required_variable_does_not_start_and_names_it(start, name):
    result = start(SETTINGS, {key: value for key, value in PRODUCTION.items() if key != name})
    assert result.returncode != 0
    assert f"{name} is not set." in result.stderr


GUNICORN = ("-m", "pimms_directory.serving")


@pytest.mark.parametrize("command", [DEPLOY, ("manage.py", "migrate"), SERVER, GUNICORN])
def test_all_that_is_missing_or_wrong_is_one_list_without_a_traceback(start, command):
    wrong = {"HSTS_SECONDS": "un an", "PAGE_CACHE_MB": "beaucoup", "DATABASE_URL": "pimms", "DEBUG": "true"}
    result = start(command, wrong)
    assert result.returncode == 1
    said = result.stderr.strip().splitlines()
    assert said[0] == "10 settings are missing or wrong:"
    named = {line.removeprefix("- ").split()[0] for line in said[1:-1]}
    assert named == set(wrong) | (set(PRODUCTION) - {"DATABASE_URL"})
    assert said[-1].startswith("In production, set what is missing")
    assert "SITE_HOST is not set: name, address and telephone number of the hosting provider." in result.stderr


def test_the_server_says_its_own_variables_in_the_same_list(start):
    said = start(
        GUNICORN, PRODUCTION | {"PORT": "http", "WEB_CONCURRENCY": "0", "HSTS_SECONDS": "x"}
    ).stderr.splitlines()
    assert said[0] == "3 settings are missing or wrong:"
    assert [line.split()[1] for line in said[1:]] == ["WEB_CONCURRENCY", "PORT", "HSTS_SECONDS"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("WEB_CONCURRENCY", value) for value in ("1.5", "deux", "-1", "1001")),
        ("WEB_THREADS", "1.5"),
        ("PORT", "80.5"),
        *(("GUNICORN_CMD_ARGS", value) for value in ("--bind 0.0.0.0:9000", "--workers 1.5", "--bind '")),
        ("FORWARDED_ALLOW_IPS", "proxy"),
    ],
)
def test_what_gunicorn_would_read_by_itself_is_refused_with_our_sentence(start, name, value):
    result = start(GUNICORN, PRODUCTION | {"HSTS_SECONDS": "x", name: value})
    assert result.returncode == 1
    said = result.stderr.splitlines()
    assert said[0] == "2 settings are missing or wrong:" and len(said) == 3
    assert said[1].startswith(f"- {name} is “{value}”: ")


@pytest.mark.parametrize(
    ("variables", "header"),
    [
        ({}, (False, False)),
        ({"HSTS_INCLUDE_SUBDOMAINS": "true"}, (True, False)),
        ({"HSTS_INCLUDE_SUBDOMAINS": "true", "HSTS_PRELOAD": "true"}, (True, True)),
    ],
)
def test_hsts_takes_in_subdomains_and_the_preload_list_only_when_asked(start, variables, header):
    show = "from pimms_directory import settings as s; print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, "
    result = start(("-c", f"{show}s.SECURE_HSTS_PRELOAD)"), PRODUCTION | variables)
    assert result.stdout.split() == ["31536000", *map(str, header)], result.stderr


@pytest.mark.parametrize("more", [{}, {"HSTS_INCLUDE_SUBDOMAINS": "true", "HSTS_SECONDS": "86400"}])
def test_a_preload_that_browsers_would_refuse_is_refused(start, more):
    result = start(DEPLOY, PRODUCTION | {"HSTS_PRELOAD": "true"} | more)
    assert result.returncode == 1
    assert result.stderr.startswith("HSTS_PRELOAD is true: set HSTS_INCLUDE_SUBDOMAINS=true")


FILE = """# A comment, and an empty line

PIMMS_MODE=local
SITE_PUBLISHER="Association d’Exemple & Cie"
SITE_HOST="Hébergeur SA, 1 rue des Serveurs (Lyon) ; 04 99 98 00 00"
SITE_PUBLICATION_DIRECTOR='Camille d’Exemple'
SITE_CONTACT=contact@pimms.example
"""


@pytest.mark.parametrize("reader", ["shell", "docker run", "PIMMS_ENV_FILE"])
def test_one_environment_file_means_the_same_to_all_who_read_it(start, tmp_path, reader):
    """systemd takes the quotes off like a shell; ``docker run --env-file`` leaves them in the value."""
    file = tmp_path / "pimms.env"
    file.write_text(FILE, "utf-8")
    variables = {"PIMMS_ENV_FILE": str(file)}
    if reader == "docker run":
        lines = [line for line in FILE.splitlines() if line and not line.startswith("#")]
        variables = dict(line.split("=", 1) for line in lines)
    elif reader == "shell":
        script = f"set -a; . {file}; set +a; env -0"
        read = subprocess.run(["sh", "-c", script], capture_output=True, check=True, env={}, encoding="utf-8")
        variables = dict(each.split("=", 1) for each in read.stdout.split("\0") if each.startswith(("SITE_", "PIMMS_")))
    show = ("-c", "from pimms_directory import settings; print(*settings.SITE.values(), sep='|')")
    assert start(show, variables).stdout.strip().split("|") == [
        "Association d’Exemple & Cie",
        "contact@pimms.example",
        "",
        "Camille d’Exemple",
        "Hébergeur SA, 1 rue des Serveurs (Lyon) ; 04 99 98 00 00",
    ]


def test_the_example_of_an_environment_file_is_read_by_a_shell_as_by_us(start):
    script = f"set -a; . {ROOT / '.env.example'}; set +a; env -0"
    read = subprocess.run(["sh", "-c", script], capture_output=True, check=True, env={}, encoding="utf-8")
    in_shell = dict(each.split("=", 1) for each in read.stdout.split("\0") if each.startswith(("SITE_", "PUBLIC_")))
    from dotenv import dotenv_values

    ours = dotenv_values(ROOT / ".env.example")
    assert {name: ours[name] for name in in_shell} == in_shell
    assert len(in_shell) == 5


def test_production_is_the_mode_when_nothing_is_said(start):
    assert "SECRET_KEY is not set." in start(SETTINGS, {}).stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIMMS_MODE", "staging"),
        ("DEBUG", "peut-être"),
        ("HSTS_SECONDS", "un an"),
        ("TRUST_PROXY", "maybe"),
        ("LOG_LEVEL", "loud"),
        ("PAGE_CACHE_MB", "beaucoup"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "pimms"),
        ("DATABASE_URL", "mysql://user@localhost/pimms"),
        ("DATABASE_POOL_MAX", "1"),
        *(
            ("ADMIN_PATH", path)
            for path in ("Admin/", "../a/", "admin//x/", "admin?x/", "/", "bureau", "/bureau/", "un bureau/")
        ),
        ("ADMIN_REQUIRE_TOTP", "oui"),
        *((name, "0") for name in ("SESSION_IDLE_MINUTES", "SESSION_MAX_HOURS", "LOGIN_FAILURE_LIMIT")),
        *((name, "0") for name in ("LOGIN_LOCK_MINUTES", "LOGIN_LOG_DAYS", "PROXY_COUNT")),
        ("LOGIN_FAILURE_LIMIT", "101"),
        ("EMAIL_FROM", "annuaire"),
        ("FEED_AUTHORITY", "pimms.example,2026-13"),
        ("HOST", "unix:/run/pimms.sock"),
        ("TRANSLATION_REVIEWED", "de"),
        ("OFFICIAL_LIST_HOSTS", "files.example/list"),
        ("OFFICIAL_LIST_URL", "http://list.example/"),
        ("MAP_TILES_URL", "http://tiles.example/{z}/{x}/{y}"),
        *(("STATIC_ROOT", path) for path in ("static", str(ROOT / "static"), str(ROOT), "/")),
        *((name, "var") for name in ("PIMMS_VAR", "BACKUP_DIR")),
        ("SESSION_IDLE_MINUTES", "601"),
        ("HSTS_INCLUDE_SUBDOMAINS", "true"),
    ],
)
def test_malformed_variable_stops_the_start_and_is_named_with_its_value(start, name, value):
    result = start(
        ("-c", "import django; django.setup()"),
        PRODUCTION | LOCAL | {"DJANGO_SETTINGS_MODULE": "pimms_directory.settings"} | beside(name) | {name: value},
    )
    assert result.returncode != 0
    sentence = result.stderr.strip().splitlines()[-1]
    assert name in sentence
    assert value.partition(":")[0].lower() in sentence.lower()


def test_without_any_setting_the_command_names_the_line_to_type(start):
    result = start(("manage.py",), {})
    assert "echo PIMMS_MODE=local > .env" in result.stdout + result.stderr


def test_a_file_sets_what_the_environment_does_not(start, tmp_path):
    file = tmp_path / "settings.env"
    file.write_text('PIMMS_MODE=local\nSITE_HOST="Hébergeur à espaces"\nSITE_CONTACT=file@pimms.example\n', "utf-8")
    show = ("-c", "from pimms_directory import settings; print(settings.SITE)")
    found = start(show, {"PIMMS_ENV_FILE": str(file), "SITE_CONTACT": "typed@pimms.example"}).stdout
    assert "Hébergeur à espaces" in found
    assert "typed@pimms.example" in found and "file@" not in found


def test_debug_is_refused_in_production(start):
    result = start(SETTINGS, PRODUCTION | {"DEBUG": "true"})
    assert result.returncode != 0
    assert "DEBUG is true in production mode" in result.stderr


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name.startswith("SITE_")])
def test_server_does_not_start_with_an_incomplete_legal_notice(start, name):
    result = start(SERVER, {key: value for key, value in PRODUCTION.items() if key != name})
    assert result.returncode != 0
    assert result.stderr.startswith(f"{name} is not set: ")
    assert "Traceback" not in result.stderr


def test_server_starts_with_all_production_variables(start, tmp_path):
    result = start(("-W", "error", *SERVER), PRODUCTION | {"STATIC_ROOT": str(tmp_path)})
    assert result.returncode == 0, result.stderr


def test_deployment_check_finds_nothing_to_warn_of(start):
    result = start(DEPLOY, PRODUCTION)
    assert result.returncode == 0, result.stderr


def test_local_mode_needs_no_variable_and_keeps_its_key_to_the_owner(start, tmp_path):
    show = ("-c", "from pimms_directory import settings; print(settings.SECRET_KEY)")
    first, second = start(show, LOCAL), start(show, LOCAL)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "path",
    ["pimms/", "labels/admin/", "departements/", "static/", "healthz/", "metrics/", "en/", "fr-facile/", "uk/a/"],
)
def test_the_admin_is_refused_below_a_public_address(start, path):
    result = start(("manage.py", "check"), LOCAL | {"ADMIN_PATH": path})
    assert result.returncode != 0
    assert "pimms_directory.E002" in result.stderr


FOLLOW_THE_ADMIN = """
import django
django.setup()
from django.test import Client
client = Client()
login = client.get("/bureau/annuaire/", follow=True)
assert login.redirect_chain[-1][0].startswith("/bureau/annuaire/login/"), login.redirect_chain
cookie = login.client.cookies["csrftoken"]
assert cookie["path"] == "/bureau/annuaire/", cookie
assert 'action="/bureau/annuaire/login/' in login.content.decode()
strict = Client(enforce_csrf_checks=True)
assert strict.post("/bureau/annuaire/login/", {"username": "x", "password": "y"}).status_code == 403
assert client.get("/admin/").status_code == 404
assert not client.get("/accessibilite/").cookies
assert client.get("/Bureau/Annuaire").url == "/bureau/annuaire/"
assert "bureau" not in client.get("/robots.txt").content.decode()
assert "/admin/" not in client.get("/robots.txt").content.decode()
"""


def test_the_admin_may_stand_elsewhere_and_everything_follows(start):
    variables = {"ADMIN_PATH": "bureau/annuaire/", "DEBUG": "true", "ALLOWED_HOSTS": "testserver"}
    variables |= {"DJANGO_SETTINGS_MODULE": "pimms_directory.settings"}
    result = start(("-c", FOLLOW_THE_ADMIN), LOCAL | variables)
    assert result.returncode == 0, result.stderr


def test_cookies_of_production_are_secure_and_kept_to_the_admin(start):
    show = "from pimms_directory import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, "
    show += "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_PATH, s.CSRF_COOKIE_PATH)"
    result = start(("-c", show), PRODUCTION | {"ADMIN_PATH": "bureau/"})
    assert result.stdout.split() == ["__Secure-session", "__Secure-csrf", "True", "True", "/bureau/", "/bureau/"]


def test_former_keys_are_a_list(start):
    show = ("-c", "from pimms_directory import settings; print(settings.SECRET_KEY_FALLBACKS)")
    keys = [f"{'abcdefghijklmnopqrstuvwxyz' * 2}{number}" for number in (1, 2)]
    assert start(show, LOCAL | {"SECRET_KEY_FALLBACKS": ", ".join(keys)}).stdout.strip() == str(keys)


def test_a_former_key_that_can_be_guessed_stops_the_start_as_the_present_one_would(start):
    result = start(SETTINGS, PRODUCTION | {"SECRET_KEY_FALLBACKS": "hunter2"})
    assert result.returncode != 0
    assert "SECRET_KEY_FALLBACKS can be guessed" in result.stderr
    assert "hunter2" not in result.stderr


def test_metrics_token_that_can_be_guessed_stops_the_start_and_is_not_repeated(start):
    result = start(SETTINGS, LOCAL | {"METRICS_TOKEN": "hunter2"})
    assert result.returncode != 0
    assert "METRICS_TOKEN is too short" in result.stderr
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize(("variables", "loaded"), [({}, "False"), ({"METRICS_TOKEN": "0123456789abcdef"}, "True")])
def test_metrics_cost_nothing_unless_asked_for(start, tmp_path, variables, loaded):
    show = ("-c", "import pimms_directory.wsgi, sys; print('prometheus_client' in sys.modules)")
    result = start(show, PRODUCTION | {"STATIC_ROOT": str(tmp_path)} | variables)
    assert result.stdout.strip() == loaded, result.stderr


@pytest.mark.parametrize("key", ["court", "a" * 60, "abab" * 20, f"django-insecure-{PRODUCTION['SECRET_KEY']}"])
def test_a_key_that_can_be_guessed_is_refused_and_not_quoted(start, key):
    said = start(SERVER, PRODUCTION | {"SECRET_KEY": key})
    assert said.returncode == 1
    assert said.stderr.startswith("SECRET_KEY can be guessed: set it to 50 random characters")
    assert key not in said.stderr


@pytest.mark.parametrize(
    "host", ["*", "pimms.example,*", "*.pimms.example", "https://pimms.example", "pimms.example:80"]
)
def test_hosts_that_a_request_could_invent_are_refused(start, host):
    said = start(SERVER, PRODUCTION | {"ALLOWED_HOSTS": host})
    assert said.returncode == 1
    assert said.stderr.startswith(f"ALLOWED_HOSTS names “{host.rpartition(',')[2]}”")


@pytest.mark.parametrize(
    ("variables", "warns"),
    [
        ({}, False),
        ({"HOST": "::"}, True),
        ({"HOST": "10.0.0.2"}, True),
        ({"HOST": "10.0.0.2", "TRUST_PROXY": "true"}, False),
        ({"HOST": "10.0.0.2", "TRUST_PROXY": "false"}, False),
        ({"HOST": "127.0.0.1"}, False),
    ],
)
def test_a_server_that_others_reach_says_whether_they_are_proxies(start, variables, warns):
    assert ("pimms_directory.W003" in start(DEPLOY, PRODUCTION | variables).stderr) == warns
