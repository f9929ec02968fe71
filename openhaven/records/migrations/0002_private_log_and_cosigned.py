"""Format 2: the private log, and what witnesses cosigned."""
# ruff: noqa: RUF012

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Cosigned",
            fields=[
                ("size", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("note", models.TextField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="PrivateEntry",
            fields=[
                ("index", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=40)),
                ("time", models.DateTimeField()),
                ("data", models.BinaryField()),
                ("leaf", models.BinaryField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="PrivateNode",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("index", models.PositiveBigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="PrivateBody",
            fields=[
                ("name", models.CharField(max_length=64)),
                ("salt", models.BinaryField()),
                ("data", models.BinaryField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "entry_id", "name", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bodies",
                        db_index=False,
                        to="records.privateentry",
                    ),
                ),
                (
                    "erased_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erases",
                        db_index=False,
                        to="records.privateentry",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
    ]
