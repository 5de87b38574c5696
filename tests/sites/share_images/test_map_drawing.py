"""The map of a picture: what stands where, in which colours."""

import pytest
from django.conf import settings
from PIL import Image, ImageChops

from labels.models import PressRelease
from sites.maps.outline import FRANCE, project
from sites.models import Site
from sites.share_images import drawing
from sites.share_images.drawing import LAND, MAP, PANEL, PAPER, drawn_map, empty_map, picture
from sites.share_images.facts import SIZE, PictureFacts, PictureText, facts_of
from tests.factories import DepartmentFactory, SiteFactory
from tests.sites.share_images.helpers import opened

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ORANGE, GREEN = (217, 98, 43), (147, 173, 170)


def pixel(image: Image.Image, latitude: float, longitude: float, up: int = 0) -> tuple[int, int, int]:
    """The colour of the picture where a place stands on its map."""
    x, y = project(latitude, longitude)
    unit = MAP[2] / FRANCE[2]
    return image.convert("RGB").getpixel((round(MAP[0] + x * unit), round(MAP[1] + y * unit) - up))


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12


def test_the_map_marks_the_place(directory):
    site = Site.objects.with_place().get(slug="pimms-isere-la-villeneuve")
    image = opened(picture(facts_of(site)))
    assert near(pixel(image, site.latitude, site.longitude, up=6), ORANGE)
    assert near(pixel(image, 44.85, 5.9), GREEN)  # the south of the same department
    assert not near(pixel(image, 48.1, -1.7), ORANGE)
    release = opened(picture(facts_of(PressRelease.objects.get(slug="2020-10-14"))))
    new = Site.objects.filter(listings__marked_new=True, latitude__isnull=False).first()
    assert near(pixel(release, new.latitude, new.longitude), ORANGE)


def test_what_the_map_does_not_reach_is_named(client):
    department = DepartmentFactory(code="974", name="La Réunion")
    site = SiteFactory(department=department, latitude=-20.9, longitude=55.5)
    facts = facts_of(site)
    assert (facts.points, facts.shaded) == ((), ())
    assert "La Réunion" in facts.text.beyond
    image = opened(client.get(f"/pimms/{site.slug}.png").getvalue()).convert("RGB")
    below = image.crop((PANEL + 2, MAP[1] + 480, SIZE[0], SIZE[1]))
    assert len(below.getcolors(maxcolors=10_000)) > 5, "the note is not there"
    # A point far from its department must not leave the map either.
    astray = SiteFactory(department=DepartmentFactory(code="38"), latitude=-20.9, longitude=55.5)
    assert facts_of(astray).points == ()
    opened(client.get(f"/pimms/{astray.slug}.png").getvalue())


@pytest.mark.parametrize("kind", [{"mobile": True}, {"multisite": True}, {"latitude": None, "longitude": None}])
def test_what_has_no_point_has_a_picture(client, kind):
    opened(client.get(f"/pimms/{SiteFactory(**kind).slug}.png").getvalue())


def test_the_empty_map_has_its_very_colours():
    colours = {"#{:02x}{:02x}{:02x}".format(*colour) for _count, colour in empty_map().convert("RGB").getcolors()}
    assert colours == {PAPER, LAND}


def test_a_department_too_small_to_see_is_ringed():
    plain, paris = (drawn_map(PictureFacts(PictureText("", "Paris"), shaded=codes)) for codes in ((), ("75",)))
    difference = ImageChops.difference(plain, paris)
    left, top, right, bottom = difference.getbbox()
    assert 25 < right - left < 45
    assert 25 < bottom - top < 45


def test_colours_are_those_of_the_pages():
    css = (settings.BASE_DIR / "static" / "site.css").read_text(encoding="utf-8")
    names = [name for name in vars(drawing) if name.isupper() and str(getattr(drawing, name)).startswith("#")]
    assert len(names) >= 13
    for name in set(names) - {"LAND", "HERE"}:
        assert getattr(drawing, name) in css, name
