"""What people ask about their own data, step by step; copies that wait; who acts for whom; whom staff help."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models


def settle(apps: Any, schema: Any) -> None:
    """Every request so far came from somebody who had signed in; those that were answered are."""
    rows = apps.get_model("desk", "Request").objects
    rows.update(proven=models.F("received"))
    rows.exclude(answered=None).update(stage="answered")


class Migration(migrations.Migration):
    """Five tables, and more of a request."""

    dependencies: ClassVar = [
        ("desk", "0006_agreements"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="request",
            name="channel",
            field=models.CharField(default="these pages", max_length=40),
        ),
        migrations.AddField(
            model_name="request",
            name="entered",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="request",
            name="extended",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="request",
            name="on_record",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="request",
            name="proven",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="request",
            name="recent",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="request",
            name="stage",
            field=models.CharField(default="being worked on", max_length=40),
        ),
        migrations.AddField(
            model_name="request",
            name="stops",
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name="request",
            name="due",
            field=models.DateField(null=True),
        ),
        migrations.CreateModel(
            name="Omission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.JSONField()),
                ("sealed", models.TextField()),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="omissions", to="desk.request"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OwnCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made", models.DateTimeField()),
                ("collected", models.DateTimeField(null=True)),
                ("sealed", models.BinaryField()),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="copy", to="desk.request"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Proxy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("who", models.CharField(max_length=40)),
                ("mark_of", models.CharField(max_length=64)),
                ("mark_by", models.CharField(blank=True, max_length=64)),
                ("sealed", models.TextField(blank=True)),
                ("evidence", models.CharField(max_length=2000)),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("reviewed", models.DateField(null=True)),
                ("died", models.DateField(null=True)),
                ("ended", models.DateField(null=True)),
                ("ended_why", models.CharField(blank=True, max_length=2000)),
                ("deeds", models.JSONField(default=list)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["mark_of"], name="proxy_mark_of"),
                    models.Index(fields=["mark_by"], name="proxy_mark_by"),
                ],
            },
        ),
        migrations.AddField(
            model_name="request",
            name="proxy",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="desk.proxy"
            ),
        ),
        migrations.CreateModel(
            name="RequestStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("deed", models.CharField(max_length=40)),
                ("by", models.CharField(max_length=200)),
                ("words", models.CharField(blank=True, max_length=2000)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="desk.request"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
                ("channel", models.CharField(max_length=40)),
                ("shown", models.CharField(max_length=40)),
                ("words", models.CharField(blank=True, max_length=2000)),
                ("mark", models.CharField(max_length=64)),
                ("sealed", models.TextField()),
                ("ended", models.DateTimeField(null=True)),
                (
                    "proxy",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="desk.proxy"
                    ),
                ),
            ],
        ),
        migrations.RunPython(settle, migrations.RunPython.noop),
    ]
