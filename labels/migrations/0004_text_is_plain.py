"""Texts hold nothing that XML 1.0 cannot carry, nor anything that shows letters in another order than they have."""

from functools import reduce
from operator import and_

from django.db import migrations, models

# As in pimms_directory/base/plain_text.py when this was written.
FORBIDDEN = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
CONSTRAINTS = {
    "fact": ("fact_text_is_plain", ("statement", "quotation", "place", "note")),
    "keyfigure": ("key_figure_text_is_plain", ("caption", "qualifier", "unit", "note", "quotation", "place")),
    "pressrelease": ("press_release_text_is_plain", ("title", "issuer", "summary", "caveat")),
    "wave": ("wave_text_is_plain", ("name", "source", "announced_source")),
}


def text_is_plain(name, columns):
    return models.CheckConstraint(
        name=name,
        condition=reduce(and_, (~models.Q(**{f"{column}__regex": FORBIDDEN}) for column in columns)),
        violation_error_message="Un caractère invisible n’a pas sa place dans un texte.",
    )


class Migration(migrations.Migration):
    dependencies = [("labels", "0003_clean_text")]
    operations = [migrations.AddConstraint(model, text_is_plain(*rule)) for model, rule in CONSTRAINTS.items()]
