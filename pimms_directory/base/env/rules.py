"""What particular settings must be, beside the type of their value.

``network.py`` has those that are hosts and addresses.
"""

import re
import secrets
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from pimms_directory.base.env import boolean, integer, refuse, text, words

YEAR = 31_536_000  # seconds


def path_prefix(name: str, default: str) -> str:
    """A path of this site as routes write it, and nginx: without a slash in front, with one behind."""
    value = text(name, default)
    if re.fullmatch(r"([a-z0-9][a-z0-9-]*/)+", value):
        return value
    return refuse(
        f"{name} is “{value}”: set it to lower-case letters, digits and hyphens, a slash behind and none in front, "
        "like admin/ or bureau/annuaire/.",
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


def known_codes(name: str, known: set[str]) -> list[str]:
    found = words(name, "")
    for code in found:
        if code not in known:
            return refuse(f"{name} names “{code}”: set it to some of {', '.join(sorted(known))}.", [])
    return found


def folder(name: str, default: Path) -> Path:
    """By its whole path: commands and the server start in different folders, and would mean another one each."""
    value = text(name, str(default))
    path = Path(value)
    if path.is_absolute() and not path.is_file():
        return path
    return refuse(f"{name} is “{value}”: set it to the whole path of a folder, like {default.absolute()}.", default)


def folder_beside(name: str, default: Path, others: list[Path]) -> Path:
    """Neither in one of the others nor around it: collecting static files would write over those that it reads."""
    path = folder(name, default)
    for other in others:
        if path.resolve().is_relative_to(other.resolve()) or other.resolve().is_relative_to(path.resolve()):
            return refuse(f"{name} is “{path}”, and {other} is read from: set it to a folder of its own.", default)
    return path


def token(name: str) -> str:
    """A secret that somebody brings along; empty if it is not set. Never quoted in an error."""
    value = text(name, "")
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        return refuse(f"{name} is too short or has odd characters: set it to 16 letters and digits or more.", "")
    return value


def is_mail_address(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def sender(name: str, contact: str, *, needed: bool) -> str:
    """Who mail comes from: a mail address, perhaps with a name in front, ``Annuaire <annuaire@pimms.example>``."""
    value = text(name, contact if is_mail_address(contact) or not needed else None)
    named = re.fullmatch(r"[^<>@,;\"]*<([^<>]+)>", value)
    if value in ("", contact) or is_mail_address(named[1] if named else value):
        return value
    return refuse(f"{name} is “{value}”: set it to a mail address, like annuaire@pimms.example.", "")


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


def web_processes() -> int:
    return integer("WEB_CONCURRENCY", default=2, minimum=1, maximum=1000)


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


class StrictTransport(NamedTuple):
    """How browsers keep to HTTPS, in the order of their names in Django's settings."""

    seconds: int
    include_subdomains: bool
    preload: bool


def strict_transport(*, default: int) -> StrictTransport:
    """Neither of the last two is taken back soon: other sites of the domain may have no HTTPS, and browsers ship the
    preload list."""
    seconds = integer("HSTS_SECONDS", default=default, maximum=10 * YEAR)
    include_subdomains = boolean("HSTS_INCLUDE_SUBDOMAINS", default=False)
    preload = boolean("HSTS_PRELOAD", default=False)
    if preload and not (include_subdomains and seconds >= YEAR):
        refuse(f"HSTS_PRELOAD is true: set HSTS_INCLUDE_SUBDOMAINS=true and HSTS_SECONDS to {YEAR} or more, too.", None)
    elif include_subdomains and not seconds:
        refuse("HSTS_INCLUDE_SUBDOMAINS is true, and HSTS_SECONDS is 0: set both, or none of them.", None)
    return StrictTransport(seconds, include_subdomains, preload)


def session_limits() -> tuple[int, int]:
    """After how many seconds a session ends that is not used, and any session."""
    minutes = integer("SESSION_IDLE_MINUTES", default=60, minimum=1)
    hours = integer("SESSION_MAX_HOURS", default=10, minimum=1)
    if minutes > 60 * hours:
        refuse(
            f"SESSION_IDLE_MINUTES is “{minutes}”: set it to no more than SESSION_MAX_HOURS, which is {hours}.", None
        )
    return 60 * minutes, 3600 * hours
