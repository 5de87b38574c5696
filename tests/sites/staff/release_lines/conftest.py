import json
from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture
def before_autumn(directory) -> None:
    """The directory as it was before the second release: without it, its wave and the 13 sites of that wave."""
    from labels.models import KeyFigure, PressRelease, Wave
    from sites.models import Listing, Site

    Listing.objects.filter(release__slug="2020-10-14").delete()
    Site.objects.filter(wave__code="2020-09").delete()
    Wave.objects.filter(code="2020-09").delete()
    KeyFigure.objects.filter(release__slug="2020-10-14").delete()
    PressRelease.objects.filter(slug="2020-10-14").delete()
    assert Site.objects.count() == 40


@pytest.fixture(scope="session")
def printed():
    """The lines of both releases, as the fixtures keep them, by release."""
    found: dict[str, list[dict]] = {}
    for line in (Path(settings.FIXTURE_DIRS[0]) / "listings.jsonl").read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)["fields"]
        found.setdefault(fields["release"][0], []).append(fields)
    return found


@pytest.fixture(scope="session")
def pasted(printed):
    """What somebody copies out of a spreadsheet: ``pasted("2020-10-14")``."""

    def text(slug: str, separator: str = "\t") -> str:
        return "\n".join(
            separator.join(
                [
                    line["region_printed"],
                    line["department_printed"],
                    line["commune_printed"],
                    line["name_printed"],
                    "x" if line["marked_new"] else "",
                ]
            )
            for line in printed[slug]
        )

    return text
