"""Django, set up once in a process, before anything that knows the records is imported; a haven is pointed at later."""

import atexit
import gc

import django
from django.apps import apps
from django.conf import settings

from openhaven.records.settings import django_settings

NOWHERE = {"engine": "sqlite", "path": ":memory:"}

if not settings.configured:
    settings.configure(**django_settings(database=NOWHERE))
if not apps.ready:
    django.setup()
    gc.freeze()  # what was loaded stays: to look through it again and again was a tenth of what a batch of acts took
    gc.set_threshold(3_000)  # objects; by default 700, four searches in each batch, which were another tenth
    atexit.register(gc.unfreeze)  # at the end it goes, in good order
