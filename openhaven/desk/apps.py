"""The Django application: a name and a label, no signals."""

from django.apps import AppConfig


class Desk(AppConfig):
    """What people prepare through the pages."""

    name = "openhaven.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
