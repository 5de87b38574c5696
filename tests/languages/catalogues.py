"""Reads the catalogues as they are written, ``.po``: Python itself reads only what is made of them, ``.mo``."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r'(?:(msgid|msgid_plural|msgctxt|msgstr)(?:\[(\d+)\])? )?(".*")')


@dataclass
class Message:
    flags: str
    id: str
    plural: str
    texts: list[str]  # one, or one for each plural form


def messages(path: Path) -> list[Message]:
    """All but those that were given up, ``#~``; the first one is the header."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        key, flags = "", ""
        for line in block.splitlines():
            if line.startswith("#,"):
                flags += line
            elif match := LINE.fullmatch(line):
                if match[1]:
                    key = f"{match[1]} {match[2] or ''}".strip()
                parts[key] = parts.get(key, "") + ast.literal_eval(match[3])
        if "msgid" in parts:
            texts = [text for name, text in sorted(parts.items()) if name.startswith("msgstr")]
            found.append(Message(flags, parts["msgid"], parts.get("msgid_plural", ""), texts))
    return found
