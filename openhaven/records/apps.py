"""The Django application: a name and a label, no signals."""

from django.apps import AppConfig


class Records(AppConfig):
    """What the haven remembers."""

    name = "openhaven.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
