"""Checkups, and tokens for programs."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables."""

    dependencies: ClassVar = [
        ("desk", "0003_cases"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Checkup",
            fields=[
                ("at", models.DateTimeField(primary_key=True, serialize=False)),
                ("whole", models.BooleanField()),
                ("said", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("scopes", models.JSONField(default=list)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("made", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
    ]
