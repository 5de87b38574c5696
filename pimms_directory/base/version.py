import hashlib
import json
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

# What pages are made with, beside the settings. The list of requirements stands for the libraries.
SOURCES = ("pimms_directory", "labels", "sites", "templates", "locale", "requirements.txt")


@cache
def version() -> str:
    """Of the running code: as the image says, as git describes the working copy, or as ``pyproject.toml`` has it."""
    if settings.VERSION:
        return settings.VERSION
    number = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    described = ""
    if (settings.BASE_DIR / ".git").exists():
        command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
        try:
            found = subprocess.run(  # noqa: S603
                command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=5, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return number
        described = found.stdout.strip()
    return f"{number}+g{described.replace('-', '.')}" if described else number


@cache
def fingerprint() -> str:
    """Another one whenever the same data might make another page: of the code, and of the settings it runs with."""
    made = hashlib.sha256()
    for path in sorted(sources()):
        made.update(f"{path.relative_to(settings.BASE_DIR)}\n".encode())
        made.update(hashlib.sha256(path.read_bytes()).digest())
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    made.update(manifest.read_bytes() if manifest.exists() else b"")
    values = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    made.update(json.dumps(values, default=in_order, sort_keys=True).encode())
    return made.hexdigest()[:32]


def sources() -> Iterator[Path]:
    for name in SOURCES:
        path = settings.BASE_DIR / name
        for found in path.rglob("*") if path.is_dir() else [path]:
            if found.is_file() and "__pycache__" not in found.parts:
                yield found


def in_order(value: Any) -> Any:
    """A set has another order in each process."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
