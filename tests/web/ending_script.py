"""Ends every session of a person: `python ending_script.py HAVEN EMAIL`, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from openhaven.web.serving import configure


def main(folder: str, email: str) -> None:
    configure(Path(folder))
    from django.contrib.sessions.models import Session

    from openhaven.desk.models import Person

    person = str(Person.objects.get(email=email).pk)
    for each in Session.objects.all():
        if each.get_decoded().get("_auth_user_id") == person:
            each.delete()


if __name__ == "__main__":
    main(*sys.argv[1:])
