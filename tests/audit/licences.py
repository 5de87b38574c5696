"""Under what licence each package is that the directory runs on, and which licences it may be."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).resolve().parents[2] / "requirements.txt"
# They let anybody run, change and pass on the directory under its own licence. Of LGPL are the driver of PostgreSQL and
# the carrier of Leaflet, used as they come.
ALLOWED = {
    *("MIT", "MIT-CMU", "BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "Unlicense", "0BSD", "ISC"),
    *("LGPL-3.0-only", "MPL-2.0"),
}
# Those who write no SPDX expression choose one of these, or write something of their own.
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
TEXTS = {"Permission is hereby granted, free of charge": "MIT"}


def runtime(*folders: Path) -> dict[str, Distribution]:
    """What of requirements.txt this kind of machine needs, by name: packages of this environment, or of ``folders``."""
    lines = re.findall(r"^([\w.-]+==[^\\\n]+)", LOCK.read_text(), re.MULTILINE)
    needed = [each for each in map(Requirement, lines) if each.marker is None or each.marker.evaluate()]
    search = {"path": [str(folder) for folder in folders]} if folders else {}
    installed = {canonicalize_name(each.name): each for each in distributions(**search)}
    return {each.name: installed[canonicalize_name(each.name)] for each in needed}


def licence(package: Distribution) -> str:
    """As an SPDX expression; what the package says itself where it says none, “unknown” where it says nothing."""
    said = package.metadata
    if expression := said.get("License-Expression"):
        return expression
    classifiers = [
        each.rpartition(" :: ")[2] for each in said.get_all("Classifier") or [] if each.startswith("License")
    ]
    if chosen := [CLASSIFIERS.get(each, each) for each in classifiers if each != "OSI Approved"]:
        return " AND ".join(chosen)
    texts = [file.read_text() for file in package.files or [] if "LICENSE" in file.name]
    found = {name for begin, name in TEXTS.items() for text in texts if begin in text}
    return said.get("License") or " AND ".join(sorted(found)) or "unknown"


def allowed(expression: str) -> bool:
    """Of a choice, each must be: nobody has to ask which was taken."""
    return set(re.findall(r"[\w.+-]+", expression)) - {"AND", "OR"} <= ALLOWED
