"""All texts that staff write are held to what every format can carry, codes and numbers too; SQLite refuses NUL as well."""

import re

from django.db import migrations, models

# As in pimms_directory/base/plain_text.py when this was written.
FORBIDDEN = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd-\uffff]"
CONSTRAINTS = {
    "fact": ("fact_text_is_plain", ("statement", "quotation", "place", "note")),
    "keyfigure": ("key_figure_text_is_plain", ("caption", "qualifier", "unit", "note", "quotation", "place")),
    "pressrelease": (
        "press_release_text_is_plain",
        ("slug", "title", "issuer", "source_url", "text_sha256", "summary", "caveat"),
    ),
    "wave": ("wave_text_is_plain", ("code", "name", "source", "announced_source")),
}


def clean(apps, schema_editor):
    nul = "" if schema_editor.connection.vendor == "postgresql" else r"\x00"  # PostgreSQL knows none
    forbidden = FORBIDDEN.replace("[", f"[{nul}", 1)
    for name, (_constraint, columns) in CONSTRAINTS.items():
        model = apps.get_model("labels", name)
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
    dependencies = [("labels", "0004_text_is_plain")]
    operations = [
        migrations.RunPython(clean, migrations.RunPython.noop),
        *(migrations.RemoveConstraint(model, rule[0]) for model, rule in CONSTRAINTS.items()),
        *(migrations.AddConstraint(model, text_is_plain(*rule)) for model, rule in CONSTRAINTS.items()),
    ]
