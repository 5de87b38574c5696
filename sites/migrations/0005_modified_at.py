from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    """Existing records are taken as added and last changed when this migration runs: nothing older is known."""

    dependencies = [
        ('sites', '0004_open_days'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='added_at',
            field=models.DateTimeField(default=timezone.now, editable=False, verbose_name='ajouté le'),
        ),
        migrations.AddField(
            model_name='site',
            name='modified_at',
            field=models.DateTimeField(default=timezone.now, editable=False, verbose_name='modifié le'),
        ),
    ]
