"""Settings are facts too: a change is in the log before anything is written under it."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from journeys_haven import Desk
from journeys_starter import Starter

from openhaven.haven import open_haven
from openhaven.haven.in_force import in_force
from openhaven.law import RULESET, decide
from openhaven.model.settings import flat, settings_from


def changed(desk: Desk, old: str, new: str) -> None:
    toml = desk.home / "haven.toml"
    text = toml.read_text("utf-8")
    assert old in text
    toml.write_text(text.replace(old, new), "utf-8")


def wider(desk: Desk) -> None:
    changed(desk, "[policy]\n", "[policy]\nk_limited = 3\n")


def types(desk: Desk) -> list[str]:
    return [each["type"] for each in desk.entries()]


def said_last(desk: Desk) -> list[dict[str, object]]:
    """What the last such entry commits to."""
    with closing(sqlite3.connect(desk.home / "records.sqlite3")) as records:
        (body,) = records.execute(
            "select data from records_body where name = 'settings' order by entry_id desc limit 1"
        ).fetchone()
    return list(json.loads(body)["changed"])


def test_a_new_haven_enters_its_settings_first(desk: Desk) -> None:
    assert types(desk)[0] == "settings_changed"
    assert desk.haven("settings", "--json").document["not_entered"] == []


def test_a_change_is_entered_before_what_is_done_under_it(desk: Desk) -> None:
    wider(desk)
    before = types(desk)

    assert desk.release("1-university").status == 0

    new = types(desk)[len(before) :]
    assert new[:2] == ["settings_changed", "decided"]
    assert said_last(desk) == [{"setting": "policy.k_limited", "before": 5, "now": 3}]
    assert types(desk).count("settings_changed") == before.count("settings_changed") + 1
    assert desk.haven("log", "fsck").status == 0


def test_a_change_of_the_law_is_entered_before_what_is_decided_by_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.entries()[0]
    assert first["ids"] == {"law": RULESET.name.replace(" ", "/")}
    changed_law = replace(RULESET, name="openhaven-law 2027.1 sha256:00ff")
    monkeypatch.setattr("openhaven.haven.deciding.decide", partial(decide, ruleset=changed_law))
    before = len(desk.entries())

    assert desk.release("1-university").status == 0

    new = desk.entries()[before:]
    assert [each["type"] for each in new[:2]] == ["settings_changed", "decided"]
    assert new[0]["ids"] == {"law": "openhaven-law/2027.1/sha256:00ff"}
    assert said_last(desk) == [{"setting": "law", "before": RULESET.name, "now": changed_law.name}]
    wider(desk)
    open_haven(desk.home, operator="the tests").act()
    assert [each["setting"] for each in said_last(desk)] == ["policy.k_limited"], "and the law is as it was entered"
    assert desk.haven("log", "fsck").status == 0


def test_a_change_not_yet_entered_is_told(desk: Desk) -> None:
    wider(desk)
    before = desk.held()
    said = desk.haven("settings")
    assert "NOT YET IN THE LOG: policy.k_limited, 5 before, 3 now" in said.out
    told = desk.haven("settings", "--json").document["not_entered"]
    assert told == [{"setting": "policy.k_limited", "before": 5, "now": 3}]
    assert desk.held() == before, "asking enters nothing"


def test_a_changed_list_of_restricted_codes_is_a_change(desk: Desk) -> None:
    with (desk.home / "restricted_example.csv").open("a", encoding="utf-8") as file:
        file.write("ICD-10,Z99\n")
    told = desk.haven("settings", "--json").document["not_entered"]
    assert [each["setting"] for each in told] == ["files.restricted.example, SHA-256"]


def test_a_refused_command_enters_nothing_of_it(desk: Desk) -> None:
    wider(desk)
    before = desk.held()
    desk.haven("optouts", "load", desk.path("reply-fresh.dat")).refused_plainly(2, "was answered already")
    assert desk.held() == before


def test_the_engine_is_not_policy(desk: Desk) -> None:
    with (desk.home / "haven.toml").open("a", encoding="utf-8") as toml:
        toml.write('\n[engine]\nmemory = "1GB"\n')
    assert desk.haven("settings", "--json").document["not_entered"] == []


def test_a_password_is_neither_shown_nor_entered(tmp_path: Path) -> None:
    given = {
        "format": 1,
        "haven": {"operator": "a", "origin": "a.example", "contact": "here"},
        "database": {"engine": "postgresql", "name": "haven", "password": "sesame"},
    }
    settings = settings_from(given, where="haven.toml")
    assert "sesame" not in str(list(flat(settings, given)))
    assert "sesame" not in str(in_force(tmp_path, settings))


def test_killed_between_the_settings_and_what_follows_nothing_is_entered_twice(desk: Desk, starter: Starter) -> None:
    wider(desk)
    before = types(desk).count("settings_changed")
    words = desk.arguments("release", str(desk.application("1-university")), "--out", str(desk.path("packages", "1")))

    ended = starter.run(
        words, said=desk.folder.parent / "said", watch=desk.folder, before="release-APP-001.R1", signal=signal.SIGKILL
    )

    assert ended.status == -signal.SIGKILL and types(desk)[-2:] == ["settings_changed", "decided"]
    assert desk.release("1-university").status == 0
    assert types(desk).count("settings_changed") == before + 1
    desk.assert_sound()
