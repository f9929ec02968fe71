"""People who are signed in already, for tests and for measuring: `python web_script.py HAVEN < people.json`, in a
process of its own. Each person: email, posts as [role, organisation], and whether they have shown the second factor.
The answer is the session of each."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from openhaven.web.serving import configure


def main(folder: str, people: list[dict[str, Any]]) -> dict[str, str]:
    configure(Path(folder))
    return {each["email"]: signed_in(**each) for each in people}


def signed_in(email: str, posts: list[list[str]], *, shown: bool = True) -> str:
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils.timezone import now

    from openhaven.desk import sign_ins
    from openhaven.desk.models import Person, Post
    from openhaven.web.signing_in import HERE

    person, _ = Person.objects.get_or_create(email=email, defaults={"name": email.split("@")[0], "joined": now()})
    for role, organisation in posts:
        Post.objects.get_or_create(person=person, role=role, organisation=organisation)
    secret = {"secret": get_adapter().encrypt("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")}
    Authenticator.objects.update_or_create(user=person, type=Authenticator.Type.TOTP, defaults={"data": secret})
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[HERE] = sign_ins.begin(person, browser="Firefox on Linux", now=now())
    session["account_authentication_methods"] = [{"method": "mfa" if shown else "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return str(session.session_key)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.load(sys.stdin))))
