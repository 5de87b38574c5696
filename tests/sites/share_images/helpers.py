"""What the tests of pictures share."""

from html.parser import HTMLParser
from io import BytesIO

from PIL import Image

from labels.models import PressRelease, Wave
from sites.models import Association, Department, Region, Site
from sites.share_images.facts import SIZE

HEAVIEST = 80_000  # bytes


class Head(HTMLParser):
    """What the head of a page says: every meta tag, link and the title, by name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.meta: dict[str, list[str]] = {}
        self.links: dict[str, list[str]] = {}
        self.title = ""
        self.in_title = False
        self.feed(html.split("</head>")[0])

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.in_title = tag == "title"
        if tag == "meta":  # one element may carry a name and a property
            for name in filter(None, (values.get("property"), values.get("name"))):
                self.meta.setdefault(name, []).append(values["content"])
        if tag == "link":
            for relation in values["rel"].split():
                self.links.setdefault(relation, []).append(values["href"])

    def handle_data(self, data):
        if self.in_title:
            self.title += data

    def handle_endtag(self, tag):
        self.in_title = False

    def only(self, name: str) -> str:
        (value,) = self.meta[name]
        return value


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    assert (image.format, image.size) == ("PNG", SIZE)
    assert len(content) < HEAVIEST
    return image


def every_record() -> list:
    return [
        None,
        *Site.objects.with_place(),
        *Wave.objects.all(),
        *PressRelease.objects.all(),
        *Region.objects.all(),
        *Department.objects.select_related("region"),
        *Association.objects.all(),
    ]
