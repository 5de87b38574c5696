"""Texts hold nothing that XML 1.0 cannot carry, nor anything that shows letters in another order than they have."""

from django.db import migrations, models

CONSTRAINTS = {
    "fact": ("fact_text_is_plain", ("statement", "quotation", "place", "note")),
    "keyfigure": ("key_figure_text_is_plain", ("caption", "qualifier", "unit", "note", "quotation", "place")),
    "pressrelease": ("press_release_text_is_plain", ("title", "issuer", "summary", "caveat")),
    "wave": ("wave_text_is_plain", ("name", "source", "announced_source")),
}


def text_is_plain(name, columns):
    return models.CheckConstraint(
        name=name,
        condition=models.Q(**{f"{column}__is_plain": True for column in columns}),
        violation_error_message="Un caractère invisible n’a pas sa place dans un texte.",
    )


class Migration(migrations.Migration):
    dependencies = [("labels", "0003_clean_text")]
    operations = [migrations.AddConstraint(model, text_is_plain(*rule)) for model, rule in CONSTRAINTS.items()]
