"""Jobs of the worker, and who works."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables."""

    dependencies: ClassVar = [
        ("desk", "0001_accounts"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("began", models.DateTimeField()),
                ("seen", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("application", models.CharField(max_length=200)),
                ("decision", models.CharField(max_length=200)),
                ("asked", models.DateTimeField()),
                ("accepted", models.JSONField(blank=True, default=dict)),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("out", models.TextField(blank=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("worker", models.CharField(blank=True, max_length=200)),
                ("lease", models.DateTimeField(null=True)),
                ("began", models.DateTimeField(null=True)),
                ("ended", models.DateTimeField(null=True)),
                ("steps", models.JSONField(default=list)),
                ("status", models.SmallIntegerField(null=True)),
                ("said", models.TextField(blank=True)),
                ("release", models.CharField(blank=True, max_length=200)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="jobs", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "number"], name="jobs_by_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["running", "waiting"])),
                        fields=("application",),
                        name="one_job_of_an_application",
                    )
                ],
            },
        ),
    ]
