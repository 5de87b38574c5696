"""The icons of the site."""

from io import BytesIO
from urllib.robotparser import RobotFileParser

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from tests.sites.share_images.helpers import Head

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_icons_and_manifest_are_linked_and_true(client, settings):
    response = client.get("/")
    head = Head(response.content.decode())
    assert "manifest-src 'self'" in response.headers["Content-Security-Policy"]
    assert len(head.meta["theme-color"]) == response.content.count(b' media="(prefers-color-scheme:') == 2
    assert head.links["icon"][0].endswith(".svg")
    favicon = client.get("/favicon.ico")  # where browsers look by themselves that draw no SVG
    assert favicon.headers["Content-Type"] == "image/x-icon"
    with Image.open(BytesIO(favicon.content)) as image:
        assert image.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    with Image.open(BytesIO(client.get("/apple-touch-icon.png").content)) as image:
        assert (image.size, image.mode) == ((180, 180), "RGB")
    response = client.get(head.links["manifest"][0])
    assert response.headers["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["lang"], manifest["start_url"], manifest["short_name"]) == ("fr", "/", "PIMMS France Services")
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
        (f"{size}x{size}", purpose) for size in (192, 512) for purpose in ("any", "maskable")
    }
    for icon in manifest["icons"]:
        with Image.open(finders.find(icon["src"].removeprefix("/static/"))) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
            # What a launcher cuts to a circle has no transparent part.
            assert (image.mode == "RGB") == (icon["purpose"] == "maskable")


def test_crawlers_may_fetch_pictures(client):
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").content.decode().splitlines())
    for address in ("/apercu.png", "/pimms/pimms-blois.png", "/labels/2020-01.png", "/favicon.ico"):
        assert robots.can_fetch("Twitterbot", address)
