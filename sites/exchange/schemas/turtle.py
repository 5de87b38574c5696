"""Turtle (https://www.w3.org/TR/turtle/) from a JSON-LD dictionary whose ``@context`` holds prefixes alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Node = dict[str, Any]


def turtle(document: Mapping[str, Any]) -> str:
    """A statement for each thing that has an address; what has none stands inside of it, in brackets."""
    prefixes = [f"@prefix {name}: <{address}> .\n" for name, address in document["@context"].items()]
    things: dict[str, str] = {}
    term(document, things)
    return "".join(prefixes) + "".join(f"\n<{address}> {said} .\n" for address, said in things.items())


def term(value: Any, things: dict[str, str]) -> str:
    """``value`` as an object; the things with an address that it holds are noted, each once."""
    if not isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    if "@value" in value:
        kind = f"@{value['@language']}" if "@language" in value else f"^^{value['@type']}"
        return json.dumps(value["@value"], ensure_ascii=False) + kind
    said = {name: each for name, each in value.items() if name not in ("@context", "@id", "@type")}
    address = value.get("@id")
    if address is None:
        return f"[ {statements(value, said, things)} ]"
    if "@type" in value and address not in things:
        things[address] = ""  # its place, before what it holds
        things[address] = statements(value, said, things)
    return f"<{address}>"


def statements(value: Mapping[str, Any], said: Mapping[str, Any], things: dict[str, str]) -> str:
    lines = [f"a {value['@type']}"]
    for name, each in said.items():
        terms = [term(one, things) for one in (each if isinstance(each, list) else [each])]
        lines.append(f"{name} {', '.join(terms)}")
    return " ;\n  ".join(lines)
