import sites.models.fields
from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("directory", "Site").objects.update(first_slug=F("slug"))


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0002_other_names_and_desks"),
    ]

    operations = [
        migrations.AddField(
            model_name="site",
            name="first_slug",
            field=sites.models.fields.BytewiseSlugField(db_index=False, default="", editable=False, max_length=120),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        # Its words alone: nothing changes in the database.
        migrations.AlterField(
            model_name="site",
            name="kind",
            field=models.CharField(
                choices=[("fixed", "lieu fixe"), ("mobile", "bus"), ("multisite", "équipe qui se déplace")],
                default="fixed",
                max_length=10,
                verbose_name="type",
            ),
        ),
    ]
