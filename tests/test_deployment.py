"""What the image, compose.yaml and nginx promise to who attacks them; `make test-failures` starts them."""

import re
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parent.parent
NGINX = (ROOT / "docs/deploy/nginx.conf.template").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
APPLICATION = ("release", "web1", "web2")


def values(directive: str) -> list[str]:
    return re.findall(rf"^ *{directive} +([^;]+);", NGINX, re.MULTILINE)


def servers() -> list[str]:
    return re.findall(r"^    server \{\n(.*?)^    \}", NGINX, re.MULTILINE | re.DOTALL)


def test_nginx_speaks_tls_1_2_and_1_3_alone():
    assert values("ssl_protocols") == ["TLSv1.2 TLSv1.3"]


def test_ciphers_authenticate_what_they_encrypt_and_keep_the_past_secret():
    (ciphers,) = values("ssl_ciphers")
    for cipher in ciphers.split(":"):
        assert re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)", cipher), cipher


def test_port_80_does_nothing_but_redirect_to_https():
    plain, secure = servers()
    assert "${HTTP_LISTEN}" in plain and "return 301 ${PUBLIC_ORIGIN}$request_uri;" in plain
    assert "proxy_pass" not in plain and "root" not in plain
    assert "ssl" in re.search(r"listen \$\{HTTPS_LISTEN\}([^;]*);", secure)[1]


def test_nginx_asks_the_replicas_and_nobody_else_and_serves_no_folder():
    assert set(values("proxy_pass")) == {"http://replicas"}
    assert re.findall(r"^ +server (\$\{\w+\})", NGINX, re.MULTILINE) == ["${REPLICA_1}", "${REPLICA_2}"]
    assert not re.search(r"^\s*(autoindex|root|alias|resolver)\b", NGINX, re.MULTILINE)


def test_nginx_overwrites_what_a_client_says_about_itself():
    said = dict(value.split(maxsplit=1) for value in values("proxy_set_header"))
    assert said["X-Forwarded-For"] == "$remote_addr"
    assert said["X-Forwarded-Proto"] == "$scheme"
    assert said["X-Request-ID"] == "$request_id"
    assert said["X-Cache-Status"] == "$upstream_cache_status", "page_cache.py compares what both keep"


def test_nginx_limits_logins_searches_and_connections_and_writes_no_query_down():
    assert {zone.split()[0] for zone in values("limit_req")} == {"zone=requests", "zone=searching", "zone=logging_in"}
    assert values("limit_conn")
    (log,) = re.findall(r"log_format private(.*?);", NGINX, re.DOTALL)
    assert not re.search(r"\$(args|query_string|request_uri|request\b(?!_)|remote_addr|http_)", log)
    assert "$time_iso8601" in log and "$request_id" in log


def test_bodies_that_wait_fit_into_the_memory_that_nginx_has():
    """Without an account, one address could have it hold 60 bodies of 20 MB, in a folder that is memory."""
    everywhere, of_staff = values("client_max_body_size")
    assert everywhere == "64k" and of_staff == "20m"
    limits = dict(value.split() for value in values("limit_conn"))
    assert int(limits["large_bodies"]) * 20 + 128 < 512, "mem_limit in compose.yaml, less zones and searches"
    assert COMPOSE["proxy"]["mem_limit"] == "512m"
    assert int(limits["large_bodies_of_one"]) < int(limits["large_bodies"])
    (small,) = re.findall(r'^        "(~\^\\w\+ .*?)" "";', NGINX, re.MULTILINE)
    assert re.search(small[1:], "POST 99999:") and not re.search(small[1:], "POST 100000:")
    assert not re.search(small[1:], "POST :") and not re.search(small[1:], "POST 5:chunked")


def test_no_address_of_one_reader_is_that_of_a_kept_page_in_the_encoding_of_another():
    """Joined without a mark, “/” and “br” were the address /br: anyone could put its 404 in the place of the home."""
    (key,) = values("proxy_cache_key")
    parts = key.strip('"').split()
    assert parts == ["$encoding", "$scheme://$http_host$request_uri"], "neither holds a space"


def test_no_query_makes_a_search_look_like_a_page_without_one():
    """A question mark at the end of a query did: such searches were not counted."""
    maps = dict(re.findall(r"^    map (\S+) \$(?:asking|searching) \{\n(.*?)^    \}", NGINX, re.MULTILINE | re.DOTALL))
    assert set(maps) == {"$args", "$uri"}
    assert maps["$args"].split(";")[:2] == ["        default $network", '\n        "" ""']
    assert maps["$uri"].split(";")[:2] == ["        default $asking", '\n        "~^/static/" ""']


def test_the_image_has_what_the_server_needs_and_no_history_tests_or_secrets():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines, "nothing goes in unless it is named"
    let_in = {line[1:].split("/")[0] for line in lines if line.startswith("!")}
    assert let_in == {
        *("manage.py", "requirements.txt", "pyproject.toml", "docs", "fixtures", "labels", "locale"),
        *("pimms_directory", "sites", "static", "templates"),
    }


def test_nothing_runs_as_root_or_gains_rights_and_roots_are_read_only():
    assert re.search(r"^USER \d+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    for name in (*APPLICATION, "proxy"):
        service = COMPOSE[name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"] and not service.get("privileged"), name


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in COMPOSE.items() if "ports" in service] == ["proxy"]


def test_no_password_is_written_down_and_none_has_a_default():
    passwords = {
        value
        for service in COMPOSE.values()
        for name, value in service["environment"].items()
        if "PASSWORD" in name or "DATABASE_URL" in name
    }
    assert passwords
    for value in passwords:
        assert re.search(r"\$\{POSTGRES_PASSWORD:\?", value), value
    example = dict(re.findall(r"^([A-Z_]+)=(.*)", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "METRICS_TOKEN"):
        assert not example.get(name), "whoever copies the example chooses a secret"


def test_secrets_of_the_application_reach_it_alone():
    for name in ("proxy", "database"):
        assert "env_file" not in COMPOSE[name], name
        given = set(COMPOSE[name]["environment"])
        assert not given & {"SECRET_KEY", "METRICS_TOKEN", "EMAIL_URL", "DATABASE_URL"}, name
    assert "POSTGRES_PASSWORD" not in COMPOSE["proxy"]["environment"]


def test_the_account_of_the_application_is_no_superuser():
    script = (ROOT / "docs/deploy/database.sh").read_text("utf-8")
    assert re.search(r"CREATE ROLE pimms LOGIN .* NOSUPERUSER NOCREATEDB NOCREATEROLE;", script)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_component_is_named_with_its_version_and_hash(name):
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) > 20
    for line in lines:
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==[\w.+!]+", line), line
        assert "--hash=sha256:" in line, line
        assert "://" not in line and "git+" not in line, line


def test_scripts_put_in_no_markup_and_run_no_text():
    """What comes from elsewhere is written as text: `textContent`, or nodes that a parser made without running them."""
    forbidden = re.compile(
        r"(inner|outer)HTML\s*\+?=[^=]|insertAdjacentHTML|document\.write|\beval\(|new Function|"
        r"setTimeout\(\s*[\"'`]|createContextualFragment|\.srcdoc|\bon[a-z]+\s*=\s*[\"'`]|__proto__|"
        r"addEventListener\([\"']message|"
        r"\w\[[^\]\d][^\]]*\]\s*=(?!=)"  # a name that came from elsewhere would choose what is written to
    )
    scripts = sorted((ROOT / "static").glob("*.js"))
    assert len(scripts) >= 10
    found = {path.name: match[0] for path in scripts if (match := forbidden.search(path.read_text("utf-8")))}
    assert found == {}


def test_scripts_keep_nothing_in_the_browser_but_the_copy_that_was_asked_for():
    kept = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open")
    scripts = {path.name: kept.findall(path.read_text("utf-8")) for path in (ROOT / "static").glob("*.js")}
    assert {name: found for name, found in scripts.items() if found} == {"offline.js": ["caches.open"]}


def test_pages_use_no_plug_in():
    for path in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"<(object|embed|applet|frameset)\b", path.read_text("utf-8")), path.name


def test_what_nginx_answers_by_itself_is_as_strict():
    """Refusals of its own carry no header of the servers; answers of the servers have them once."""
    plain, secure = servers()
    for name, policy in (("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "\"default-src 'none'")):
        assert re.search(rf"add_header {name} {policy}", plain)
    assert "add_header X-Content-Type-Options $own_nosniff always;" in secure
    assert "add_header Content-Security-Policy $own_policy always;" in secure
    (statuses,) = re.findall(r"~\^\(([\d|]+)\):\$\" nosniff", NGINX)
    assert {"400", "413", "414", "429", "502", "504"} <= set(statuses.split("|")), "those that nginx gives"
    assert not {"200", "304"} & set(statuses.split("|")), "a kept page has its headers"
    assert "frame-ancestors 'none'" in re.search(r"map \$own_nosniff \$own_policy \{(.*?)\}", NGINX, re.DOTALL)[1]
