"""The JSON Schema of records, read from their type hints.

class Name(TypedDict):
    code: Annotated[str, about("Code INSEE.", pattern="^[0-9]{2}$")]
    ended_on: date | None
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
SIMPLE: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    NoneType: {"type": "null"},
}


@dataclass(frozen=True, eq=False)
class About:
    """What JSON Schema says of a value beside its type."""

    keywords: Schema


def about(description: str = "", **keywords: Any) -> About:
    return About({**({"description": description} if description else {}), **keywords})


def schema_of(hint: Any) -> Schema:
    kind, parts = get_origin(hint), get_args(hint)
    if kind is Annotated:
        return {**schema_of(parts[0]), **{key: value for each in parts[1:] for key, value in each.keywords.items()}}
    if kind is NotRequired:
        return schema_of(parts[0])
    if kind in (Union, UnionType):
        return {"anyOf": [schema_of(part) for part in parts]}
    if kind is list:
        return {"type": "array", "items": schema_of(parts[0])}
    if kind is Literal:
        return {"const": parts[0]}
    return reference(hint.__name__) if is_typeddict(hint) else SIMPLE[hint]


def reference(name: str) -> Schema:
    return {"$ref": f"{REFERENCE}{name}"}


def object_of(record: Any) -> Schema:
    """It has the keys that are named, and no others."""
    hints = get_type_hints(record, include_extras=True)
    optional = [name for name, hint in hints.items() if get_origin(hint) is NotRequired]
    return closed_object({name: schema_of(hint) for name, hint in hints.items()}, optional)


def closed_object(properties: dict[str, Schema], optional: Collection[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
