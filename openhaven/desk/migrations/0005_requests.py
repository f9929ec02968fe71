"""Requests of people about their own data."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies: ClassVar = [
        ("desk", "0004_upkeep_and_tokens"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Request",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("received", models.DateField()),
                ("due", models.DateField()),
                ("mark", models.CharField(max_length=64)),
                ("sealed", models.TextField()),
                ("answered", models.DateField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=2000)),
            ],
            options={
                "indexes": [models.Index(fields=["mark"], name="request_mark")],
            },
        ),
    ]
