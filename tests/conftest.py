import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Before any settings load. DATABASE_URL stays: it chooses between SQLite and PostgreSQL.
for name in (
    "DEBUG",
    "ALLOWED_HOSTS",
    "PUBLIC_ORIGIN",
    "STATIC_ROOT",
    "LOG_LEVEL",
    "ADMIN_PATH",
    "ADMIN_REQUIRE_TOTP",
    "TRUST_PROXY",
    "PIMMS_SERVING",
    "OFFICIAL_LIST_URL",
    "OFFICIAL_LIST_HOSTS",
    "RECORD_MAX_AGE_DAYS",
    "EMAIL_URL",
    "EMAIL_FROM",
):
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "pimms_directory.settings",
    "PIMMS_ENV_FILE": os.devnull,
    "PIMMS_MODE": "local",
    "SECRET_KEY": "a key that signs nothing but the sessions of tests",
}

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

hypothesis.settings.register_profile(
    "local",
    deadline=None,  # the first example pays for imports and connections
    max_examples=50,
    # Examples share the test's transaction, which is what a page answering many readers does.
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("local"), max_examples=100, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure() -> None:
    # Looking for garbage after every 700 new objects, as Python does, is a tenth of what the tests cost.
    gc.set_threshold(20_000, 10, 10)
    # Files are served as they lie in static/: no test but those of a served site needs a collected manifest.
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.PUBLIC_ORIGIN = "http://testserver"  # that of Django's client
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=data_needed)
    if "postgres" not in os.environ.get("DATABASE_URL", ""):
        return
    left_out = [item for item in items if item.get_closest_marker("one_database")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def data_needed(item: pytest.Item) -> int:
    """Product data are loaded once and stay: first the tests that start empty, last those that need most."""
    asked = getattr(item, "fixturenames", ())
    return ("loaded_directory" in asked) + ("loaded_gazetteer" in asked)


@pytest.fixture(autouse=True)
def numbered_records() -> None:
    """Every test numbers its records from 0, in whatever order the tests run."""
    from tests import factories

    for factory in factories.ALL:
        factory.reset_sequence(0)


@pytest.fixture(autouse=True)
def revisions_come_again() -> None:
    """A test rolls back what it wrote: the next one meets the same revision with other data."""
    from pimms_directory.base import memo

    memo.forget()


PASSWORD = "quatre-vingts canards lents"


@pytest.fixture
def account(db):
    """``account("redaction")`` makes an account with this role; no role at all without an argument."""
    from django.contrib.auth.models import Group, User

    from pimms_directory.staff.roles import ROLES

    def make(*roles: str, username: str = "camille", **fields):
        user = User.objects.create_user(username, password=PASSWORD, is_staff=True, **fields)
        user.groups.set(Group.objects.filter(name__in=[ROLES[role].name for role in roles]))
        return user

    return make


@pytest.fixture(scope="session")
def collected(tmp_path_factory) -> Path:
    """Static files as a server wants them: collecting compresses them, which takes seconds."""
    folder = tmp_path_factory.mktemp("static")
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    done = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=os.environ | {"STATIC_ROOT": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def cut_fixtures(tmp_path_factory) -> Path:
    """A copy of the product data whose gazetteer has only the communes that sites stand in.

    All of France takes seconds to load; few tests need to know that Plouguerneau exists.
    """
    from sites.loading import commune_names, gazetteer, other_desks
    from sites.loading.fixtures import NETWORK_SITES, RELEASE_SITES

    folder = tmp_path_factory.mktemp("cut") / "fixtures"
    shutil.copytree(settings.FIXTURE_DIRS[0], folder)
    sites = [site for name in (RELEASE_SITES, NETWORK_SITES) for site in json.loads((folder / name).read_text("utf-8"))]
    kept = {code for site in sites for code in site["fields"]["commune"] or ()}
    rows = {row.insee_code: row for row in gazetteer.read_rows(folder / gazetteer.FILE_NAME)}
    kept |= {rows[code].parent for code in kept} - {""}
    gazetteer.write_rows(folder / gazetteer.FILE_NAME, [rows[code] for code in kept])
    for name in (commune_names.OTHER_NAMES, commune_names.QUARTERS):
        heading, *lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        lines = [line for line in lines if line.partition(",")[0] in kept]
        (folder / name).write_text("".join([heading, *lines]), encoding="utf-8")
    others = other_desks.read_desks(folder / other_desks.FILE_NAME)
    other_desks.write_desks(folder / other_desks.FILE_NAME, [row for row in others if row.insee_code in kept])
    return folder


@pytest.fixture(scope="session")
def loaded_directory(django_db_setup, django_db_blocker, cut_fixtures) -> Iterator[None]:
    """The 53 sites of the releases, from ``cut_fixtures``, in a transaction around those of all tests that need it.

    ``pytest_collection_modifyitems`` lets them run last, as those before them must not see it.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_directory", "--releases-only", fixtures=cut_fixtures, verbosity=0)
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture
def directory(loaded_directory, db) -> None:
    """The product data that the releases name; a test that does not ask for them starts empty.

    Ask for ``network`` to have all 91 sites and the desks of other bearers. The gazetteer holds only the communes
    that sites stand in, with the postcodes and former names of these: ask for ``gazetteer`` to have all of France.
    A test may change and delete what it likes: its own transaction is undone.
    """


@pytest.fixture
def network(directory, cut_fixtures) -> None:
    """All product data: the sites labelled since the releases, and the desks of other bearers nearby."""
    from sites.loading.fixtures import NETWORK, load

    assert not load(cut_fixtures, NETWORK).conflicts


@pytest.fixture(scope="session")
def loaded_gazetteer(loaded_directory, django_db_blocker) -> Iterator[None]:
    """The communes, postcodes and names that ``loaded_directory`` lacks, for the very last tests."""
    from sites.loading.fixtures import GAZETTEER, load

    with django_db_blocker.unblock(), transaction.atomic():
        load(Path(settings.FIXTURE_DIRS[0]), GAZETTEER)
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture
def gazetteer(loaded_gazetteer, directory) -> None:
    """The product data with all communes of France."""
