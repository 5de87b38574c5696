"""``python -m tests.audit [PART …]``: each part's section of docs/audit.md is written as soon as the part is done."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from tests import audit
from tests.audit.section import as_markdown, write
from tests.audit.servers import Servers
from tests.served import ROOT

DOCUMENT = ROOT / "docs" / "audit.md"


def parts() -> dict[str, ModuleType]:
    names = [module.name for module in iter_modules(audit.__path__) if not module.name.startswith(("__", "test_"))]
    modules = {name: import_module(f"tests.audit.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "TITLE")}


def main() -> None:
    known = parts()
    parser = argparse.ArgumentParser(prog="tests.audit", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all unless given: {', '.join(known)}")
    chosen = parser.parse_args().parts or list(known)
    if unknown := sorted(set(chosen) - set(known)):
        parser.error(f"{', '.join(unknown)}: choose from {', '.join(known)}")
    missed = []
    with Servers() as servers:
        for name in chosen:
            try:
                passed = judged(name, known[name], servers)
            except Exception:  # the other parts go on
                traceback.print_exc()
                passed = False
            if not passed:
                missed.append(name)
    if missed:
        sys.exit(f"Not passed: {', '.join(missed)}")


def judged(name: str, part: ModuleType, servers: Servers, document: Path = DOCUMENT) -> bool:
    began = time.monotonic()
    section = part.run(servers.origin(getattr(part, "SERVED", "locally")))
    text = as_markdown(part.TITLE, section, date.today())
    document.write_text(write(document.read_text(), name, text))
    print(f"{text}\n\n{name}: {time.monotonic() - began:.0f} seconds\n", flush=True)
    return section.passed


if __name__ == "__main__":
    main()
