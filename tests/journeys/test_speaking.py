"""How every command speaks: one JSON document where asked, one plain message where refused, one command at a time."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import click
import pytest
from journeys_haven import HELD_BACK, Desk, said

from openhaven.cli.main import COMMANDS, commands
from openhaven.demo.national_check import answer_question

HAVEN = (sys.executable, "-c", "from openhaven.cli import main; main()")
NOT_BUILT = [
    name for name in COMMANDS if "Not built" in (commands.get_command(click.Context(commands), name).help or "")
]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("status",), {"haven", "operator", "datasets", "lists", "releases", "unfinished"}),
        (("optouts", "check"), None),
        (("settings",), None),
        (("law",), None),
        (("law", "NDO-14"), None),
        (("log", "show"), None),
        (("log", "show", "--since", "20"), None),
        (("log", "fsck"), {"entries", "bodies", "erased", "root"}),
        (("release", "--resume"), {"finished"}),
        (("optouts", "ask", "question.dat"), {"id", "count", "digest"}),
        (("record", "organisation", "records/10-organisation-university.toml"), {"kind", "id", "entry"}),
        (("decide", "applications/1-university.toml"), {"verdict", "obligations"}),
        (("decide", "applications/3-insurer.toml"), {"verdict", "obligations"}),
        (
            ("release", "applications/3-insurer.toml", "--out", "packages/3"),
            {"verdict", "application", "release", "out"},
        ),
        (("release", "applications/4-health-protection.toml", "--out", "packages/4"), {"verdict", "release", "entry"}),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_json_is_one_document_and_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], keys: set[str] | None
) -> None:
    monkeypatch.chdir(desk.folder)
    answered = desk.haven(*words, "--json")
    assert answered.status in (0, 3) and answered.err == ""
    assert answered.document, "standard output parses as one document"
    if keys:
        assert keys <= set(answered.document)


def test_json_of_a_reply_loaded(desk: Desk) -> None:
    question, reply = desk.path("question.dat"), desk.path("reply.dat")
    assert desk.haven("optouts", "ask", question).status == 0
    answer_question(question, reply, opted_out=())
    assert set(desk.haven("optouts", "load", reply, "--json").document) == {"question", "asked", "returned"}


def test_json_of_a_delivery_and_of_a_package(desk: Desk) -> None:
    assert {"again", "delivery"} <= set(desk.deliver(desk.episodes(HELD_BACK), "--json").document)
    package, opened = desk.path("packages", "1-university"), desk.path("opened")
    assert desk.release("1-university").status == 0
    for words in (
        ("open", package, "--key", desk.path("keys", "university.txt"), "--out", opened),
        ("verify", package, "--trust", desk.path("trust.txt"), "--against", opened),
        ("verify", package),
    ):
        assert desk.haven(*words, "--json").document


@pytest.mark.parametrize(
    "words",
    [
        ("risk", "FILE", "--qi", "sex,age_at_admission"),
        ("tabulate", "FILE", "--by", "sex", "--rule", "threshold-10", "--out", "OUT"),
        ("anonymise", "FILE", "OUT", "--qi", "sex", "--k", "2", "--keep", "IDENTIFIERS"),
    ],
    ids=lambda words: words[0],
)
def test_json_of_the_tools(desk: Desk, words: tuple[str, ...]) -> None:
    file = desk.episodes("aldermoor")
    identifiers = "local_patient_id,nhs_number,given_name,family_name,date_of_birth,postcode,episode_id"
    real = {"FILE": str(file), "OUT": str(desk.path("out.csv")), "IDENTIFIERS": identifiers}
    answered = said([real.get(each, each) for each in words] + ["--json"])
    assert answered.status == 0 and answered.document


@pytest.mark.parametrize("words", [("status",), ("log", "show"), ("decide", "a.toml"), ("release", "--resume")])
def test_a_haven_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    (tmp_path / "a.toml").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENHAVEN", raising=False)
    nowhere = tmp_path / "nowhere"

    said(["--haven", str(nowhere), *words]).refused_plainly(2, str(nowhere), f"haven init {nowhere}")
    said([*words]).refused_plainly(2, "no haven is named and none is here", "--haven DIR", "OPENHAVEN")
    monkeypatch.setenv("OPENHAVEN", str(nowhere))
    said([*words]).refused_plainly(2, str(nowhere))

    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


def test_the_haven_is_found_by_name_by_environment_and_from_within(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENHAVEN", str(desk.home))
    assert str(desk.home) in said(["status"]).out
    monkeypatch.delenv("OPENHAVEN")
    monkeypatch.chdir(desk.home / "vault" / "datasets")
    assert str(desk.home) in said(["status"]).out


@pytest.mark.parametrize("name", NOT_BUILT)
def test_what_is_not_built_says_so(name: str) -> None:
    said([name]).refused_plainly(2, f"haven {name} is not built in this version")
    said([name, "something", "--more", "1"]).refused_plainly(2, "not built")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("relase",), "relase"),
        (("status", "--colour"), "--colour"),
        (("decide", "nowhere.toml"), "nowhere.toml"),
        (("decide", "trust.txt", "--on", "31/12/2026"), "31/12/2026"),
        (("decide", "applications/1-university.toml", "--on", "2013-03-31"), "2013-04-01 to 2099-12-31"),
        (("decide", "applications/1-university.toml", "--on", "9999-12-31"), "2013-04-01 to 2099-12-31"),
        (("law", "XYZ-99"), "XYZ-99"),
        (("log", "prove", "9999"), "9999"),
        (("record", "gossip", "trust.txt"), "gossip"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_bad_usage(desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str) -> None:
    monkeypatch.chdir(desk.folder)
    before = desk.held()
    desk.haven(*words).refused_plainly(2, says)
    assert desk.held() == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("operator = ", "operater = "), "operater"),
        (("demo = true", 'demo = "yes"'), "demo"),
        (("format = 1", "format = 2"), "haven upgrade"),
        (("[haven]", "[haven"), "not TOML"),
        (("Test Haven", "Test\udcffHaven"), "UTF-8"),
        (("[haven]", "[policy.numbers]\nk-limted = 4\n[haven]"), "policy.numbers.k-limted"),
        (("[haven]", "[policy.numbers]\naccess-months = 2\n[haven]"), "policy.numbers.access-months"),
        (("[haven]", "[policy.numbers]\nk-limited = -4\n[haven]"), "it may be 1 to 30 people"),
    ],
    ids=[
        "unknown key",
        "wrong type",
        "newer format",
        "not TOML",
        "not text",
        "no such number",
        "not open to choice",
        "negative",
    ],
)
def test_settings_written_wrong(desk: Desk, change: tuple[str, str], says: str) -> None:
    toml = desk.home / "haven.toml"
    text = toml.read_text("utf-8").replace(*change)
    toml.write_bytes(text.encode("utf-8", "surrogateescape"))
    desk.haven("status").refused_plainly(2, "haven.toml", says)


def test_a_folder_in_use_does_not_become_a_haven(desk: Desk) -> None:
    before = sorted(path.name for path in desk.folder.iterdir())
    words = ["init", str(desk.folder), "--operator-name", "A", "--origin", "a.example", "--contact", "c"]
    said(words).refused_plainly(2, str(desk.folder), "not empty")
    assert sorted(path.name for path in desk.folder.iterdir()) == before


def test_while_one_command_works_another_says_so_and_changes_nothing(desk: Desk) -> None:
    before = desk.held()
    with (desk.home / "haven.lock").open("a+") as lock:
        lock.write("haven release, process 12345")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (
            desk.delivery(desk.episodes(HELD_BACK)),
            ["release", str(desk.application("1-university")), "--out", str(desk.path("x"))],
            ["record", "organisation", str(desk.path("records", "10-organisation-university.toml"))],
            ["optouts", "ask", str(desk.path("q.dat"))],
        ):
            desk.haven(*words).refused_plainly(2, "another command is at work", "haven release", "Wait")
        assert desk.haven("status").status == 0, "reading goes on"
    assert desk.held() == before
    assert not desk.path("x").exists() and not desk.path("q.dat").exists()


def test_two_commands_at_once_both_succeed_or_one_says_that_the_other_is_at_work(desk: Desk) -> None:
    both = [
        [*HAVEN, *desk.arguments(*desk.delivery(desk.episodes(HELD_BACK)))],
        [*HAVEN, *desk.arguments("release", desk.application("4-health-protection"), "--out", desk.path("out"))],
    ]

    running = [subprocess.Popen(each, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for each in both]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in running]

    for out, err, status in ended:
        assert (status == 0 and out and not err) or (status == 2 and "another command is at work" in err), ended
    assert 0 in [status for *_, status in ended]
    assert desk.path("out").exists() is (ended[1][2] == 0)
    desk.assert_sound()
