"""Records for tests. Every related record is a new one unless it is given; codes and slugs cannot meet real ones.

Names are numbered from 0 in every test, so a record looks the same in each run.
"""

from datetime import date, time
from typing import Any

import factory
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from labels.models import Fact, KeyFigure, PressRelease, Wave
from sites.models import (
    Association,
    Commune,
    CommuneAlias,
    Department,
    Listing,
    Notice,
    OpeningPeriod,
    OtherDesk,
    Postcode,
    Region,
    Site,
    SiteAlias,
)

REGIONS = ("Bretagne", "Occitanie", "Grand Est", "Île-de-France", "Pays de la Loire", "Normandie", "Corse")
DEPARTMENTS = (
    "Isère",
    "Loire",
    "Hérault",
    "Côte-d’Or",
    "Finistère",
    "Pas-de-Calais",
    "Évreux-et-Seine",
    "Vosges",
)
COMMUNES = (
    "Échirolles",
    "Saint-Étienne",
    "Bron",
    "Le Creusot",
    "Angoulême",
    "L’Haÿ-les-Roses",
    "Zuydcoote",
    "Dole",
)
STREETS = (
    "rue de la République",
    "avenue Jean-Jaurès",
    "place de l’Hôtel-de-Ville",
    "boulevard Édouard-Herriot",
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def cycled(names: tuple[str, ...]) -> factory.Sequence:
    """The names in turn, numbered from the second round on: ``Isère``, …, ``Isère 2``."""

    def name(number: int) -> str:
        round_, index = divmod(number, len(names))
        return names[index] if round_ == 0 else f"{names[index]} {round_ + 1}"

    return factory.Sequence(name)


def numbered_slug() -> factory.LazyAttributeSequence:
    """The slug of the name, with a number that keeps it apart from a real one."""
    return factory.LazyAttributeSequence(
        lambda record, number: f"{slugify(record.name.replace('’', ' '))}-{number + 1}"
    )


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region

    # Real codes are two digits.
    code = factory.Sequence(lambda number: ALPHABET[number // 26 % 26] + ALPHABET[number % 26])
    name = cycled(REGIONS)
    slug = numbered_slug()


class DepartmentFactory(DjangoModelFactory):
    class Meta:
        model = Department

    code = factory.Sequence(lambda number: str(300 + number))  # overseas begins at 971
    name = cycled(DEPARTMENTS)
    slug = numbered_slug()
    region = factory.SubFactory(RegionFactory)


class CommuneFactory(DjangoModelFactory):
    class Meta:
        model = Commune

    insee_code = factory.Sequence(lambda number: f"99{number:03}")  # 99 stands for foreign countries
    name = cycled(COMMUNES)
    department = factory.SubFactory(DepartmentFactory)
    # Spread over the mainland, no two at the same point.
    latitude = factory.Sequence(lambda number: round(43.5 + number * 0.37 % 6, 4))
    longitude = factory.Sequence(lambda number: round(-0.5 + number * 0.53 % 6, 4))
    population = factory.Sequence(lambda number: 1_500 + 1_000 * number)


class OtherDeskFactory(DjangoModelFactory):
    class Meta:
        model = OtherDesk

    official_id = factory.Sequence(lambda number: f"{9_000 + number}")
    name = factory.Sequence(lambda number: f"France services n° {number + 1}")
    kind = "fixed"
    commune = factory.SubFactory("tests.factories.CommuneFactory")
    latitude = factory.SelfAttribute("commune.latitude")
    longitude = factory.SelfAttribute("commune.longitude")
    listed_on = date(2024, 8, 1)


class CommuneAliasFactory(DjangoModelFactory):
    class Meta:
        model = CommuneAlias

    commune = factory.SubFactory(CommuneFactory)
    name = factory.Sequence(lambda number: f"Ancienne-Commune n° {number + 1}")


class PostcodeFactory(DjangoModelFactory):
    class Meta:
        model = Postcode

    code = factory.Sequence(lambda number: f"99{number:03}")
    commune = factory.SubFactory(CommuneFactory)


class PressReleaseFactory(DjangoModelFactory):
    class Meta:
        model = PressRelease

    slug = factory.LazyAttribute(lambda release: release.published_on.isoformat())
    title = factory.Sequence(lambda number: f"Communiqué n° {number + 1} : de nouveaux PIMMS labellisés")
    issuer = "Union nationale des PIMMS"
    published_on = factory.Sequence(lambda number: date(1990 + number // 12, number % 12 + 1, 15))
    source_url = factory.LazyAttribute(lambda release: f"https://presse.example/{release.slug}/")
    summary = "De nouveaux PIMMS reçoivent le label."


class KeyFigureFactory(DjangoModelFactory):
    class Meta:
        model = KeyFigure

    release = factory.SubFactory(PressReleaseFactory)
    position = factory.Sequence(lambda number: number + 1)
    caption = "médiateurs et médiatrices"
    value = factory.Sequence(lambda number: 1_200 + number)


class FactFactory(DjangoModelFactory):
    class Meta:
        model = Fact

    release = factory.SubFactory(PressReleaseFactory)
    position = factory.Sequence(lambda number: number + 1)
    statement = "Un comité s’est réuni."
    quotation = "Le comité s'est tenu"
    place = "1er paragraphe"


class WaveFactory(DjangoModelFactory):
    class Meta:
        model = Wave

    code = factory.LazyAttribute(lambda wave: f"{wave.effective_on:%Y-%m}")
    name = factory.Sequence(lambda number: f"Vague n° {number + 1}")
    effective_on = factory.Sequence(lambda number: date(1990 + number // 12, number % 12 + 1, 1))
    source = "Liste officielle des France Services"


class AssociationFactory(DjangoModelFactory):
    class Meta:
        model = Association

    name = factory.Sequence(lambda number: f"PIMMS Médiation n° {number + 1}")
    slug = factory.Sequence(lambda number: f"mediation-{number + 1}")


class SiteFactory(DjangoModelFactory):
    """A labelled desk in a commune; ``mobile=True`` makes a bus, ``multisite=True`` a visiting team."""

    class Meta:
        model = Site

    class Params:
        mobile = factory.Trait(
            kind=Site.Kind.MOBILE,
            commune=None,
            department=factory.SubFactory(DepartmentFactory),
            address="",
            base="Dépôt des bus, 1 rue du Garage",
        )
        multisite = factory.Trait(
            kind=Site.Kind.MULTISITE,
            commune=None,
            department=factory.SubFactory(DepartmentFactory),
            address="",
            base="Bureau de l’équipe, 2 rue des Lilas",
        )

    slug = factory.Sequence(lambda number: f"site-{number + 1}")
    name = factory.Sequence(lambda number: f"PIMMS n° {number + 1}")
    official_id = factory.Sequence(lambda number: f"t{number}")
    association = factory.SubFactory(AssociationFactory)
    wave = factory.SubFactory(WaveFactory)
    commune = factory.SubFactory(CommuneFactory)
    department = factory.LazyAttribute(lambda site: site.commune.department)
    address = factory.Sequence(lambda number: f"{number + 1} {STREETS[number % len(STREETS)]}")
    postcode = factory.LazyAttribute(lambda site: site.commune.insee_code if site.commune else "")
    latitude = factory.LazyAttribute(lambda site: site.commune.latitude if site.commune else None)
    longitude = factory.LazyAttribute(lambda site: site.commune.longitude if site.commune else None)
    phone = factory.Sequence(lambda number: f"04 99 98 {number // 100 % 100:02} {number % 100:02}")
    email = factory.LazyAttribute(lambda site: f"{site.slug}@pimms.example")
    website = factory.LazyAttribute(lambda site: f"https://pimms.example/{site.slug}")
    contact_checked_on = date(2024, 8, 1)
    contact_source = "Liste officielle des France Services"

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        # A given department also holds the commune, which otherwise brings its own.
        no_desk = params.get("mobile") or params.get("multisite")
        if "department" in params and "commune" not in params and not no_desk:
            params.setdefault("commune__department", params["department"])
        return super()._generate(strategy, params)


class NoticeFactory(DjangoModelFactory):
    """A closure; ``kind`` and ``hours`` or ``text`` make another notice."""

    class Meta:
        model = Notice

    site = factory.SubFactory(SiteFactory)
    begins_on = date(2026, 8, 4)
    ends_on = date(2026, 8, 15)


class OpeningPeriodFactory(DjangoModelFactory):
    """Monday mornings, then Monday afternoons, Tuesday mornings …, so that seven days fit one site."""

    class Meta:
        model = OpeningPeriod

    site = factory.SubFactory(SiteFactory)
    weekday = factory.Sequence(lambda number: number // 2 % 7 + 1)
    opens = factory.Sequence(lambda number: time(9) if number % 2 == 0 else time(13, 30))
    closes = factory.LazyAttribute(lambda period: time(period.opens.hour + 3, 30))


class SiteAliasFactory(DjangoModelFactory):
    class Meta:
        model = SiteAlias

    site = factory.SubFactory(SiteFactory)
    name = factory.Sequence(lambda number: f"PIMMS d’avant n° {number + 1}")
    slug = factory.Sequence(lambda number: f"ancien-{number + 1}")


class ListingFactory(DjangoModelFactory):
    class Meta:
        model = Listing

    release = factory.SubFactory(PressReleaseFactory)
    row = factory.Sequence(lambda number: number + 1)
    site = factory.SubFactory(SiteFactory)
    region_printed = factory.LazyAttribute(lambda line: line.site.department.region.name)
    department_printed = factory.LazyAttribute(lambda line: line.site.department.name)
    commune_printed = factory.LazyAttribute(lambda line: line.site.commune.name if line.site.commune else "")
    name_printed = factory.LazyAttribute(lambda line: line.site.name)


ALL = (
    RegionFactory,
    DepartmentFactory,
    CommuneFactory,
    OtherDeskFactory,
    CommuneAliasFactory,
    PostcodeFactory,
    PressReleaseFactory,
    KeyFigureFactory,
    FactFactory,
    WaveFactory,
    AssociationFactory,
    SiteFactory,
    OpeningPeriodFactory,
    SiteAliasFactory,
    ListingFactory,
)
