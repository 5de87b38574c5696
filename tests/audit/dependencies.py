"""What the directory ships of others: known vulnerabilities, licences, and a bill of materials."""

from __future__ import annotations

import json
import shutil
from tempfile import NamedTemporaryFile

from packaging.utils import canonicalize_name

from tests.audit.licences import LOCK, allowed, licence, runtime
from tests.audit.section import Section
from tests.audit.tools import FOLDER, VENV, printed_by, python_packages
from tests.served import ROOT

TITLE = "Dependencies"
SERVED = None
# A version with vulnerabilities that every database has: one that finds none in it was not reached.
VULNERABLE = "django==2.2.0"
DATABASES = {"pypi": "PyPI", "osv": "OSV"}
SBOM = FOLDER / "sbom"
NOTE = """\
All that `requirements.txt` pins, as the image installs it. A database of vulnerabilities counts as reached when it
knows those of a control (`django==2.2.0`); it passes what it knows each package of, and no vulnerability. The licences
allowed are listed in `tests/audit/licences.py`; `make test` looks at them, too. The bill of materials is written
to `var/audit/sbom/`, beside those that packages bring of what is compiled into them ({bringing}). Of the image it names
what Python installs; the rest is Debian’s: `docker run --rm IMAGE dpkg-query --show`."""
VALID = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()) or "valid")
"""


def vulnerabilities(database: str, *requirements: str) -> dict[str, list[str] | None]:
    """The ids of each package; ``None`` for one that the database knows nothing of. Empty where it does not answer."""
    options = ("--disable-pip", "--progress-spinner=off", "--format=json", f"--vulnerability-service={database}")
    printed = printed_by(VENV / "pip-audit", *options, *requirements, may_fail=[1])
    if not printed:
        return {}
    return {
        canonicalize_name(each["name"]): [found["id"] for found in each["vulns"]] if "vulns" in each else None
        for each in json.loads(printed)["dependencies"]
    }


def reached() -> str:
    """The first database that knows what is known."""
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(VULNERABLE)
        file.flush()
        for database in DATABASES:
            if any(vulnerabilities(database, "--no-deps", f"--requirement={file.name}").values()):
                return database
    return ""


def bills_of_materials() -> tuple[str, int, str]:
    """Writes them; whether ours follows the schema, how many components it has, and which packages bring their own."""
    shutil.rmtree(SBOM, ignore_errors=True)
    SBOM.mkdir(parents=True)
    ours = SBOM / "runtime.cdx.json"
    printed_by(
        *(VENV / "cyclonedx-py", "environment", FOLDER / "runtime" / "bin" / "python"),
        *("--pyproject", ROOT / "pyproject.toml", "--spec-version", "1.6", "--output-file", ours),
    )
    valid = printed_by(VENV / "python", "-c", VALID, typed=ours.read_text()).strip()
    inside = sorted((FOLDER / "runtime").glob("lib/python3*/site-packages/*.dist-info/sboms/*.json"))
    for file in inside:
        shutil.copy(file, SBOM / f"{file.parts[-3].removesuffix('.dist-info')}.{file.name}")
    bringing = sorted({file.parts[-3].partition("-")[0] for file in inside})
    return valid, len(json.loads(ours.read_text())["components"]), ", ".join(bringing)


def run(origin: str) -> Section:
    packages = runtime(*(FOLDER / "runtime").glob("lib/python3*/site-packages"))
    database = reached()
    known = vulnerabilities(database, "--require-hashes", f"--requirement={LOCK}") if database else {}
    rows, forbidden, vulnerable, unknown = [], [], [], []
    for name, package in packages.items():
        ids = known.get(name)
        if ids is None:
            unknown.append(name)
        elif ids:
            vulnerable.append(f"{name} ({', '.join(ids)})")
        terms = licence(package)
        if not allowed(terms):
            forbidden.append(f"{name} ({terms})")
        rows.append([name, package.version, terms, "not asked" if ids is None else ", ".join(ids) or "none"])
    valid, components, bringing = bills_of_materials()
    if database:
        asked = (
            f"{DATABASES[database]} knows {len(vulnerable)} packages with vulnerabilities, {len(unknown)} not at all"
        )
    else:
        asked = f"no database of vulnerabilities was reached ({' and '.join(DATABASES.values())} were asked)"
    sentences = [
        asked,
        f"{len(packages) - len(forbidden)} of {len(packages)} licences are allowed",
        f"the bill of materials (CycloneDX 1.6) names {components} and is {valid}",
    ]
    faults = [*forbidden, *vulnerable]
    verdict = "; ".join(sentences) + (f": {', '.join(faults)}." if faults else ".")
    installed = python_packages("venv")
    return Section(
        f"pip-audit {installed['pip-audit']}, cyclonedx-bom {installed['cyclonedx-bom']}",
        ["package", "version", "licence", "known vulnerabilities"],
        rows,
        verdict,
        not faults and not unknown and components == len(packages) and valid == "valid",
        [NOTE.format(bringing=bringing)],
    )
