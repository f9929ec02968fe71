"""Up to which step a person was told by mail."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies: ClassVar = [
        ("desk", "0007_own_data"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Told",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="told",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("step", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("failed", models.CharField(blank=True, max_length=200)),
            ],
        ),
    ]
