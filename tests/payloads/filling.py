"""Records of all kinds whose every text says something that a format could take for an order."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone

from sites.models import Notice
from tests.admin_pages import MODELS
from tests.factories import (
    AssociationFactory,
    CommuneAliasFactory,
    CommuneFactory,
    DepartmentFactory,
    FactFactory,
    KeyFigureFactory,
    ListingFactory,
    NoticeFactory,
    OpeningPeriodFactory,
    PostcodeFactory,
    PressReleaseFactory,
    RegionFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)

MARK = "zq"  # in no word and no name: around a number, it tells which field a text comes from


def fields(model: type[models.Model]) -> Iterator[models.Field]:
    """All that staff type: a field that is added to a model is among them."""
    for field in model._meta.concrete_fields:
        typed = field.editable and field.name != "password"  # which is kept as a hash
        if typed and isinstance(field, models.CharField | models.TextField) and not field.choices:
            yield field


def payloads(field: models.Field, mark: str) -> Iterator[str]:
    """From the richest to the poorest, as many fields have little room and narrow rules."""
    if isinstance(field, models.URLField):
        yield f"javascript:alert({mark})//"
        yield f"https://pimms.example/?a=\"'><svg/onload={mark}>&amp;]]></script>,;{{{{7*7}}}}"
    if isinstance(field, models.EmailField):
        yield f'"><svg/onload={mark}>"@pimms.example'
        yield f"{mark}'`&{{{{7*7}}}}|=@pimms.example"
    markup = f"=\"'><svg/onload={mark}>"
    yield f"{markup}&amp;<!--</script>]]>{{{{7*7}}}};,\\:{{}}\r\nX-{mark}: 1\r\nBEGIN:VCARD"
    yield f"{markup}&amp;<!--</script>]]>{{{{7*7}}}};,\\:{{}}"
    yield f"{markup}&<!--{{{{7*7}}}}]]>"
    yield f"=\"'><i {mark}>"
    yield f'"><i {mark}>'
    yield f"<{mark}>"
    yield f"'\"{mark}"
    yield "\"'<>"[: field.max_length]


def fill(record: models.Model, filled: dict[str, tuple[str, str]]) -> None:
    """Puts into each field the richest text that may be stored, and notes it by its mark with the name of the field."""
    for field in fields(type(record)):
        mark, before = f"{MARK}{len(filled)}{MARK}", getattr(record, field.attname)
        for text in payloads(field, mark):
            setattr(record, field.attname, text)
            if is_valid(record, field):
                assert not getattr(record, field.attname).startswith("javascript:"), field
                filled[mark] = (str(field), getattr(record, field.attname))
                break
            setattr(record, field.attname, before)
    record.save()


def is_valid(record: models.Model, field: models.Field) -> bool:
    try:
        field.clean(getattr(record, field.attname), record)
    except ValidationError:
        return False  # sooner than below
    try:
        record.full_clean()
    except ValidationError as error:
        return not {field.name, NON_FIELD_ERRORS} & error.error_dict.keys()
    return True


def records() -> list[models.Model]:
    """One of each kind at least, tied together as on public pages."""
    today = timezone.localdate()
    region = RegionFactory(code="84")
    department = DepartmentFactory(region=region, code="38")
    DepartmentFactory(region=region, code="73").neighbours.add(department)
    commune = CommuneFactory(department=department)
    beyond = CommuneFactory(department=None, collectivity="Polynésie française")
    release = PressReleaseFactory(consulted_on=today)
    wave = WaveFactory(release=release, announced_on=today - timedelta(days=9), announced_source="Comité")
    association = AssociationFactory()
    common = {"association": association, "wave": wave, "appointment": "possible"}
    desk = SiteFactory(commune=commune, postcode="38000", **common)
    sites = [desk, SiteFactory(mobile=True, department=department, **common)]
    period = OpeningPeriodFactory(site=desk)
    notices = [
        NoticeFactory(site=desk, kind=kind, begins_on=today, ends_on=today + timedelta(days=5), **more)
        for kind, more in ((Notice.Kind.CLOSED, {}), (Notice.Kind.NOTE, {"text": "Déménage"}))
    ]
    return [
        *(region, department, commune, beyond, PostcodeFactory(commune=commune, code="38000")),
        *(CommuneAliasFactory(commune=commune), association, release, wave, *sites, *notices),
        *(KeyFigureFactory(release=release, concerns_wave=True, place="titre", quotation="Oui"), period),
        *(FactFactory(release=release), SiteAliasFactory(site=desk)),
        *(ListingFactory(release=release, site=site) for site in sites),
        User.objects.create_user("nadia", is_staff=True),
    ]


def fill_everything() -> dict[str, tuple[str, str]]:
    """By mark: the name of the field, and what it says."""
    filled: dict[str, tuple[str, str]] = {}
    made = records()
    assert {*MODELS} <= {type(record) for record in made}
    for record in made:
        fill(record, filled)
    return filled
