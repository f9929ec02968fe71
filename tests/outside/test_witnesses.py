"""Real witnesses on this machine, asked over HTTP: what they cosign, decline, and remember; and what a liar gets."""

import socketserver
import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.log.checkpoint import Checkpoint, sign_checkpoint
from openhaven.log.cosignature import WitnessPolicy, check_witnessed, cosign, cosigner_key
from openhaven.log.note import verifier_key
from openhaven.log.tree import append, consistency_proof, leaf_hash, root
from openhaven.log.views import compare
from openhaven.log.witnessing import Declined, Request
from openhaven.model.errors import BadInput, HavenError, NotVerified
from openhaven.outside import witnesses as outside
from openhaven.outside.witnesses import Door, ask_all
from openhaven.tools import witness as witnesses

ORIGIN = "haven.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = verifier_key(ORIGIN, PRIVATE)


def grown(entries):
    nodes = {}
    for size, entry in enumerate(entries):
        for node in append(size, leaf_hash(entry), lambda level, index: nodes[level, index]):
            nodes[node.level, node.index] = node.hash
    return lambda level, index: nodes[level, index]


TREE = grown([bytes([each]) for each in range(50)])
FORGED = grown([b"x", *(bytes([each]) for each in range(1, 50))])


def head(size, tree=TREE):
    return sign_checkpoint(Checkpoint(ORIGIN, size, root(size, tree)), key=LOG, signer=PRIVATE)


def proof(old, new):
    return consistency_proof(old, new, TREE)


def ask(door, note, *, proof, known=0):
    """What came of asking one witness, thought to have seen `known` entries."""
    (asked,) = ask_all([door], note, proof=proof, known={door.key: known})[1]
    return asked


@contextmanager
def serving(server):
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def witnessed(folder, name="w.example", logs=(str(LOG),)):
    made = witnesses.begin(folder / name, name=name, logs=list(logs))
    with serving(witnesses.server(made, host="127.0.0.1", port=0)) as url:
        yield Door(url, made.key)


def test_a_witness_cosigns_what_extends_what_it_saw_and_needs_no_telling_how_far_that_was(tmp_path):
    with witnessed(tmp_path) as door:
        for size in (3, 3, 20, 50):
            asked = ask(door, head(size), proof=proof)
            assert asked.line.startswith("— w.example ") and not asked.why_not


def test_two_of_three_are_enough_while_one_is_down(tmp_path):
    with witnessed(tmp_path, "a") as a, witnessed(tmp_path, "b") as b:
        down = Door("http://127.0.0.1:9", cosigner_key("c", Ed25519PrivateKey.generate()))
        note, asked = ask_all([a, down, b], head(7), proof=proof)
    policy = WitnessPolicy((a.key, down.key, b.key), 2)
    assert {each.witness.name for each in check_witnessed(note, policy, log=LOG)} == {"a", "b"}
    assert "no answer" in asked[1].why_not
    with pytest.raises(NotVerified):
        check_witnessed(note, replace(policy, needed=3), log=LOG)


def test_all_are_asked_at_once_and_told_in_their_order(tmp_path):
    """Each answers only once both were asked: one after the other, neither would."""
    both = threading.Barrier(2, timeout=30)

    def waits(made):
        add = made.add_checkpoint

        def answer(request):
            both.wait()
            return add(request)

        return answer

    made = [witnesses.begin(tmp_path / name, name=name, logs=[str(LOG)]) for name in ("z", "a")]
    for each in made:
        object.__setattr__(each, "add_checkpoint", waits(each))
    with ExitStack() as open_now:
        urls = [open_now.enter_context(serving(witnesses.server(each, host="127.0.0.1", port=0))) for each in made]
        note, asked = ask_all([Door(url, each.key) for url, each in zip(urls, made, strict=True)], head(7), proof=proof)
    assert [(each.witness, bool(each.line)) for each in asked] == [("z", True), ("a", True)]
    check_witnessed(note, WitnessPolicy(tuple(each.key for each in made), 2), log=LOG)


def test_a_witness_that_never_comes_to_an_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(outside, "WAIT_SECONDS", 0.3)

    class Drips(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not self.server.ending.wait(0.05):
                    self.wfile.write(b"x")

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drips)
    server.ending = threading.Event()
    try:
        with serving(server) as url:
            asked = ask(Door(url, NAMED), head(7), proof=proof)
    finally:
        server.ending.set()
    assert asked.line == "" and asked.why_not


def listening(speak):
    """A server that says of itself what comes on its connections, each byte of it."""

    class Speaks(socketserver.BaseRequestHandler):
        def handle(self):
            with suppress(OSError):
                self.request.settimeout(10)
                self.request.recv(65536)
                speak(self.request, self.server.ending)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaks)
    server.daemon_threads, server.ending = True, threading.Event()
    return server


def test_one_that_never_ends_the_handshake_is_cut_off(monkeypatch):
    monkeypatch.setattr(outside, "WAIT_SECONDS", 0.3)

    def drips(connection, ending):
        connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of TLS with 16 KiB to come
        while not ending.wait(0.05):
            connection.sendall(b"\x02")

    server = listening(drips)
    try:
        with serving(server) as url:
            asked = ask(Door(url.replace("http:", "https:"), NAMED), head(7), proof=proof)
    finally:
        server.ending.set()
    assert asked.line == "" and asked.why_not.startswith("no answer (")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 no\r\nConnection: close\r\n\r\n\x1b[2J\nhaven: all is well\n\xc2\x9b2J\n",
        b"HTTP/1.1 \x1b[2J\n\nhaven: all is well",
        b"HTTP/1.1 200 ok\r\nConnection: close\r\n\r\n\xff\xfe\n\n",
        b"",
    ],
)
def test_the_words_of_a_witness_stand_in_one_line_and_steer_no_screen(answer):
    with serving(listening(lambda connection, _: connection.sendall(answer))) as url:
        asked = ask(Door(url, NAMED), head(7), proof=proof)
    assert asked.line == "" and asked.why_not and asked.why_not.isprintable()


@pytest.mark.parametrize("name", ["witness.toml", "witness.key", "seen.sqlite"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"name = 1\nlogs = [2]\n", b"SQLite format 3\0" + bytes(4000)])
def test_a_folder_that_is_damaged_is_said_and_nothing_is_cosigned_from_it(tmp_path, name, content):
    witnesses.begin(tmp_path / "w", name="w", logs=[str(LOG)])
    (tmp_path / "w" / name).write_bytes(content)
    with pytest.raises(BadInput, match=name.replace(".", r"\.")):
        witnesses.load(tmp_path / "w")


@pytest.mark.parametrize("step", ["write_new", "write_whole", "sync_folder"])
@pytest.mark.parametrize("existed", [True, False])
def test_a_disk_that_takes_no_more_leaves_nothing_of_a_new_witness(tmp_path, monkeypatch, step, existed):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(witnesses, step, full)
    if existed:
        (tmp_path / "w").mkdir()
    with pytest.raises(HavenError, match=r"could not be written.*No space left"):
        witnesses.begin(tmp_path / "w", name="w", logs=[str(LOG)])
    assert list(tmp_path.rglob("*")) == [tmp_path / "w"] * existed


def test_a_request_whose_length_is_no_length_is_declined(tmp_path):
    with witnessed(tmp_path) as door:
        connection = HTTPConnection(door.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/add-checkpoint", headers={"Content-Length": "9" * 5000})
        assert connection.getresponse().status == 413
        connection.close()


def test_a_split_view_is_never_cosigned(tmp_path):
    with witnessed(tmp_path) as door:
        assert ask(door, head(20), proof=proof).line
        split = ask(door, head(30, FORGED), proof=lambda old, new: consistency_proof(old, new, FORGED))
        assert "declined with 422" in split.why_not
        same = ask(door, head(20, FORGED), proof=lambda old, new: consistency_proof(old, new, FORGED))
        assert not same.line
        assert split.differs and same.differs
        assert ask(door, head(30), proof=proof).line
        pages = [page(door, path) for path in page(door, "/").splitlines() if path.startswith("/two-views/")]
    proven, open_still = (compare(each, [LOG]) for each in pages)
    assert proven.proven and (proven.seen.size, proven.shown.size) == (20, 20)
    assert proven.seen.root == root(20, TREE) != proven.shown.root == root(20, FORGED)
    assert not open_still.proven and (open_still.seen.size, open_still.shown.size) == (20, 30)


def test_a_second_view_of_the_same_size_is_kept_from_wherever_it_is_asked(tmp_path):
    with witnessed(tmp_path) as door:
        ask(door, head(20), proof=proof)
        ask(door, head(20, FORGED), proof=lambda old, new: consistency_proof(old, new, FORGED), known=7)
    (kept,) = witnesses.load(tmp_path / "w.example").views()
    assert witnesses.compared(kept, [str(LOG)]).proven


def test_what_a_stranger_can_make_of_public_heads_accuses_nobody_and_fills_no_disk(tmp_path, monkeypatch):
    """A true head with a false proof: the log did nothing, and what is kept says that nothing is proven."""
    monkeypatch.setattr(witnesses, "MOST_OPEN", 5)
    made = witnesses.begin(tmp_path / "w", name="w.example", logs=[str(LOG)])
    made.add_checkpoint(str(Request(0, (), head(7))))
    for size in range(8, 30):
        with pytest.raises(Declined):
            made.add_checkpoint(str(Request(7, (bytes(32),), head(size))))
    stranger = Ed25519PrivateKey.generate()
    forged = sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), key=verifier_key(ORIGIN, stranger), signer=stranger)
    with pytest.raises(Declined):
        made.add_checkpoint(str(Request(7, (), forged)))
    assert len(made.views()) == 5
    assert not any(witnesses.compared(each, [str(LOG)]).proven for each in made.views())


def test_where_no_file_can_be_kept_nothing_is_cosigned_either(tmp_path, capsys):
    made = witnesses.begin(tmp_path / "w", name="w.example", logs=[str(LOG)])
    made.add_checkpoint(str(Request(0, (), head(7))))
    (tmp_path / "w" / "two-views").write_text("no folder")
    with pytest.raises(Declined):
        made.add_checkpoint(str(Request(7, (), head(7, FORGED))))
    said = capsys.readouterr().err
    assert "could not be kept" in said
    assert compare(said.partition("\n")[2].removesuffix("\n"), [LOG]).proven, "the two heads are in what is said"


def test_a_witness_of_an_earlier_version_goes_on_and_keeps_heads_from_then_on(tmp_path, capsys):
    made = witnesses.begin(tmp_path / "w", name="w.example", logs=[str(LOG)])
    with closing(sqlite3.connect(tmp_path / "w" / "seen.sqlite")) as file:
        file.execute("drop table seen")
        file.execute("create table seen (origin text primary key, size integer not null, root blob not null)")
        file.execute("insert into seen values (?, ?, ?)", (ORIGIN, 7, root(7, TREE)))
        file.commit()
    made = witnesses.load(tmp_path / "w")
    with pytest.raises(Declined):
        made.add_checkpoint(str(Request(7, (), head(7, FORGED))))
    assert "was not kept yet" in capsys.readouterr().err and not made.views()
    made.add_checkpoint(str(Request(7, tuple(proof(7, 9)), head(9))))
    with pytest.raises(Declined):
        made.add_checkpoint(str(Request(9, (), head(9, FORGED))))
    assert len(made.views()) == 1


def page(door, path):
    connection = HTTPConnection(door.url.removeprefix("http://"))
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200
    text = answer.read().decode()
    connection.close()
    return text


def test_a_log_set_back_is_told_how_far_it_had_come(tmp_path):
    with witnessed(tmp_path) as door:
        ask(door, head(20), proof=proof)
        assert ask(door, head(10), proof=proof).why_not == "it has seen 20 entries of this log, and here are 10"


def test_what_was_seen_outlives_the_server(tmp_path):
    with witnessed(tmp_path) as door:
        ask(door, head(20), proof=proof)
    again = witnesses.load(tmp_path / "w.example")
    assert again.key == door.key
    with serving(witnesses.server(again, host="127.0.0.1", port=0)) as url:
        assert (
            "422"
            in ask(
                Door(url, again.key), head(30, FORGED), proof=lambda old, new: consistency_proof(old, new, FORGED)
            ).why_not
        )


def test_many_requests_at_once_never_roll_it_back(tmp_path):
    with witnessed(tmp_path) as door, ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda size: ask(door, head(size), proof=proof), range(1, 50)))
    seen = witnesses.load(tmp_path / "w.example").seen()
    assert [each.size for each in seen] == [max(size for size, each in enumerate(asked, 1) if each.line)]


def test_it_says_who_it_is_and_what_it_saw(tmp_path):
    with witnessed(tmp_path) as door:
        ask(door, head(20), proof=proof)
        connection = HTTPConnection(door.url.removeprefix("http://"))
        connection.request("GET", "/")
        page = connection.getresponse().read().decode()
        connection.close()
    assert str(door.key) in page
    assert "haven.example/log 20" in page


@pytest.mark.parametrize(
    ("path", "body", "length", "status"),
    [
        ("/elsewhere", b"", None, 404),
        ("/add-checkpoint", b"\xff\xfe", None, 400),
        ("/add-checkpoint", b"old 1\n", None, 400),
        ("/add-checkpoint", b"", "100000000", 413),
        ("/add-checkpoint", b"", "-1", 413),
    ],
)
def test_what_is_no_request_gets_a_plain_answer(tmp_path, path, body, length, status):
    with witnessed(tmp_path) as door:
        connection = HTTPConnection(door.url.removeprefix("http://"))
        connection.request("POST", path, body, {"Content-Length": length} if length else {})
        assert connection.getresponse().status == status
        connection.close()


def lying(status, body, kind="text/plain"):
    class Liar(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Liar)


KNOWN = Ed25519PrivateKey.generate()
STRANGER = Ed25519PrivateKey.generate()
NAMED = cosigner_key("liar.example", KNOWN)


def line(private, size):
    checkpoint = Checkpoint(ORIGIN, size, root(size, TREE))
    return cosign(checkpoint, key=cosigner_key("liar.example", private), signer=private, time=1)


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (200, b"", "text/plain", "another key"),
        (200, b"not a signature\n", "text/plain", "no cosignature"),
        (200, line(STRANGER, 7).encode(), "text/plain", "another key"),
        (200, line(KNOWN, 8).encode(), "text/plain", "does not fit"),
        (200, b"\xff", "text/plain", "no answer"),
        (409, b"5\n", "text/x.tlog.size", "it has seen 5"),
        (409, b"900\n", "text/x.tlog.size", "it has seen 900"),
        (409, b"-1\n", "text/x.tlog.size", "whole number"),
        (409, b"5\n", "text/plain", "declined with 409"),
        (500, b"broken", "text/plain", "declined with 500: broken"),
        (301, b"elsewhere", "text/plain", "declined with 301: elsewhere"),
        (200, 1_000 * line(STRANGER, 7).encode(), "text/plain", "no cosignature"),  # too long: it is cut
        (409, b"9" * 100_000, "text/x.tlog.size", "whole number"),
    ],
)
def test_a_witness_that_lies_or_fails_adds_nothing(status, body, kind, says):
    with serving(lying(status, body, kind)) as url:
        asked = ask(Door(url, NAMED), head(7), proof=proof)
    assert asked.line == ""
    assert says in asked.why_not


def test_the_witness_key_is_private_and_a_folder_in_use_is_left_alone(tmp_path):
    witnesses.begin(tmp_path / "w", name="w.example", logs=[str(LOG)])
    assert stat.S_IMODE((tmp_path / "w" / "witness.key").stat().st_mode) == 0o600
    with pytest.raises(BadInput, match="something here already"):
        witnesses.begin(tmp_path / "w", name="w.example", logs=[])
    (tmp_path / "w" / "witness.key").chmod(0o644)
    with pytest.raises(HavenError, match="others on this machine"):
        witnesses.load(tmp_path / "w")


@pytest.mark.parametrize("lost", ["witness.toml", "witness.key", "seen.sqlite"])
def test_a_witness_that_lost_what_it_knew_does_not_start(tmp_path, lost):
    witnesses.begin(tmp_path / "w", name="w.example", logs=[str(LOG)])
    (tmp_path / "w" / lost).unlink()
    with pytest.raises(BadInput, match=f"{lost} is missing"):
        witnesses.load(tmp_path / "w")


@pytest.mark.parametrize(
    "url",
    [
        "w.example",
        "ftp://w.example",
        "http://",
        "http://w.example:99999",
        "http://w.example:abc",
        "http://[::1",
        "http://w example/",
        "http://w.example/a b",
        "http://w..example/",
        f"http://{'w' * 64}.example/",
        "http://\ud800.example/",
    ],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(BadInput, match="not the address of a witness"):
        Door(url, NAMED)


def test_the_address_of_a_host_without_a_name_needs_no_port(monkeypatch):
    monkeypatch.setattr(outside, "_connected", lambda host, port, *, secret: asked.append((host, port)) or refuses())
    asked = []

    def refuses():
        raise ConnectionRefusedError("refused")

    for url in ("http://[::1]/", "https://[::1]", "http://[::1]:99/x", "https://w.example"):
        assert ask(Door(url, NAMED), head(7), proof=proof).why_not == "no answer (refused)"
    assert asked == [("::1", 80), ("::1", 443), ("::1", 99), ("w.example", 443)]
