"""Which version of the code runs."""

import subprocess
import tomllib
from functools import cache

from django.conf import settings


@cache
def version() -> str:
    """As the image says, as git describes the working copy, or as ``pyproject.toml`` has it."""
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
