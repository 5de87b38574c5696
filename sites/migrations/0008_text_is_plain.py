"""Texts hold nothing that XML 1.0 cannot carry, nor anything that shows letters in another order than they have."""

from django.db import migrations, models

CONSTRAINTS = {
    "association": ("association_text_is_plain", ("name",)),
    "commune": ("commune_text_is_plain", ("name",)),
    "communealias": ("commune_alias_text_is_plain", ("name",)),
    "department": ("department_text_is_plain", ("name",)),
    "listing": (
        "listing_text_is_plain",
        ("region_printed", "department_printed", "commune_printed", "name_printed", "remark"),
    ),
    "notice": ("notice_text_is_plain", ("hours", "text")),
    "region": ("region_text_is_plain", ("name",)),
    "site": (
        "site_text_is_plain",
        (
            "name",
            "official_name",
            "official_id",
            "address",
            "address_complement",
            "base",
            "area_served",
            "email",
            "website",
            "access_note",
            "contact_source",
            "data_note",
        ),
    ),
    "sitealias": ("site_alias_text_is_plain", ("name",)),
}


def text_is_plain(name, columns):
    return models.CheckConstraint(
        name=name,
        condition=models.Q(**{f"{column}__is_plain": True for column in columns}),
        violation_error_message="Un caractère invisible n’a pas sa place dans un texte.",
    )


class Migration(migrations.Migration):
    dependencies = [("directory", "0007_clean_text")]
    operations = [migrations.AddConstraint(model, text_is_plain(*rule)) for model, rule in CONSTRAINTS.items()]
