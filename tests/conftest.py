import os

# Before any settings load. DATABASE_URL stays: it chooses between SQLite and PostgreSQL.
for name in ("DEBUG", "ALLOWED_HOSTS", "STATIC_ROOT", "LOG_LEVEL"):
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "pimms_directory.settings",
    "PIMMS_MODE": "local",
    "SECRET_KEY": "a key that signs nothing but the sessions of tests",
}

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from django.conf import settings  # noqa: E402

hypothesis.settings.register_profile(
    "local",
    deadline=None,  # the first example pays for imports and connections
    max_examples=50,
    # Examples share the test's transaction, which is what a page answering many readers does.
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("local"), max_examples=300, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure() -> None:
    # Files are served as they lie in static/: no test but those of a served site needs a collected manifest.
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def numbered_records() -> None:
    """Every test numbers its records from 0, in whatever order the tests run."""
    from tests import factories

    for factory in factories.ALL:
        factory.reset_sequence(0)


@pytest.fixture(scope="session")
def directory_rows(django_db_setup, django_db_blocker):
    """Every row that ``load_directory`` makes, as unsaved copies: loaded once, kept out of the database."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import transaction

    rows = {}
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_directory", verbosity=0)
        for app in ("labels", "sites"):
            for model in apps.get_app_config(app).get_models(include_auto_created=True):
                rows[model] = list(model._base_manager.order_by("pk"))
        transaction.set_rollback(True)
    return rows


@pytest.fixture
def directory(db, directory_rows) -> None:
    """The product data, inside the test's transaction; a test that does not ask for it starts empty.

    Reading and checking the fixtures takes a good part of a second, so that happens once; each test then
    inserts the finished rows, one statement per table. Nothing is left behind between tests, so any
    order works, on both databases, also after a test that flushes the tables.
    """
    for model, rows in directory_rows.items():
        model._base_manager.bulk_create(rows)
