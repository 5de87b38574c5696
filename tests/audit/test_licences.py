import pytest

from tests.audit.licences import allowed, licence, runtime

pytestmark = pytest.mark.one_database
PACKAGES = runtime()


def test_all_that_is_shipped_is_looked_at():
    assert {"django", "psycopg-binary", "pillow"} < set(PACKAGES) and len(PACKAGES) > 30


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_what_is_shipped_may_be_passed_on(name):
    assert allowed(licence(PACKAGES[name])), licence(PACKAGES[name])


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "Dual License", "unknown"])
def test_other_licences_are_refused(expression):
    assert not allowed(expression)
