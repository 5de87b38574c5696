"""The rules that the database keeps by itself: fixtures and bulk imports skip ``save()`` and ``clean()``."""

from datetime import date, time
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.db.utils import ConnectionHandler

from sites.models import Commune, OpeningPeriod, Site
from tests.factories import (
    CommuneAliasFactory,
    CommuneFactory,
    ListingFactory,
    NoticeFactory,
    OpeningPeriodFactory,
    OtherDeskFactory,
    PostcodeFactory,
    SiteAliasFactory,
    SiteFactory,
)

# Name of the constraint, the factory of its model, the values that it must refuse.
REFUSED: list[tuple[str, Any, dict[str, Any]]] = [
    ("site_kind_is_known", SiteFactory, {"kind": "camion", "mobile": True}),
    ("site_point_is_whole", SiteFactory, {"longitude": None}),
    ("site_point_is_whole", SiteFactory, {"latitude": None}),
    ("site_point_is_whole", SiteFactory, {"latitude": 90.5}),
    ("site_point_is_whole", SiteFactory, {"longitude": -180.5}),
    ("site_only_a_desk_has_a_point", SiteFactory, {"kind": "mobile"}),
    ("commune_in_department_or_collectivity", CommuneFactory, {"department": None}),
    ("commune_in_department_or_collectivity", CommuneFactory, {"collectivity": "Polynésie française"}),
    ("site_only_a_desk_has_a_point", SiteFactory, {"mobile": True, "address": "1 rue du Garage"}),
    ("site_only_a_desk_has_a_point", SiteFactory, {"mobile": True, "postcode": "35000"}),
    ("site_only_a_desk_has_a_point", SiteFactory, {"multisite": True, "latitude": 48.8, "longitude": 2.3}),
    ("site_contact_check_has_a_source", SiteFactory, {"contact_source": ""}),
    ("site_publication_is_known", SiteFactory, {"publication": "bientôt", "is_public": False}),
    ("site_only_the_published_is_public", SiteFactory, {"publication": "draft", "is_public": True}),
    ("commune_centre_is_whole", CommuneFactory, {"latitude": None}),
    ("commune_centre_is_whole", CommuneFactory, {"longitude": 181.0}),
    ("commune_alias_kind_is_known", CommuneAliasFactory, {"kind": "surnom"}),
    ("other_desk_kind_is_known", OtherDeskFactory, {"kind": "camion", "latitude": None, "longitude": None}),
    ("other_desk_point_is_whole", OtherDeskFactory, {"longitude": None}),
    ("other_desk_only_a_desk_has_a_point", OtherDeskFactory, {"kind": "mobile"}),
    ("other_desk_days_are_a_week", OtherDeskFactory, {"open_days": 128}),
    ("opening_period_weekday_is_iso", OpeningPeriodFactory, {"weekday": 0}),
    ("opening_period_weekday_is_iso", OpeningPeriodFactory, {"weekday": 8}),
    ("opening_period_closes_after_opening", OpeningPeriodFactory, {"closes": time(8)}),
    ("opening_period_closes_after_opening", OpeningPeriodFactory, {"opens": time(9), "closes": time(9)}),
    ("notice_kind_is_known", NoticeFactory, {"kind": "vacant"}),
    ("notice_ends_after_it_begins", NoticeFactory, {"ends_on": date(2026, 8, 3)}),
    (
        "notice_ends_after_it_begins",
        NoticeFactory,
        {"ends_on": date(2026, 8, 4), "begins_at": time(14), "ends_at": time(14)},
    ),
    ("notice_dates_are_possible", NoticeFactory, {"begins_on": date(206, 8, 4)}),
    ("notice_dates_are_possible", NoticeFactory, {"ends_on": date(2206, 8, 4)}),
    ("notice_is_shown_before_it_begins", NoticeFactory, {"shown_from": date(2026, 8, 5)}),
    ("notice_sentence_has_words", NoticeFactory, {"kind": "note"}),
    ("notice_only_other_hours_have_hours", NoticeFactory, {"kind": "hours"}),
    ("notice_only_other_hours_have_hours", NoticeFactory, {"hours": "09:00 - 12:00"}),
    (
        "notice_other_hours_are_of_whole_days",
        NoticeFactory,
        {"kind": "hours", "hours": "09:00 - 12:00", "begins_at": time(9)},
    ),
]


def built(factory: Any, values: dict[str, Any]) -> models.Model:
    """An unsaved record of the factory, whose related records are saved."""
    record = factory(**{key: value for key, value in values.items() if key in ("mobile", "multisite")})
    copy = type(record)(
        **{
            field.attname: getattr(record, field.attname)
            for field in record._meta.concrete_fields
            if not field.primary_key
        }
    )
    record.delete()
    for name, value in values.items():
        if name not in ("mobile", "multisite"):
            setattr(copy, name, value)
    return copy


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "factory", "values"), REFUSED)
def test_database_refuses_what_a_constraint_forbids(name, factory, values):
    record = built(factory, values)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        type(record)._base_manager.bulk_create([record])


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "factory", "values"), REFUSED)
def test_form_is_told_what_a_constraint_forbids(name, factory, values):
    record = built(factory, values)
    (constraint,) = (each for each in record._meta.constraints if each.name == name)
    with pytest.raises(ValidationError) as refusal:
        record.validate_constraints()
    assert str(constraint.violation_error_message) in refusal.value.messages


def test_every_check_of_the_app_is_tried_above():
    checks = {
        constraint.name
        for model in apps.get_app_config("directory").get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        and not constraint.name.endswith("_text_is_plain")  # tests/editing/test_plain_text.py
    }
    assert checks == {name for name, _factory, _values in REFUSED}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mobile": True},
        {"multisite": True},
        {"latitude": None, "longitude": None},
        {"latitude": -90.0, "longitude": 180.0, "commune__latitude": -90.0, "commune__longitude": 180.0},
        {"contact_checked_on": None, "contact_source": ""},
    ],
)
def test_sites_that_keep_the_rules_are_accepted(values):
    SiteFactory(**values).full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("factory", "unique"),
    [
        (PostcodeFactory, ("code", "commune")),
        (CommuneAliasFactory, ("commune", "name")),
        (OpeningPeriodFactory, ("site", "weekday", "opens")),
        (NoticeFactory, ("site", "kind", "begins_on")),
        (ListingFactory, ("release", "row")),
        (CommuneFactory, ("insee_code",)),
        (SiteFactory, ("slug",)),
        (SiteFactory, ("official_id",)),
        (OtherDeskFactory, ("official_id",)),
        (SiteAliasFactory, ("slug",)),
    ],
)
def test_database_refuses_a_second_record_of_the_same_key(factory, unique):
    first = factory()
    with pytest.raises(IntegrityError), transaction.atomic():
        second = factory.build(**{name: getattr(first, name) for name in unique})
        for field in first._meta.concrete_fields:
            if field.is_relation:
                setattr(second, field.name, getattr(first, field.name))
        type(first)._base_manager.bulk_create([second])
        connection.check_constraints()


@pytest.mark.django_db
@pytest.mark.parametrize("reference", ["association", "wave", "commune", "department"])
def test_records_that_sites_refer_to_cannot_be_deleted(reference):
    site = SiteFactory()
    with pytest.raises(ProtectedError):
        getattr(site, reference).delete()


# The periods of one site's day.


def period(site: Site, opens: str, closes: str, weekday: int = 1) -> OpeningPeriod:
    return OpeningPeriod(site=site, weekday=weekday, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def save_all(*periods: OpeningPeriod) -> None:
    """Past ``save()`` and ``clean()``, and up to what the end of a transaction would check."""
    with transaction.atomic():
        OpeningPeriod.objects.bulk_create(periods)
        connection.check_constraints()


OVERLAPS = [
    ("09:00", "12:00", "11:00", "13:00"),
    ("09:00", "12:00", "08:00", "09:01"),
    ("09:00", "12:00", "10:00", "11:00"),
    ("09:00", "12:00", "08:00", "18:00"),
    ("09:00", "12:00", "11:59:59", "13:00"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("opens", "closes", "other_opens", "other_closes"), OVERLAPS)
def test_database_refuses_periods_of_one_day_that_overlap(opens, closes, other_opens, other_closes):
    site = SiteFactory()
    with pytest.raises(IntegrityError, match="opening_period_no_overlap"):
        save_all(period(site, opens, closes), period(site, other_opens, other_closes))


@pytest.mark.django_db
@pytest.mark.parametrize(("opens", "closes", "other_opens", "other_closes"), OVERLAPS)
def test_form_is_told_that_periods_overlap(opens, closes, other_opens, other_closes):
    site = SiteFactory()
    save_all(period(site, opens, closes))
    with pytest.raises(ValidationError) as refusal:
        period(site, other_opens, other_closes).full_clean()
    assert refusal.value.messages == ["Cette période chevauche une autre période du même jour."]


@pytest.mark.django_db
def test_periods_that_touch_or_stand_apart_are_allowed():
    site, other = SiteFactory(), SiteFactory()
    periods = [
        period(site, "09:00", "12:00"),
        period(site, "12:00", "14:00"),
        period(site, "15:00", "17:00"),
        period(site, "09:00", "12:00", weekday=2),
        period(other, "10:00", "11:00"),
    ]
    for each in periods:
        each.full_clean()
    save_all(*periods)
    assert OpeningPeriod.objects.count() == len(periods)


@pytest.mark.django_db
def test_period_may_be_edited_without_meeting_itself():
    site = SiteFactory()
    save_all(period(site, "09:00", "12:00"))
    saved = OpeningPeriod.objects.get()
    saved.closes = time(12, 30)
    saved.full_clean()
    saved.save()
    connection.check_constraints()


@pytest.mark.django_db
def test_update_into_another_period_is_refused():
    site = SiteFactory()
    save_all(period(site, "09:00", "12:00"), period(site, "13:00", "17:00"))
    with pytest.raises(IntegrityError, match="opening_period_no_overlap"), transaction.atomic():
        OpeningPeriod.objects.filter(opens=time(9)).update(closes=time(14))
        connection.check_constraints()


@pytest.mark.django_db
def test_postgresql_lets_two_periods_trade_places_within_a_transaction():
    if connection.vendor != "postgresql":
        assert not connection.features.supports_deferrable_unique_constraints
        return
    site = SiteFactory()
    save_all(period(site, "09:00", "12:00"), period(site, "13:00", "17:00"))
    morning, afternoon = OpeningPeriod.objects.order_by("opens")
    with transaction.atomic():
        OpeningPeriod.objects.filter(pk=morning.pk).update(opens=time(13, 30), closes=time(17))
        OpeningPeriod.objects.filter(pk=afternoon.pk).update(opens=time(9), closes=time(12))
        connection.check_constraints()
    assert OpeningPeriod.objects.get(pk=morning.pk).opens == time(13, 30)


def test_incomplete_period_is_left_to_the_other_checks():
    constraint = next(each for each in OpeningPeriod._meta.constraints if each.name == "opening_period_no_overlap")
    constraint.validate(OpeningPeriod, OpeningPeriod(weekday=1, opens=time(9)))
    constraint.validate(OpeningPeriod, OpeningPeriod(weekday=1), exclude={"opens"})


@pytest.mark.django_db
def test_sqlite_keeps_the_rule_when_a_migration_makes_the_table_anew():
    """SQLite changes a column by copying the table, and triggers do not come along by themselves."""
    database = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})["default"]

    def triggers() -> set[str]:
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'directory_openingperiod'"
            )
            return {row[0] for row in cursor.fetchall()}

    expected = {"opening_period_no_overlap_insert", "opening_period_no_overlap_update"}
    constraint = next(each for each in OpeningPeriod._meta.constraints if each.name == "opening_period_no_overlap")
    try:
        with database.schema_editor() as editor:
            editor.create_model(OpeningPeriod)
        assert triggers() == expected
        wider = models.SmallIntegerField()
        wider.set_attributes_from_name("weekday")
        with database.schema_editor() as editor:
            editor._remake_table(OpeningPeriod, alter_fields=[(OpeningPeriod._meta.get_field("weekday"), wider)])
        assert triggers() == expected
        with database.schema_editor() as editor:
            constraint.remove_sql(OpeningPeriod, editor)
        assert triggers() == set()
    finally:
        database.connection.close()  # Django's own close() leaves a database in memory open


def test_constraint_is_equal_to_its_copy_in_a_migration():
    constraint = next(each for each in OpeningPeriod._meta.constraints if each.name == "opening_period_no_overlap")
    assert constraint == constraint.clone()
    assert constraint != OpeningPeriod._meta.constraints[0]


@pytest.mark.django_db
def test_codes_are_checked_by_forms():
    with pytest.raises(ValidationError) as refusal:
        Commune(insee_code="3818", name="Grenoble", department=CommuneFactory().department).full_clean()
    assert set(refusal.value.message_dict) == {"insee_code"}
    with pytest.raises(ValidationError) as refusal:
        SiteFactory(postcode="380000"[:5], phone="04.99.98.00", closed_on=date(2025, 1, 1)).full_clean()
    assert set(refusal.value.message_dict) == {"phone"}
