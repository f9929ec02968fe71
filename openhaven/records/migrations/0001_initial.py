"""Format 1: the first tables."""
# ruff: noqa: RUF012

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("index", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=40)),
                ("time", models.DateTimeField()),
                ("data", models.BinaryField()),
                ("leaf", models.BinaryField()),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["type", "index"], name="entries_by_type")],
            },
        ),
        migrations.CreateModel(
            name="Format",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("origin", models.TextField()),
                ("size", models.PositiveBigIntegerField()),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("last", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Node",
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
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("id", models.CharField(max_length=200, unique=True)),
                ("dataset", models.CharField(db_index=True, max_length=200)),
                ("controller", models.CharField(max_length=200)),
                ("replaces", models.CharField(max_length=200, null=True, unique=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IdentifiersDestroyed",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("release", models.CharField(db_index=True, max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OptOutAnswer",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("id", models.CharField(max_length=200, unique=True)),
                ("list", models.CharField(db_index=True, max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OptOutQuestion",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("id", models.CharField(max_length=200, unique=True)),
                ("list", models.CharField(db_index=True, max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("id", models.CharField(max_length=200, unique=True)),
                ("application", models.CharField(max_length=200)),
                ("agreement", models.CharField(max_length=200)),
                ("dataset", models.CharField(db_index=True, max_length=200)),
                ("replaces", models.CharField(max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReleaseEnd",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("release", models.CharField(max_length=200, unique=True)),
                ("state", models.CharField(max_length=10)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Body",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "entry_id", "name", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=64)),
                ("salt", models.BinaryField()),
                ("data", models.BinaryField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bodies",
                        db_index=False,
                        to="records.entry",
                    ),
                ),
                (
                    "erased_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erases",
                        db_index=False,
                        to="records.entry",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DecisionRecord",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("application", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField()),
                ("verdict", models.CharField(max_length=10)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("application", "version"), name="one_decision")],
            },
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="records.entry",
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("record", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "record", "version"), name="one_fact")],
            },
        ),
    ]
