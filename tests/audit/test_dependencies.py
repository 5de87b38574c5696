"""A verdict without a database would be worth nothing: here both answer, as they do or do not."""

import json

import pytest

from tests.audit import dependencies
from tests.audit.licences import runtime

pytestmark = pytest.mark.one_database
PACKAGES = runtime()
NOTHING_KNOWN = {name: [] for name in PACKAGES}


@pytest.fixture
def verdict(monkeypatch):
    """``verdict(control, known)``: of what the first database says of the control, and of what is shipped."""

    def judge(control: dict, known: dict):
        def said(database, *requirements):
            return control if "--no-deps" in requirements else known

        monkeypatch.setattr(dependencies, "vulnerabilities", said)
        monkeypatch.setattr(dependencies, "runtime", lambda *folders: PACKAGES)
        monkeypatch.setattr(dependencies, "bills_of_materials", lambda: ("valid", len(PACKAGES), "pillow"))
        monkeypatch.setattr(
            dependencies, "python_packages", lambda environment: {"pip-audit": "1", "cyclonedx-bom": "1"}
        )
        return dependencies.run("")

    return judge


def test_a_database_that_knows_the_control_is_believed(verdict):
    found = verdict({"django": ["PYSEC-1"]}, NOTHING_KNOWN)
    assert found.passed and "PyPI knows 0 packages with vulnerabilities" in found.verdict


@pytest.mark.parametrize("control", [{}, {"django": None}, {"django": []}])
def test_one_that_does_not_is_not(verdict, control):
    found = verdict(control, NOTHING_KNOWN)
    assert not found.passed and "no database of vulnerabilities was reached" in found.verdict


@pytest.mark.parametrize("of_pillow", [["CVE-1"], None])
def test_a_vulnerability_and_a_package_nobody_knows_are_no_pass(verdict, of_pillow):
    assert not verdict({"django": ["PYSEC-1"]}, NOTHING_KNOWN | {"pillow": of_pillow}).passed


def test_what_pip_audit_prints_is_read(monkeypatch):
    skipped = {"name": "Jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited"}
    printed = {"dependencies": [{"name": "Django", "version": "2.2", "vulns": [{"id": "PYSEC-1"}]}, skipped]}
    monkeypatch.setattr(dependencies, "printed_by", lambda *command, may_fail: json.dumps(printed))
    assert dependencies.vulnerabilities("pypi") == {"django": ["PYSEC-1"], "jinja2": None}
