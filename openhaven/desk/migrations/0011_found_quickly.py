"""Parts of the answers by which a case is found, what falls due by its kind, and who was told of it."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce


def _answered(path: str) -> models.GeneratedField:
    made = Coalesce(KT(f"answers__{path}"), models.Value(""), output_field=models.TextField())
    return models.GeneratedField(expression=made, output_field=models.TextField(), db_persist=True)


class Migration(migrations.Migration):
    """Three columns with their indexes, one more, and one table."""

    dependencies: ClassVar = [
        ("desk", "0010_signing_in"),
    ]

    operations: ClassVar = [
        migrations.AddField(model_name="case", name="recipient", field=_answered("recipient__recipient")),
        migrations.AddField(model_name="case", name="dataset", field=_answered("dataset__dataset")),
        migrations.AddField(model_name="case", name="funding", field=_answered("funding")),
        migrations.AddIndex(model_name="case", index=models.Index(fields=["state", "since"], name="case_state")),
        migrations.AddIndex(
            model_name="case", index=models.Index(fields=["organisation", "state"], name="case_organisation")
        ),
        migrations.AddIndex(model_name="case", index=models.Index(fields=["recipient"], name="case_recipient")),
        migrations.AddIndex(model_name="case", index=models.Index(fields=["dataset"], name="case_dataset")),
        migrations.AddField(
            model_name="reminder",
            name="kind",
            field=models.CharField(default="", max_length=40),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="Reminded",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=200)),
                ("last", models.DateField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminded",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "what"), name="one_reminded")],
            },
        ),
    ]
