"""A witness that anyone can run: it remembers how far each log has come, and cosigns only what extends that.

A folder holds its name and the logs that it follows (witness.toml), its key (0600), what it last cosigned, and both
heads wherever a log did not show that it continues what was seen (two-views). It serves one call,
`POST /add-checkpoint` (c2sp.org/tlog-witness), and `GET /` says who it is and what it has seen and kept."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.keys.private_files import check_private, sync_folder, write_new
from openhaven.log.checkpoint import Checkpoint, parse_checkpoint
from openhaven.log.cosignature import cosign, cosigner_key
from openhaven.log.note import VerifierKey, parse_note, parse_verifier_key
from openhaven.log.rotation import read_announcement
from openhaven.log.views import Compared, TwoViews, by_the_log_alone, compare
from openhaven.log.witnessing import Declined, Logs, consider, parse_request
from openhaven.model.errors import BadInput, HavenError
from openhaven.package.trust import announcements_in
from openhaven.package.writing import write_whole

SETTINGS, KEY, SEEN, VIEWS = "witness.toml", "witness.key", "seen.sqlite", "two-views"
MOST_OPEN = 64
"""So many pairs of heads are kept of which nothing is proven: a stranger who sends a log's head with another proof
makes one. The oldest goes first. What proves something only the log's own key can make, and all of it is kept."""
LARGEST_REQUEST = 64 * 1024
SLOWEST_CLIENT_SECONDS = 30
_TABLE = """create table if not exists seen
  (origin text primary key, size integer not null, root blob not null, note text not null default '')"""


@dataclass(frozen=True)
class Witness:
    """A witness in its folder. `clock` gives seconds since 1970."""

    folder: Path
    name: str
    logs: Logs
    private: Ed25519PrivateKey = field(repr=False)
    clock: Callable[[], float] = time.time

    @property
    def key(self) -> VerifierKey:
        """The key by which others know this witness (type 0x04)."""
        return cosigner_key(self.name, self.private)

    def add_checkpoint(self, request: str) -> str:
        """The cosignature line for a request. It is kept before it is given. Raises Declined as the protocol says."""
        with self._seen() as (seen, file):
            try:
                checkpoint = consider(request, logs=self.logs, last=seen)
            except Declined as declined:
                if declined.shown:
                    self._keep_views(file, by_the_log_alone(declined.shown))
                raise
            line = cosign(checkpoint, key=self.key, signer=self.private, time=int(self.clock()))
            _keep(file, checkpoint, by_the_log_alone(parse_request(request).note))
        return line

    def seen(self) -> list[Checkpoint]:
        """What it last cosigned of each log."""
        with self._seen() as (seen, _):
            return list(seen.values())

    def views(self) -> list[Path]:
        """The files with two heads of one log, those that prove something first."""
        return sorted((self.folder / VIEWS).glob("*.txt"), key=lambda path: (path.name.startswith("open"), path.name))

    def _keep_views(self, file: sqlite3.Connection, shown: str) -> None:
        """Keep what was seen beside what was shown. Whether or not it can be kept, nothing is cosigned."""
        origin = parse_note(shown).text.partition("\n")[0]
        ((seen,),) = file.execute("select note from seen where origin = ?", [origin])
        if not seen:
            return print(f"{origin} shows another view; what it showed before was not kept yet", file=sys.stderr)
        views = TwoViews(seen, shown)
        sizes = [parse_checkpoint(parse_note(note).text).size for note in (seen, shown)]
        kind = "proven" if sizes[0] == sizes[1] else "open"
        name = f"{kind}-{sizes[0]}-{sizes[1]}-{hashlib.sha256(str(views).encode()).hexdigest()[:16]}.txt"
        try:
            (self.folder / VIEWS).mkdir(exist_ok=True)
            write_new(self.folder / VIEWS / name, str(views).encode())
            still_open = sorted((self.folder / VIEWS).glob("open-*"), key=lambda path: path.stat().st_mtime)
            for each in still_open[:-MOST_OPEN]:
                each.unlink()
        except (OSError, HavenError) as problem:
            print(f"two views of {origin} could not be kept ({problem}):\n{views}", file=sys.stderr)

    @contextmanager
    def _seen(self) -> Iterator[tuple[Mapping[str, Checkpoint], sqlite3.Connection]]:
        """What was last cosigned, held still until the end: of two requests at once the second waits."""
        with closing(sqlite3.connect(self.folder / SEEN, timeout=SLOWEST_CLIENT_SECONDS, isolation_level=None)) as file:
            file.execute("pragma synchronous = full")
            file.execute("begin immediate")
            rows = file.execute("select origin, size, root from seen").fetchall()
            yield {origin: Checkpoint(origin, size, root) for origin, size, root in rows}, file
            file.execute("commit")


def _keep(file: sqlite3.Connection, new: Checkpoint, note: str) -> None:
    columns = "(origin, size, root, note)"
    file.execute(f"insert or replace into seen {columns} values (?, ?, ?, ?)", (new.origin, new.size, new.root, note))


def begin(folder: Path, *, name: str, logs: list[str]) -> Witness:
    """A new witness in a folder that is not there yet, or empty. Raises BadInput, also for a key it cannot read, and
    HavenError where the disk takes no more; nothing is left then."""
    keys = [parse_verifier_key(each) for each in logs]
    private = Ed25519PrivateKey.generate()
    cosigner_key(name, private)
    if folder.exists() and any(folder.iterdir()):
        raise BadInput("there is something here already", where=str(folder), todo="Name a new folder.")
    existed = folder.exists()
    try:
        _write(folder, name, keys, private)
    except (OSError, sqlite3.Error, HavenError) as problem:
        for each in (SEEN, KEY, SETTINGS):
            (folder / each).unlink(missing_ok=True)
        if not existed and folder.exists():
            folder.rmdir()
        raise HavenError(f"the witness could not be written ({problem})", where=str(folder)) from problem
    return load(folder)


def _write(folder: Path, name: str, keys: list[VerifierKey], private: Ed25519PrivateKey) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / SEEN)) as file:
        file.execute(_TABLE)
        file.commit()
    write_new(folder / KEY, private.private_bytes_raw().hex().encode() + b"\n")
    _write_settings(folder, name, keys)
    sync_folder(folder)


def _write_settings(folder: Path, name: str, keys: list[VerifierKey]) -> None:
    lines = [f"name = {json.dumps(name)}", "logs = [", *(f"  {json.dumps(str(each))}," for each in keys), "]"]
    write_whole(folder / SETTINGS, "".join(f"{line}\n" for line in lines).encode())


def follow(folder: Path, announcements: list[Path]) -> list[VerifierKey]:
    """Take the new keys of logs that rotated theirs in the place of the old ones. Returns the new keys, and none where
    all were taken before. A rotation of a key that is not followed here says nothing to this witness.

    Raises BadInput for a file without announcements, NotVerified for one that old and new key did not both sign."""
    witness, taken = load(folder), []
    keys = [key for each in witness.logs.values() for key in each]
    for path in announcements:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise BadInput(f"cannot be read as an announcement ({problem})", where=str(path)) from None
        for rotation in map(read_announcement, announcements_in(text, where=str(path))):
            if rotation.old in keys:
                keys[keys.index(rotation.old)] = rotation.new
                taken.append(rotation.new)
    _write_settings(folder, witness.name, keys)
    return taken


def load(folder: Path) -> Witness:
    """The witness in a folder. Raises BadInput where one of its files is missing or wrong."""
    for name in (SETTINGS, KEY, SEEN):
        if not (folder / name).is_file():
            raise BadInput(f"{name} is missing", where=str(folder), todo="Begin a witness with: haven witness init DIR")
    check_private(folder / KEY)
    name, logs = _settings(folder / SETTINGS)
    private = _private(folder / KEY)
    try:
        _keep_notes_from_now_on(folder / SEEN)
    except (sqlite3.Error, ValueError) as error:
        raise BadInput(
            f"what it has seen cannot be read ({error})",
            where=str(folder / SEEN),
            todo="Begin another witness, under another key: what this one forgot, it could cosign otherwise.",
        ) from error
    return Witness(folder, name, _by_origin(logs), private)


def _settings(path: Path) -> tuple[str, list[str]]:
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
        name, logs = plain["name"], plain["logs"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise BadInput(f"needs a name and logs ({error})", where=str(path)) from error
    if not isinstance(name, str) or not isinstance(logs, list) or not all(isinstance(each, str) for each in logs):
        raise BadInput("needs a name, and a list of the keys of logs", where=str(path))
    return name, logs


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii")))
    except ValueError:  # also where it is no text; what it holds is not told
        raise BadInput(
            "this is not the key of a witness, 32 bytes in hex",
            where=str(path),
            todo="Restore it; or begin another witness, under another key.",
        ) from None


def _keep_notes_from_now_on(seen: Path) -> None:
    """A witness that began with an earlier version kept sizes and roots alone. Raises ValueError for what is no such
    file."""
    with closing(sqlite3.connect(seen, timeout=SLOWEST_CLIENT_SECONDS)) as file:
        columns = [name for _, name, *_ in file.execute("pragma table_info(seen)")]
        if not columns:
            raise ValueError("it holds nothing of a witness")
        if "note" not in columns:
            file.execute("alter table seen add column note text not null default ''")
            file.commit()
        file.execute("select origin, size, root, note from seen").fetchall()


def _by_origin(logs: list[str]) -> Logs:
    found: dict[str, tuple[VerifierKey, ...]] = {}
    for key in map(parse_verifier_key, logs):
        found[key.name] = (*found.get(key.name, ()), key)
    return found


def compared(file: Path, logs: list[str]) -> Compared:
    """The two heads in a file that a witness kept. Raises BadInput for a file or key that cannot be read, and
    NotVerified where these keys did not sign both."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"it cannot be read ({problem})", where=str(file)) from problem
    return compare(text, map(parse_verifier_key, logs))


def server(witness: Witness, *, host: str, port: int) -> ThreadingHTTPServer:
    """The HTTP server of a witness, bound and not yet serving; port 0 takes a free one."""
    return ThreadingHTTPServer((host, port), type("Calls", (_Calls,), {"witness": witness}))


class _Calls(BaseHTTPRequestHandler):
    """The calls of the protocol. Nothing that is sent here is written anywhere but in what was seen."""

    witness: ClassVar[Witness]
    timeout = SLOWEST_CLIENT_SECONDS
    protocol_version = "HTTP/1.1"
    server_version = "openhaven-witness"

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            return self._say(404, "no such call\n")
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > 9 or int(length) > LARGEST_REQUEST:
            self.close_connection = True
            return self._say(413, f"a request has a length of at most {LARGEST_REQUEST} bytes\n")
        try:
            line = self.witness.add_checkpoint(self.rfile.read(int(length)).decode())
        except UnicodeDecodeError:
            return self._say(400, "not UTF-8\n")
        except Declined as declined:
            if declined.size is not None:
                return self._say(declined.status, f"{declined.size}\n", kind="text/x.tlog.size")
            return self._say(declined.status, f"{declined.says}\n")
        except sqlite3.Error as problem:
            return self._say(500, f"what was seen cannot be read or kept now ({problem}); nothing was cosigned\n")
        return self._say(200, line)

    def do_GET(self) -> None:
        views = {f"/{VIEWS}/{path.name}": path for path in self.witness.views()}
        if self.path in views:
            return self._say(200, views[self.path].read_text(encoding="utf-8"))
        if self.path != "/":
            return self._say(404, "no such page\n")
        try:
            seen = "".join(f"{each.origin} {each.size}\n" for each in self.witness.seen())
        except sqlite3.Error as problem:
            return self._say(500, f"what was seen cannot be read now ({problem})\n")
        kept = "".join(["\nTwo heads of one log, to be compared:\n", *(f"{path}\n" for path in views)] if views else [])
        return self._say(200, f"A witness of transparency logs.\n{self.witness.key}\n\n{seen}{kept}")

    def _say(self, status: int, text: str, *, kind: str = "text/plain; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent: who asks is nobody's business."""
