"""Django, set up once in a process, before anything that knows the records is imported; a haven is pointed at later."""

import django
from django.apps import apps
from django.conf import settings

from openhaven.records.settings import django_settings

NOWHERE = {"engine": "sqlite", "path": ":memory:"}

if not settings.configured:
    settings.configure(**django_settings(database=NOWHERE))
if not apps.ready:
    django.setup()
