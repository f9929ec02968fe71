"""Jobs that wait until witnesses cosign, and jobs that somebody calls off."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Three columns."""

    dependencies: ClassVar = [
        ("desk", "0011_found_quickly"),
    ]

    operations: ClassVar = [
        migrations.AddField(model_name="job", name="waits", field=models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(model_name="job", name="not_before", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="job", name="called_off", field=models.BooleanField(default=False)),
    ]
