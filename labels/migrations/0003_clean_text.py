"""Characters that no format can carry leave the texts, before the database refuses them."""

import re

from django.db import migrations

# As in pimms_directory/base/plain_text.py when this was written.
FORBIDDEN = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd-\uffff]"
TEXTS = {
    "fact": ("statement", "quotation", "place", "note"),
    "keyfigure": ("caption", "qualifier", "unit", "note", "quotation", "place"),
    "pressrelease": ("title", "issuer", "summary", "caveat"),
    "wave": ("name", "source", "announced_source"),
}


def clean(apps, schema_editor):
    for name, columns in TEXTS.items():
        model = apps.get_model("labels", name)
        for column in columns:
            for pk, text in model.objects.filter(**{f"{column}__regex": FORBIDDEN}).values_list("pk", column):
                model.objects.filter(pk=pk).update(**{column: re.sub(FORBIDDEN, "", text)})


class Migration(migrations.Migration):
    dependencies = [("labels", "0002_quotations_and_facts")]
    operations = [migrations.RunPython(clean, migrations.RunPython.noop)]
