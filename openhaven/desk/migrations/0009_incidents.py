"""Incidents, and what was done about each."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables."""

    dependencies: ClassVar = [
        ("desk", "0008_told"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("about", models.CharField(blank=True, max_length=200)),
                ("dataset", models.CharField(blank=True, max_length=200)),
                ("agreement", models.CharField(blank=True, max_length=200)),
                ("known", models.DateTimeField()),
                ("reported", models.DateTimeField()),
                ("stage", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "reporter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=40)),
                ("deed", models.CharField(max_length=40)),
                ("what", models.CharField(blank=True, max_length=200)),
                ("text", models.CharField(max_length=10000)),
                ("at", models.DateTimeField()),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="desk.incident"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
    ]
