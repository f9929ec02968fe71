"""Agreements drawn up, signed, ended and destroyed; what falls due of them; and who signs for a recipient."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Four tables, the case that another amends, and one more role."""

    dependencies: ClassVar = [
        ("desk", "0005_requests"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="case",
            name="amends",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="amendments", to="desk.case"
            ),
        ),
        migrations.AlterField(
            model_name="post",
            name="role",
            field=models.CharField(
                choices=[
                    ("applicant", "applicant"),
                    ("case officer", "case officer"),
                    ("independent adviser", "independent adviser"),
                    ("Caldicott Guardian", "Caldicott Guardian"),
                    ("senior information risk owner", "senior information risk owner"),
                    ("staff of a controller", "staff of a controller"),
                    ("signatory", "signatory"),
                    ("keeper of accounts", "keeper of accounts"),
                ],
                max_length=40,
            ),
        ),
        migrations.CreateModel(
            name="AgreementVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("why", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("terms", models.JSONField()),
                ("clauses", models.JSONField()),
                ("cut", models.CharField(blank=True, max_length=10000)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="desk.case"
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
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Destruction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("done", models.DateField()),
                ("how", models.CharField(max_length=10000)),
                ("backups", models.BooleanField()),
                ("holders", models.JSONField(default=list)),
                ("left", models.CharField(blank=True, max_length=10000)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="destructions", to="desk.case"
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
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=200)),
                ("due", models.DateField()),
                ("since", models.DateField()),
                ("last", models.DateField()),
                ("times", models.PositiveIntegerField(default=1)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="desk.case"
                    ),
                ),
            ],
            options={
                "ordering": ["due", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(max_length=40)),
                ("role", models.CharField(max_length=40)),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="desk.agreementversion",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.UniqueConstraint(fields=("case", "number"), name="one_version"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("case", "what", "due"), name="one_reminder"),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(fields=("version", "side"), name="one_signature"),
        ),
    ]
