"""Sessions of people, what every process counts for minutes, and uses that a person hides from who acts for them."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Three tables."""

    dependencies: ClassVar = [
        ("desk", "0009_incidents"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began", models.DateTimeField()),
                ("seen", models.DateTimeField()),
                ("browser", models.CharField(max_length=60)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-seen", "-pk"]},
        ),
        migrations.CreateModel(
            name="Shortly",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("value", models.JSONField()),
                ("ends", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Hidden",
            fields=[
                ("mark", models.CharField(max_length=64, primary_key=True, serialize=False)),
            ],
        ),
    ]
