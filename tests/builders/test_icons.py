"""The icons of the site are those that the builder makes."""

import pytest
from django.conf import settings
from PIL import Image, ImageChops

from tests.builders import icons

pytestmark = pytest.mark.one_database


def test_icons_are_those_that_the_builder_makes(monkeypatch, tmp_path):
    committed = settings.BASE_DIR / "static"
    (tmp_path / "icon.svg").write_bytes((committed / "icon.svg").read_bytes())
    monkeypatch.setattr(icons, "STATIC", tmp_path)
    icons.main()
    built = sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".svg")
    assert len(built) == 6
    for name in built:
        with Image.open(tmp_path / name) as new, Image.open(committed / name) as old:
            assert new.size == old.size
            assert not ImageChops.difference(new.convert("RGBA"), old.convert("RGBA")).getbbox()
