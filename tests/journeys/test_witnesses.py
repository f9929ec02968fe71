"""Witnesses that really run, as processes of their own: nobody opens a package before enough of them cosigned."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from journeys_haven import Desk, listing

from openhaven.log.note import parse_verifier_key, sign_note, verifier_key
from openhaven.log.rotation import Rotation, announce

APPLICATION, OTHER = "1-university", "6-trial"
VERIFIER = Path(__file__).parents[2] / "verifier" / "verify.py"


@dataclass
class Watcher:
    """A witness in its folder; `haven witness serve` as a process of its own while it is up."""

    folder: Path
    name: str
    key: str
    port: int = 0
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        words = ["witness", "serve", str(self.folder), "--port", str(self.port)]
        start = [sys.executable, "-c", "from openhaven.cli.main import main; main()", *words]
        self.process = subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert "cosigns for 1 log on" in said, said
        self.port = int(said.rsplit(":", 1)[1])

    def down(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@pytest.fixture
def watchers(desk: Desk) -> Iterator[Callable[[str], Watcher]]:
    """Makes witnesses of the desk's log, each up."""
    made: list[Watcher] = []
    log = desk.path("trust.txt").read_text(encoding="utf-8").splitlines()[1]

    def make(name: str) -> Watcher:
        folder = desk.folder / f"witness-{name}"
        said = desk.haven("witness", "init", folder, "--name", f"{name}.example/w", "--log", log)
        assert said.status == 0, said
        made.append(Watcher(folder, f"{name}.example/w", said.out.strip()))
        made[-1].up()
        return made[-1]

    yield make
    for each in made:
        each.down()


def agreed(desk: Desk, needed: int, *watchers: Watcher, run_by: str = "") -> None:
    """The policy in haven.toml, in the place of what stood there."""
    toml = desk.home / "haven.toml"
    text = toml.read_text("utf-8").partition("\n[log]")[0]
    lines = [f"\n[log]\nwitnesses = {needed}\n"]
    for each in watchers:
        organisation = run_by or f"the {each.name.partition('.')[0]} society"
        lines.append(f'\n[[log.witness]]\nurl = "{each.url}"\nkey = "{each.key}"\nrun_by = "{organisation}"\n')
    toml.write_text(text + "".join(lines), "utf-8")


def trust(desk: Desk, *watchers: Watcher) -> Path:
    """The keys that a reader trusts: the operator's, and those of witnesses."""
    path = desk.path("reader.txt")
    keys = "".join(f"{each.key}\n" for each in watchers)
    path.write_text(desk.path("trust.txt").read_text("utf-8") + keys, "utf-8")
    return path


def package(desk: Desk, name: str = APPLICATION) -> Path:
    return desk.path("packages", name)


def then_it_waits(desk: Desk) -> None:
    """In the log, and nowhere a package or a key."""
    assert not package(desk).exists()
    assert list(desk.home.glob("work/*/package/key.age")) == []
    status = desk.haven("status", "--json").document
    assert status["unfinished"] == ["APP-001.R1"] and list(status["waiting"]) == ["APP-001.R1"]
    assert "WAITS FOR WITNESSES" in desk.haven("status").out
    desk.assert_sound()


def then_handed_over(desk: Desk, *readers: Watcher, needed: int) -> None:
    keys = trust(desk, *readers)
    checked = desk.haven("verify", package(desk), "--trust", keys, "--witnesses", needed)
    assert checked.status == 0, checked
    status = desk.haven("status", "--json").document
    assert status["unfinished"] == [] and status["waiting"] == {}
    assert listing(desk.home / "work") == set()
    desk.assert_sound()


def test_two_of_three_cosign_while_one_is_down(desk: Desk, watchers: Callable[[str], Watcher]) -> None:
    a, b, c = watchers("a"), watchers("b"), watchers("c")
    agreed(desk, 2, a, b, c)
    b.down()

    released = desk.release(APPLICATION)

    assert released.status == 0, released
    then_handed_over(desk, a, b, c, needed=2)
    said = desk.haven("verify", package(desk), "--trust", trust(desk, a, b, c), "--witnesses", 2).out
    assert "2 of 3 witnesses" in said and "a.example/w" in said and "c.example/w" in said
    certificate = json.loads((package(desk) / "certificate.json").read_text("utf-8"))
    assert certificate["witness"].startswith("2 of 3 witnesses must have cosigned before the key is given: a.example/w")
    proof = package(desk) / "release.tlog-proof"
    for named, status in (((a, c), 0), ((a, b), 6)):
        words = [package(desk) / "entry.json", proof, desk.path("trust.txt").read_text("utf-8").splitlines()[1]]
        keys = [str(each) for each in (*words, *(each.key for each in named))]
        assert subprocess.run([sys.executable, VERIFIER, "entry", *keys], capture_output=True).returncode == status
    too_many = desk.haven("verify", package(desk), "--trust", trust(desk, a, b, c), "--witnesses", 3)
    assert too_many.status == 6 and "3 of 3 witnesses must have cosigned" in too_many.out
    of_others = desk.haven("verify", package(desk), "--trust", desk.path("trust.txt"), "--witnesses", 1)
    assert of_others.status == 2 and "names 0 witnesses" in of_others.err


def test_with_one_of_three_it_waits_says_so_and_goes_on_later(desk: Desk, watchers: Callable[[str], Watcher]) -> None:
    a, b, c = watchers("a"), watchers("b"), watchers("c")
    agreed(desk, 2, a, b, c)
    b.down()
    c.down()

    waits = desk.release(APPLICATION)

    waits.refused_plainly(5, "APP-001.R1 waits for witnesses", "2 of 3 witnesses must have cosigned", "a.example/w did",
                          "b.example/w: no answer", "haven release --resume")  # fmt: skip
    then_it_waits(desk)
    again = desk.haven("release", "--resume")
    again.refused_plainly(5, "waits for witnesses")
    desk.release(APPLICATION).refused_plainly(2, "not handed over yet")
    then_it_waits(desk)
    desk.release(OTHER).refused_plainly(5, "APP-006.R1 waits for witnesses")
    b.up()
    assert desk.haven("release", "--resume", "--json").document == {"finished": ["APP-001.R1", "APP-006.R1"]}
    then_handed_over(desk, a, b, c, needed=2)


def test_the_operators_own_witness_is_asked_and_never_counts(desk: Desk, watchers: Callable[[str], Watcher]) -> None:
    a = watchers("a")
    agreed(desk, 1, a, run_by="  test HAVEN ")  # the operator, as haven.toml names it
    desk.release(APPLICATION).refused_plainly(2, "0 of those in log.witness are run by others")
    agreed(desk, 0, a, run_by="Test Haven")

    assert desk.release(APPLICATION).status == 0

    certificate = json.loads((package(desk) / "certificate.json").read_text("utf-8"))
    assert certificate["witness"] == "not witnessed"
    assert "a.example/w" in (package(desk) / "release.tlog-proof").read_text("utf-8")


def test_two_witnesses_of_one_organisation_are_one(desk: Desk, watchers: Callable[[str], Watcher]) -> None:
    a, b = watchers("a"), watchers("b")
    agreed(desk, 2, a, b, run_by="The Society")
    desk.release(APPLICATION).refused_plainly(2, "log.witnesses is 2, and 1 of those")


def test_the_logs_own_key_is_no_witness(desk: Desk, watchers: Callable[[str], Watcher]) -> None:
    from openhaven.log.note import COSIGNATURE, VerifierKey, parse_verifier_key

    a = watchers("a")
    log = parse_verifier_key(desk.path("trust.txt").read_text("utf-8").splitlines()[1])
    a.key = str(VerifierKey(a.name, log.public, COSIGNATURE))
    agreed(desk, 1, a)
    before = desk.held()
    desk.release(APPLICATION).refused_plainly(2, "the log's own key")
    a.key = "nonsense"
    agreed(desk, 1, a)
    desk.release(APPLICATION).refused_plainly(2, "log.witness", "name+id+key")
    assert desk.held() == before, "refused before anything is entered"


@contextmanager
def lying(answer: Callable[[str], tuple[int, str]]) -> Iterator[int]:
    """A witness that answers as it likes, on a free port."""

    class Liar(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def forged(name: str, key: str) -> str:
    """A line under the witness's name and key id, and no signature of its key."""
    key_id = bytes.fromhex(key.split("+")[1])
    return f"— {name} {base64.b64encode(key_id + bytes(72)).decode()}\n"


def test_a_witness_that_lies_adds_nothing_and_what_it_said_is_told(
    desk: Desk, watchers: Callable[[str], Watcher]
) -> None:
    a, liar = watchers("a"), watchers("liar")
    liar.down()
    with lying(lambda request: (200, forged(liar.name, liar.key))) as port:
        liar.port = port
        agreed(desk, 2, a, liar)
        waits = desk.release(APPLICATION)
    waits.refused_plainly(5, "a.example/w did", "liar.example/w: its answer is no cosignature", "does not fit")
    then_it_waits(desk)
    liar.up()
    agreed(desk, 2, a, liar)
    assert desk.haven("release", "--resume").status == 0
    then_handed_over(desk, a, liar, needed=2)


def test_a_policy_made_weaker_while_it_waits_lets_nothing_leave(desk: Desk, watchers: Callable[[str], Watcher]) -> None:
    a, b = watchers("a"), watchers("b")
    agreed(desk, 2, a, b)
    b.down()
    assert desk.release(APPLICATION).status == 5
    agreed(desk, 0)

    resumed = desk.haven("release", "--resume")

    assert resumed.status == 5 and "another policy for witnesses" in resumed.err, resumed
    assert not package(desk).exists() and desk.haven("status", "--json").document["unfinished"] == []
    assert desk.release(APPLICATION).status == 0
    assert json.loads((package(desk) / "certificate.json").read_text("utf-8"))["witness"] == "not witnessed"


def test_a_haven_put_back_to_an_earlier_day_is_given_away_by_its_witnesses(
    desk: Desk, watchers: Callable[[str], Watcher]
) -> None:
    """A second history of the log, signed by its own key: the witness has seen the first."""
    a = watchers("a")
    agreed(desk, 1, a)
    shutil.copytree(desk.home, desk.folder / "before")
    assert desk.release(APPLICATION).status == 0
    shutil.rmtree(desk.home)
    (desk.folder / "before").rename(desk.home)
    shutil.rmtree(package(desk))

    split = desk.release(APPLICATION)

    assert split.status == 5 and "a.example/w: " in split.err, split
    assert "To wait does not help" in split.err and "newest one" in split.err and "Try again later" not in split.err
    assert "To wait does not help" in desk.haven("log", "tiles").err
    then_it_waits(desk)
    then_both_sides_keep_the_second_view(desk, a)


def then_both_sides_keep_the_second_view(desk: Desk, witness: Watcher) -> None:
    (kept,) = witness.folder.glob("two-views/proven-*.txt")
    log = desk.path("trust.txt").read_text("utf-8").splitlines()[1]
    compared = desk.haven("witness", "compare", kept, "--log", log)
    assert compared.status == 0 and "PROVEN" in compared.out and "has two histories" in compared.out, compared
    assert desk.haven("witness", "compare", kept, "--log", log, "--json").document["proven"] is True
    desk.haven("witness", "compare", kept, "--log", witness.key).refused_plainly(6, "unknown key")
    then_the_verifier_that_needs_nothing_shows_it_too(desk, kept, log)
    (refused,) = desk.haven("status", "--json").document["refused_by_witnesses"]
    assert "another history of this log" in refused
    (file,) = desk.home.glob("refused-by-witnesses/*.txt")
    assert kept.read_text("utf-8").split("\n\n")[3] in file.read_text("utf-8"), "the very head that was refused"
    desk.haven("release", "--resume")
    assert len(list(desk.home.glob("refused-by-witnesses/*.txt"))) == 1, "said again, kept once"
    assert "A WITNESS SAW ANOTHER HISTORY" in desk.haven("status").out


def then_the_verifier_that_needs_nothing_shows_it_too(desk: Desk, kept: Path, log: str) -> None:
    """As the how-to page says: it looks at both signatures first, and says of two roots that the log did not grow."""
    _, text, signed, other, signed_too = kept.read_text("utf-8").split("\n\n")
    desk.path("one.txt").write_text(f"{text}\n\n{signed}\n", "utf-8")
    size = text.splitlines()[1]
    desk.path("two.txt").write_text(f"old {size}\n\n{other}\n\n{signed_too}", "utf-8")
    words = [sys.executable, VERIFIER, "grown", desk.path("one.txt"), desk.path("two.txt"), log]
    said = subprocess.run(words, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (6, "not shown: it did not grow\n")


def test_a_log_that_rotates_its_key_goes_on_once_its_witnesses_have_followed(
    desk: Desk, watchers: Callable[[str], Watcher]
) -> None:
    a, b = watchers("a"), watchers("b")
    agreed(desk, 2, a, b)
    assert desk.haven("log", "tiles").status == 0
    old = desk.path("trust.txt").read_text("utf-8").splitlines()[1]
    rotated = desk.haven("keys", "rotate", "log", "--because", "once a year")
    assert rotated.status == 0, rotated
    then_the_rotation_waits_for_nobody(desk)

    waits = desk.release(APPLICATION)

    waits.refused_plainly(5, "none did", "a.example/w: declined with 403", "unknown key")
    then_it_waits(desk)
    announced = desk.path("announced.txt")
    announced.write_text(desk.haven("keys", "announced").out, "utf-8")
    for each in (a, b):
        each.down()
        followed = desk.haven("witness", "follow", each.folder, announced)
        assert followed.status == 0 and "Start the witness again" in followed.out, followed
        assert "Nothing to follow" in desk.haven("witness", "follow", each.folder, announced).out
        assert old not in (each.folder / "witness.toml").read_text("utf-8")
        each.up()
    agreed(desk, 2, a, b)
    resumed = desk.haven("release", "--resume")
    assert resumed.status == 0, resumed
    shutil.copy(desk.home / "trust.txt", desk.path("trust.txt"))
    then_handed_over(desk, a, b, needed=2)
    assert desk.haven("log", "fsck").status == 0, "what was cosigned under the old key counts for what it said"


def then_the_rotation_waits_for_nobody(desk: Desk) -> None:
    """The log goes on: only what leaves has to be witnessed."""
    assert desk.haven("log", "tiles").status == 0
    assert "not cosigned by" in desk.haven("log", "tiles").err.lower()
    assert desk.haven("log", "fsck").status == 0


def test_a_witness_follows_only_what_the_key_that_it_knows_signed(
    desk: Desk, watchers: Callable[[str], Watcher]
) -> None:
    a = watchers("a")
    before = (a.folder / "witness.toml").read_bytes()
    known = parse_verifier_key(desk.path("trust.txt").read_text("utf-8").splitlines()[1])
    mine, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    stolen = Rotation(known, verifier_key(known.name, mine), "2026-01-01T00:00:00Z")
    forged = sign_note(str(stolen), key=stolen.new, signer=mine)
    of_another = Rotation(verifier_key(known.name, other), stolen.new, stolen.time)
    desk.path("forged.txt").write_text(forged, "utf-8")
    desk.path("another.txt").write_text(announce(of_another, old=other, new=mine), "utf-8")

    desk.haven("witness", "follow", a.folder, desk.path("forged.txt")).refused_plainly(6, "the old key did not sign")
    assert "Nothing to follow" in desk.haven("witness", "follow", a.folder, desk.path("another.txt")).out
    assert (a.folder / "witness.toml").read_bytes() == before


def test_the_published_checkpoint_carries_the_cosignatures(desk: Desk, watchers: Callable[[str], Watcher]) -> None:
    a, b = watchers("a"), watchers("b")
    agreed(desk, 1, a, b)
    b.down()

    said = desk.haven("log", "tiles")

    assert said.status == 0 and "b.example/w: no answer" in said.err, said
    published = (desk.home / "tiles" / "checkpoint").read_text("utf-8")
    assert "— a.example/w " in published
    desk.assert_sound()


def test_open_checks_first_where_the_reader_says_whom_they_trust(
    desk: Desk, watchers: Callable[[str], Watcher]
) -> None:
    a, b = watchers("a"), watchers("b")
    agreed(desk, 1, a)
    assert desk.release(APPLICATION).status == 0
    key = desk.path("keys", "university.txt")
    words = ["open", package(desk), "--key", key, "--out", desk.path("opened"), "--trust", trust(desk, a, b)]

    desk.haven(*words, "--witnesses", 2).refused_plainly(6, "2 of 2 witnesses must have cosigned")
    assert not desk.path("opened").exists()
    assert desk.haven(*words, "--witnesses", 1).status == 0
    desk.haven("open", package(desk), "--key", key, "--out", desk.path("x"), "--witnesses", 1).refused_plainly(
        2, "--trust"
    )
