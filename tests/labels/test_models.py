from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from labels.models import KeyFigure, Wave
from pimms_directory.editing.publishing.publication import Publication, problems
from tests.factories import FactFactory, KeyFigureFactory, PressReleaseFactory, WaveFactory

RELEASE = PressReleaseFactory.build(pk=1)
REFUSED: list[tuple[str, Any, dict[str, Any]]] = [
    ("wave_has_a_source", WaveFactory, {"source": ""}),
    ("wave_announcement_has_a_source", WaveFactory, {"announced_on": date(2030, 1, 1)}),
    ("wave_publication_is_known", WaveFactory, {"publication": "bientôt"}),
    ("key_figure_quotation_has_a_place", KeyFigureFactory, {"release": RELEASE, "quotation": "Au total", "place": ""}),
    ("fact_is_quoted", FactFactory, {"release": RELEASE, "quotation": ""}),
    ("fact_is_quoted", FactFactory, {"release": RELEASE, "place": ""}),
    ("press_release_publication_is_known", PressReleaseFactory, {"publication": "bientôt"}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "factory", "values"), REFUSED)
def test_database_refuses_what_a_constraint_forbids(name, factory, values):
    record = factory.build(**values)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        type(record).objects.bulk_create([record])


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "factory", "values"), REFUSED)
def test_form_is_told_what_a_constraint_forbids(name, factory, values):
    record = factory.build(**values)
    (constraint,) = (each for each in record._meta.constraints if each.name == name)
    with pytest.raises(ValidationError) as refusal:
        record.validate_constraints()
    assert refusal.value.messages == [str(constraint.violation_error_message)]


def test_every_check_of_the_app_is_tried_above():
    checks = {
        constraint.name
        for model in apps.get_app_config("labels").get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        and not constraint.name.endswith("_text_is_plain")  # tests/editing/test_plain_text.py
    }
    assert checks == {name for name, _factory, _values in REFUSED}


@pytest.mark.django_db
def test_two_figures_of_a_release_cannot_share_a_place():
    figure = KeyFigureFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyFigure.objects.bulk_create([KeyFigureFactory.build(release=figure.release, position=figure.position)])
    KeyFigureFactory(position=figure.position)


@pytest.mark.django_db
def test_figures_keep_the_order_of_their_release():
    release = PressReleaseFactory()
    for position in (3, 1, 2):
        KeyFigureFactory(release=release, position=position)
    assert [figure.position for figure in release.figures.all()] == [1, 2, 3]


@pytest.mark.parametrize("text_sha256", ["a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n"])
def test_a_sum_has_64_digits(text_sha256):
    with pytest.raises(ValidationError):
        PressReleaseFactory.build(text_sha256=text_sha256).clean_fields()
    PressReleaseFactory.build(text_sha256="0" * 64).clean_fields()


@pytest.mark.django_db
def test_waves_stand_in_the_order_in_which_they_took_effect():
    for effective_on in (date(2031, 2, 1), date(2030, 12, 1), date(2031, 1, 1)):
        WaveFactory(effective_on=effective_on)
    assert [wave.code for wave in Wave.objects.all()] == ["2030-12", "2031-01", "2031-02"]


@pytest.mark.parametrize("code", ["2020", "2020-1", "2020-011", "20-01", "janvier", "2020-01\n"])
def test_wave_code_is_a_year_and_a_month(code):
    with pytest.raises(ValidationError) as refusal:
        WaveFactory.build(code=code).clean_fields()
    assert "code" in refusal.value.message_dict


@pytest.mark.django_db
def test_release_of_a_wave_cannot_be_deleted():
    wave = WaveFactory(release=PressReleaseFactory())
    with pytest.raises(ProtectedError):
        wave.release.delete()


def test_wave_is_published_on_the_day_of_its_release():
    assert WaveFactory.build(release=PressReleaseFactory.build(published_on=date(2030, 3, 2))).published_on == date(
        2030, 3, 2
    )
    assert WaveFactory.build().published_on is None


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [PressReleaseFactory, KeyFigureFactory, FactFactory, WaveFactory])
def test_natural_key_leads_back_to_its_record(factory):
    factory()
    record = factory()
    assert type(record)._default_manager.get_by_natural_key(*record.natural_key()) == record


def test_pages_of_waves_and_releases_are_named_by_code_and_slug():
    assert WaveFactory.build(code="2030-01").get_absolute_url() == "/labels/2030-01/"
    assert PressReleaseFactory.build(slug="2030-01-15").get_absolute_url() == "/communiques/2030-01-15/"


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 366])
def test_a_label_may_be_announced_before_it_takes_effect(days):
    WaveFactory.build(effective_on=timezone.localdate() + timedelta(days=days)).full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"effective_on": date(2120, 1, 1)}, "effective_on"),
        (
            {"effective_on": date(2020, 1, 1), "announced_on": date(2120, 1, 1), "announced_source": "CITP"},
            "announced_on",
        ),
    ],
)
def test_impossible_days_of_a_wave_are_refused_with_the_day(fields, name):
    with pytest.raises(ValidationError) as refusal:
        WaveFactory.build(**fields).full_clean()
    assert list(refusal.value.message_dict) == [name]
    assert str(fields[name].year) in refusal.value.messages[0]


@pytest.mark.django_db
def test_a_release_of_tomorrow_can_be_prepared_and_not_published():
    tomorrow = timezone.localdate() + timedelta(days=1)
    PressReleaseFactory.build(published_on=tomorrow, publication=Publication.DRAFT).full_clean()
    with pytest.raises(ValidationError, match="est à venir"):
        PressReleaseFactory.build(published_on=tomorrow).full_clean()
    draft = PressReleaseFactory(published_on=tomorrow, publication=Publication.DRAFT)
    assert any(problem.blocking for problem in problems(draft))
