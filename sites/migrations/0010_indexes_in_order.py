import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes alone. PostgreSQL takes about a second for 100,000 sites, which are not edited meanwhile."""
    dependencies = [
        ("labels", "0003_publishing"),
        ("sites", "0009_labelled_waves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="site",
            name="site_position",
        ),
        migrations.RemoveIndex(
            model_name="site",
            name="site_labelled_waves",
        ),
        migrations.AlterField(
            model_name="site",
            name="association",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sites",
                to="sites.association",
                verbose_name="association",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="department",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sites",
                to="sites.department",
                verbose_name="département",
            ),
        ),
        migrations.AlterField(
            model_name="site",
            name="wave",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sites",
                to="labels.wave",
                verbose_name="vague",
            ),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(fields=["department", "slug"], name="site_department"),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(fields=["association", "slug"], name="site_association"),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(fields=["wave", "slug"], name="site_wave"),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(
                condition=models.Q(("is_public", True)),
                fields=[
                    "position_latitude",
                    "position_longitude",
                    "label_ended_on",
                    "closed_on",
                    "kind",
                    "department",
                    "wave",
                    "association",
                    "open_days",
                    "slug",
                    "id",
                ],
                name="site_public_positions",
            ),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(
                condition=models.Q(("is_public", True)),
                fields=[
                    "slug",
                    "label_ended_on",
                    "closed_on",
                    "kind",
                    "department",
                    "wave",
                    "association",
                    "open_days",
                    "id",
                ],
                name="site_public_list",
            ),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(
                condition=models.Q(("is_public", True)),
                fields=["department", "wave", "contact_source", "contact_checked_on", "label_ended_on", "closed_on"],
                name="site_public_figures",
            ),
        ),
        migrations.AddIndex(
            model_name="site",
            index=models.Index(
                condition=models.Q(("is_public", True)),
                fields=["modified_at", "added_at", "department", "slug", "id"],
                name="site_public_changes",
            ),
        ),
        # How common each value is, without which SQLite sorts many sites where it could read them in order.
        migrations.RunSQL("ANALYZE sites_site", migrations.RunSQL.noop),
    ]
