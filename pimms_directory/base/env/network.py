"""Settings that are hosts and addresses on the network."""

import re
from datetime import date
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pimms_directory.base.env import refuse, text, words

NOWHERE = "https://not-set.invalid"


def is_address(value: str) -> bool:
    try:
        return bool(ip_address(value)) and "%" not in value
    except ValueError:
        return False


def is_host(value: str) -> bool:
    """As an address of a page names it: a name or an IPv4 address, or an IPv6 address in brackets."""
    if value.startswith("[") and value.endswith("]"):
        return ":" in value and is_address(value[1:-1])
    if re.fullmatch(r"[0-9.]+", value):
        return is_address(value)
    label = r"(?!-)[a-zA-Z0-9-]{1,63}(?<!-)"
    return len(value) < 254 and bool(re.fullmatch(rf"{label}(\.{label})*", value))


def is_host_with_port(value: str) -> bool:
    """Without the usual port: nobody writes it."""
    found = re.fullmatch(r"(.+?)(?::([1-9][0-9]{0,4}))?", value)
    return found is not None and is_host(found[1]) and found[2] != "443" and int(found[2] or 1) < 65536


def hosts(name: str, default: str = "") -> list[str]:
    """Names and addresses of this server, without a port. A star would take any name that a request invents, and so
    would a dot in front of the last part of one."""
    found = words(name, default)
    for host in found:
        if not is_host(host.removeprefix(".")) or (host[0] == "." and "." not in host[1:]):
            sentence = f"{name} names “{host}”: set it to hosts without port and star, like annuaire.example,10.0.0.2."
            return refuse(sentence, [])
    return found


def hosts_with_ports(name: str, default: str) -> list[str]:
    found = [host.lower() for host in words(name, default)]
    for host in found:
        if not is_host_with_port(host):
            sentence = (
                f"{name} names “{host}”: set it to hosts, with a port only where it is not 443, like files.example."
            )
            return refuse(sentence, [])
    return found


def listening_host(name: str) -> str:
    """Where a server listens; an IPv6 address in brackets, as gunicorn has it."""
    value = text(name, "127.0.0.1")
    bracketed = f"[{value}]" if ":" in value and value[0] != "[" else value
    if is_host(bracketed):
        return bracketed
    return refuse(f"{name} is “{value}”: set it to an address or a name of this machine, like 127.0.0.1.", "127.0.0.1")


def is_of_this_machine(host: str) -> bool:
    """Whether a server that listens there is heard by no other machine, and one that is asked there is no other."""
    return host == "localhost" or (is_address(host.strip("[]")) and ip_address(host.strip("[]")).is_loopback)


def tagging_entity(name: str, default: str) -> str:
    """An RFC 4151 tagging entity: a domain or mail address and a date on which it was the publisher's."""
    value = text(name, default)
    found = re.fullmatch(r"([a-z0-9._-]+@)?([a-z0-9.-]+),([0-9]{4}(-[0-9]{2}){0,2})", value)
    if found and is_host(found[2]) and is_date(found[3] + "-01-01"[len(found[3]) - 4 :]):
        return value
    return refuse(f"{name} is “{value}”: set it to a domain and a year, like annuaire.example,2026.", default)


def is_date(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def has_usual_port(value: str) -> bool:
    """Browsers leave it out: they would be sent on to where they came from, without end. Beyond 65535 there is none."""
    scheme, _, port = value.rpartition(":")
    return (scheme[:5], port) in (("https", "443"), ("http:", "80")) or (port.isdecimal() and int(port) > 65535)


def origin(name: str, default: str | None = None, *, secure: bool = True) -> str:
    """Where a site stands, such as https://annuaire.example: scheme, host and perhaps a port, nothing behind."""
    value = text(name, default)
    found = re.fullmatch(rf"{'https' if secure else 'https?'}://([^A-Z]+?)(:[1-9][0-9]{{0,4}})?", value)
    if found and is_host(found[1]) and not has_usual_port(value):
        return value
    if not value:  # said already
        return NOWHERE
    return refuse(
        f"{name} is “{value}”: set it to a scheme and a host in lower case, like https://annuaire.example.", NOWHERE
    )


def parts_of(address: str) -> SplitResult | None:
    """Of an address on the web, with nobody's name and password in it; None if it is none."""
    try:
        parts = urlsplit(address)
        whole = not re.search(r"[^!-~]", address) and "@" not in parts.netloc and parts.port != 0
        return parts if whole and is_host(parts.netloc.removesuffix(f":{parts.port}")) else None
    except ValueError:  # brackets that do not close, a port that is no number
        return None


def is_safe_download(address: str) -> bool:
    """Whether nobody on the way can change what comes from there: https, or this machine itself."""
    parts = parts_of(address)
    return parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_of_this_machine(parts.hostname or ""))
    )


def download(name: str) -> str:
    """The address of a file that is fetched now and then; empty if it is not set."""
    value = text(name, "")
    if not value or is_safe_download(value):
        return value
    return refuse(f"{name} is “{value}”: set it to an address that begins with https://.", "")


def map_tiles(name: str, default: str, *, attribution: str) -> dict[str, str]:
    """The address pattern of a map background, whose host is shown and whose source is named; empty for “none”.

    Browsers load no picture without https on a page that came with it, unless it is of their own machine.
    """
    value = text(name, default)
    if value == "none":
        return {}
    behind = value.partition("://")[2].partition("/")[2].partition("#")[0]
    if not is_safe_download(value.replace("{s}", "s")) or not all(part in behind for part in ("{x}", "{y}", "{z}")):
        return refuse(
            f"{name} is “{value}”: set it to an address like https://tiles.example/{{z}}/{{x}}/{{y}}.png, or to none.",
            {},
        )
    return {"url": value, "attribution": attribution, "host": urlsplit(value).netloc}
