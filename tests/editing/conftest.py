"""Two editors, each in a browser of their own, and a published site with two periods on Monday."""

import pytest
from django.test import Client

SITES = [
    f"directory.{verb}_{model}"
    for model in ("site", "openingperiod", "sitealias")
    for verb in ("view", "add", "change", "delete")
]


def editor(django_user_model, name: str, *permissions: str) -> Client:
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user(username=name, password="mot de passe", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def awa(django_user_model) -> Client:
    return editor(django_user_model, "awa", *SITES)


@pytest.fixture
def bob(django_user_model) -> Client:
    return editor(django_user_model, "bob", *SITES)


@pytest.fixture
def site():
    from sites.models import Site
    from tests.factories import OpeningPeriodFactory, SiteFactory

    site = SiteFactory(
        slug="pimms-dole", name="PIMMS Dole", phone="03 84 00 00 01", email="dole@pimms.example", website=""
    )
    OpeningPeriodFactory(site=site, weekday=1, opens="09:00", closes="12:00")
    OpeningPeriodFactory(site=site, weekday=1, opens="13:30", closes="17:00")
    return Site.objects.get(pk=site.pk)
