"""All texts that staff write are held to what every format can carry, codes and numbers too; SQLite refuses NUL as well."""

import re

from django.db import migrations, models

# As in pimms_directory/base/plain_text.py when this was written.
FORBIDDEN = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd-\uffff]"
CONSTRAINTS = {
    "association": ("association_text_is_plain", ("slug", "name")),
    "commune": ("commune_text_is_plain", ("insee_code", "name", "collectivity", "centre_source")),
    "communealias": ("commune_alias_text_is_plain", ("name",)),
    "department": ("department_text_is_plain", ("code", "name", "slug")),
    "listing": (
        "listing_text_is_plain",
        ("region_printed", "department_printed", "commune_printed", "name_printed", "remark"),
    ),
    "notice": ("notice_text_is_plain", ("hours", "text")),
    "postcode": ("postcode_text_is_plain", ("code",)),
    "region": ("region_text_is_plain", ("code", "name", "slug")),
    "site": (
        "site_text_is_plain",
        (
            "slug",
            "name",
            "official_name",
            "official_id",
            "address",
            "address_complement",
            "postcode",
            "base",
            "area_served",
            "phone",
            "email",
            "website",
            "access_note",
            "contact_source",
            "data_note",
        ),
    ),
    "sitealias": ("site_alias_text_is_plain", ("slug", "name")),
}


def clean(apps, schema_editor):
    nul = "" if schema_editor.connection.vendor == "postgresql" else r"\x00"  # PostgreSQL knows none
    forbidden = FORBIDDEN.replace("[", f"[{nul}", 1)
    for name, (_constraint, columns) in CONSTRAINTS.items():
        model = apps.get_model("directory", name)
        for column in columns:
            for pk, text in model.objects.filter(**{f"{column}__regex": forbidden}).values_list("pk", column):
                model.objects.filter(pk=pk).update(**{column: re.sub(forbidden, "", text)})


def text_is_plain(name, columns):
    return models.CheckConstraint(
        name=name,
        condition=models.Q(**{f"{column}__is_plain": True for column in columns}),
        violation_error_message="Un caractère invisible n’a pas sa place dans un texte.",
    )


class Migration(migrations.Migration):
    dependencies = [("directory", "0009_territory_codes")]
    operations = [
        migrations.RunPython(clean, migrations.RunPython.noop),
        *(migrations.RemoveConstraint(model, rule[0]) for model, rule in CONSTRAINTS.items() if model != "postcode"),
        *(migrations.AddConstraint(model, text_is_plain(*rule)) for model, rule in CONSTRAINTS.items()),
    ]
