from django.db import migrations

from sites import word_index


def install(apps, schema_editor):
    word_index.install(schema_editor.connection.alias)


class Migration(migrations.Migration):
    """The index of words, of each database its own; on PostgreSQL it is made while sites are edited."""

    atomic = False

    dependencies = [
        ('sites', '0007_publishing'),
    ]

    operations = [
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
