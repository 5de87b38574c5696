"""What the process writes on standard output: lines of JSON in production, lines to read on one's own machine.

People type where they live and what they look for: while a request is answered, no line quotes its query, and no
traceback the messages of its exceptions, in which drivers and converters repeat what they were given.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pimms_directory.base import env

# Of the request that this thread answers; empty outside of any.
request_id: ContextVar[str] = ContextVar("request_id", default="")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
WARNING = (logging.WARNING, "WARNING")
QUERY = re.compile(r"\?[^\s'\"<>]+")
CLIENT_PREFIX = {4: 24, 6: 48}  # bits of an address that are kept: a neighbourhood, not a household


def formatter_name() -> str:
    """``json`` or ``text``."""
    production = env.text("PIMMS_MODE", "production") == "production"
    return env.choice("LOG_FORMAT", {"json", "text"}, default="json" if production else "text")


class PrivateFormatter(logging.Formatter):
    def message(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        return QUERY.sub("?…", message) if "?" in message and request_id.get() else message

    def trace(self, record: logging.LogRecord) -> str:
        if not record.exc_info:
            return ""
        error = record.exc_info[1]
        return outline(error) if error and request_id.get() else self.formatException(record.exc_info)


class JsonFormatter(PrivateFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message(record),
        }
        if current := request_id.get():
            line["request_id"] = current
        line |= getattr(record, "access", {})
        if trace := self.trace(record):
            line["traceback"] = trace
        return json.dumps(line)


class TextFormatter(PrivateFormatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).isoformat(" ", "milliseconds")
        line = f"{time} {record.levelname} {request_id.get() or '-'} {record.name} {self.message(record)}"
        trace = self.trace(record)
        return f"{line}\n{trace}" if trace else line


class Refusals(logging.Filter):
    """That somebody asked for what is wrong, too large or not allowed is no failure of ours: no error, no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
            record.levelno, record.levelname = min((record.levelno, record.levelname), WARNING)
        return True


def outline(error: BaseException) -> str:
    """Where it happened, of which type, with the database's code: all that may be said of a request's failure."""
    return "\nwhile handling:\n".join(
        f"{''.join(traceback.format_tb(link.__traceback__))}{type(link).__module__}.{type(link).__qualname__}"
        f" {getattr(link, 'sqlstate', None) or getattr(link, 'sqlite_errorname', '')}".rstrip()
        for link in chain(error)
    )


def chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def client_address(environ: Mapping[str, Any], proxies: int) -> Address | None:
    """Who asked; None if unknown, as behind a Unix socket.

    ``proxies`` of our own stand in front: each appends to X-Forwarded-For whom it answers. What stands before their
    entries is the client's word, and could name a new address with each request.
    """
    said = ""
    if proxies:
        said = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")[-proxies:][0].strip()
    try:
        address = ipaddress.ip_address(said or environ.get("REMOTE_ADDR", "").strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network(address: Address) -> str:
    """Enough of an address to recognise a place, too little to recognise a person: 203.0.113.0/24."""
    return str(ipaddress.ip_network((address, CLIENT_PREFIX[address.version]), strict=False))


def client_network(environ: Mapping[str, Any], proxies: int) -> str:
    """Where a request came from, roughly; empty if unknown."""
    address = client_address(environ, proxies)
    return network(address) if address else ""


def configured() -> dict[str, Any]:
    """Django's ``LOGGING``: everything on standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "pimms_directory.base.logs.JsonFormatter"},
            "text": {"()": "pimms_directory.base.logs.TextFormatter"},
        },
        "filters": {"refusals": {"()": "pimms_directory.base.logs.Refusals"}},
        "handlers": {
            "stdout": {
                "filters": ["refusals"],
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": formatter_name(),
            }
        },
        "root": {"handlers": ["stdout"], "level": env.choice("LOG_LEVEL", LEVELS, default="INFO")},
        "loggers": {
            # The default also mails the administrators; here stdout is the one place to look at.
            "django": {"handlers": [], "propagate": True},
            "psycopg.pool": {"level": "ERROR"},  # each attempt to reach a database that is away; we say it once
            "axes": {"level": "WARNING"},  # each step of each login, otherwise
            # Scanners send foreign Host headers all day: the 400 in the access log says enough.
            "django.security.DisallowedHost": {"level": "CRITICAL", "propagate": False},
        },
    }
