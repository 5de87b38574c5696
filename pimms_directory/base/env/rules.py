"""What particular settings must be, beside the type of their value."""

import re
import secrets
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pimms_directory.base.env import integer, refuse, text, words

NOWHERE = "https://not-set.invalid"


def path_prefix(name: str, default: str) -> str:
    """A path of this site as routes write it: without a slash in front, with one behind."""
    value = text(name, default)
    if re.fullmatch(r"/?[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*/?", value):
        return f"{value.strip('/')}/"
    return refuse(
        f"{name} is “{value}”: set it to lower-case letters, digits and hyphens, like admin/ or bureau/annuaire/.",
        default,
    )


def secret_key(name: str) -> str:
    return unguessable(name, text(name))


def former_keys(name: str) -> list[str]:
    """Sessions and links that they signed are believed: each must be as good as the present one."""
    return [key for key in words(name, "") if unguessable(name, key)]


def unguessable(name: str, key: str) -> str:
    """Short or monotonous keys can be guessed, and with them sessions forged. Never quoted in an error."""
    if key and (len(key) < 50 or len(set(key)) < 16 or key.startswith("django-insecure-")):
        return refuse(
            f"{name} can be guessed: set it to 50 random characters or more, such as those of "
            'python3 -c "import secrets; print(secrets.token_urlsafe(64))".',
            "",
        )
    return key


def hosts(name: str, default: str = "") -> list[str]:
    """Names and addresses of this server, without a port. A star would take any name that a request invents."""
    found = words(name, default)
    for host in found:
        if not re.fullmatch(r"\.?[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\]", host):
            sentence = f"{name} names “{host}”: set it to hosts without port and star, like annuaire.example,10.0.0.2."
            return refuse(sentence, [])
    return found


def token(name: str) -> str:
    """A secret that somebody brings along; empty if it is not set. Never quoted in an error."""
    value = text(name, "")
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        return refuse(f"{name} is too short or has odd characters: set it to 16 letters and digits or more.", "")
    return value


def tagging_entity(name: str, default: str) -> str:
    """An RFC 4151 tagging entity: a domain or mail address and a date on which it was the publisher's."""
    value = text(name, default)
    if re.fullmatch(r"([a-z0-9._-]+@)?[a-z0-9-]+(\.[a-z0-9-]+)*,\d{4}(-\d\d){0,2}", value):
        return value
    return refuse(f"{name} is “{value}”: set it to a domain and a year, like annuaire.example,2026.", default)


def has_usual_port(value: str) -> bool:
    """Browsers leave it out: they would be sent on to where they came from, without end. Beyond 65535 there is none."""
    scheme, _, port = value.rpartition(":")
    return (scheme[:5], port) in (("https", "443"), ("http:", "80")) or (port.isdecimal() and int(port) > 65535)


def origin(name: str, default: str | None = None, *, secure: bool = True) -> str:
    """Where a site stands, such as https://annuaire.example: scheme, host and perhaps a port, nothing behind."""
    value = text(name, default)
    scheme = "https" if secure else "https?"
    if re.fullmatch(
        rf"{scheme}://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[1-9]\d{{0,4}})?", value
    ) and not has_usual_port(value):
        return value
    if not value:  # said already
        return NOWHERE
    return refuse(
        f"{name} is “{value}”: set it to a scheme and a host in lower case, like https://annuaire.example.", NOWHERE
    )


def is_safe_download(address: str) -> bool:
    """Whether nobody on the way can change what comes from there: https, or this machine itself."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    )


def download(name: str) -> str:
    """The address of a file that is fetched now and then; empty if it is not set."""
    value = text(name, "")
    if not value or (is_safe_download(value) and not re.search(r"[^!-~]", value)):
        return value
    return refuse(f"{name} is “{value}”: set it to an address that begins with https://.", "")


class MailServer(NamedTuple):
    """As Django's settings name its parts; without a host no mail is sent."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False


def mail_server(name: str) -> MailServer:
    """``smtp+tls://user:password@mail.example:587``, ``smtps://…:465`` or, on this machine, ``smtp://localhost``.

    Never quoted in an error: it holds a password.
    """
    value = text(name, "")
    if not value:
        return MailServer()
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        parts = urlsplit(value)
        port = ports[parts.scheme] if parts.port is None else parts.port
    except (ValueError, KeyError):
        parts, port = urlsplit(""), 0
    host = parts.hostname or ""
    behind = parts.path.strip("/") or parts.query or parts.fragment
    if behind or not port or not re.fullmatch(r"[\w.-]+|[0-9a-f:]+", host):
        sentence = f"{name} is no mail server: set it like smtp+tls://user:password@mail.example:587."
        return refuse(sentence, MailServer())
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(host, port, user, password, parts.scheme == "smtp+tls", parts.scheme == "smtps")


def map_tiles(name: str, default: str, *, attribution: str) -> dict[str, str]:
    """The address pattern of a map background, whose host is shown and whose source is named; empty for “none”."""
    value = text(name, default)
    if value == "none":
        return {}
    address = urlsplit(value)
    whole = address.scheme in ("https", "http") and address.hostname and not set("'\";, ") & set(address.netloc)
    if not whole or not all(part in value for part in ("{x}", "{y}", "{z}")):
        return refuse(
            f"{name} is “{value}”: set it to an address like https://tiles.example/{{z}}/{{x}}/{{y}}.png, or to none.",
            {},
        )
    return {"url": value, "attribution": attribution, "host": address.netloc}


def is_of_this_machine(name: str) -> bool:
    """Whether a server that listens there is heard by no other machine."""
    return text(name, "127.0.0.1") in ("localhost", "127.0.0.1", "::1", "[::1]")


def web_threads() -> int:
    """Threads of each worker that answer readers: most of them wait, or serve what the page cache keeps.

    Without one each makes pages itself, and has a connection to the database.
    """
    return integer("WEB_THREADS", default=32 if integer("PAGE_CACHE_MB", default=8) else 4, minimum=1, maximum=1000)


def making_threads() -> tuple[int, int, int]:
    """How many of these make pages at once, make searches, and answer the admin and what is no page: the others serve
    what the page cache keeps. Each of them may have a connection to the database."""
    threads = web_threads()
    if not integer("PAGE_CACHE_MB", default=8):
        return threads, 0, 0
    return max(1, threads // 8), max(1, threads // 8), max(1, threads // 16)


def key_of_this_machine(folder: Path) -> str:
    """For local mode: generated once, and readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()
