"""Check what a haven's log proves, with this file and Python alone: no library, no network, none of our software.

  verify.py entry  ENTRY PROOF KEY [WITNESS...]   the log holds this entry (PROOF: a .tlog-proof file)
  verify.py person PROOF KEY [WITNESS...]         a release held the record of the person who was given PROOF, or not
  verify.py grown  OLD GROWTH KEY [WITNESS...]    the log only grew since OLD (`old N`, hashes, checkpoint)

KEY is the log's and WITNESS a witness's, as name+id+base64; every witness named must have cosigned. Status 0: it is so.
Status 6: it is not shown, and why. Formats: RFC 6962, RFC 8032, C2SP signed-note and tlog-*."""

import base64
import hashlib
import json
import sys
from pathlib import Path

P = 2**255 - 19  # Ed25519 (RFC 8032): the field, the order of the group, the curve's constant
L, D = 2**252 + 27742317777372353535851937790883648493, -121665 * pow(121666, -1, P) % P


def need(true, says):
    if not true:
        raise ValueError(says)


def point(data):
    """A point of the curve from its 32 bytes (RFC 8032 section 5.1.3)."""
    sign, y = data[31] >> 7, int.from_bytes(data, "little") & (2**255 - 1)
    x = pow(square := (y * y - 1) * pow(D * y * y + 1, -1, P) % P, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - square) % P == 0 and (x or not sign), "not a point of the curve")
    return (x if x & 1 == sign else P - x), y


def add(p, q):
    (x, y), (u, v), cross = p, q, D * p[0] * q[0] * p[1] * q[1]
    return (x * v + u * y) * pow(1 + cross, -1, P) % P, (y * v + x * u) * pow(1 - cross, -1, P) % P


def times(number, p):
    half = times(number >> 1, add(p, p)) if number > 1 else (0, 1)
    return add(half, p) if number & 1 else half


def signed(public, message, signature):
    """Ed25519 verification (RFC 8032 section 5.1.7)."""
    need(len(public) == 32 and len(signature) == 64, "a key has 32 bytes and a signature 64")
    r, s, base = signature[:32], int.from_bytes(signature[32:], "little"), 4 * pow(5, -1, P) % P
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    left, right = times(s, point(base.to_bytes(32, "little"))), add(point(r), times(k, point(public)))
    need(s < L and left == right, "the signature is wrong")


def unbase64(text):
    need(base64.b64encode(data := base64.b64decode(text, validate=True)).decode() == text, "not base64 as written")
    return data


def checkpoint(note, key, witnesses):
    """(origin, size, root) of a note that the log signed and every witness cosigned."""
    text, signatures = note.rpartition("\n\n")[0] + "\n", note.rpartition("\n\n")[2].splitlines()
    for which, wanted in enumerate([key, *witnesses]):
        name, _, material = wanted.split("+", 2)
        kind, public = unbase64(material)[:1], unbase64(material)[1:]
        need(kind == (b"\4" if which else b"\1"), f"{name}: the log's key is of type 1, a witness's of type 4")
        need(not which or public != unbase64(key.split("+", 2)[2])[1:], f"{name} signs with the log's own key")
        key_id = hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]
        lines = [unbase64(line.split(" ")[2]) for line in signatures if line.startswith(f"— {name} ")]
        need(found := [each[4:] for each in lines if each[:4] == key_id], f"{name} did not sign")
        for each in found:
            before = f"cosignature/v1\ntime {int.from_bytes(each[:8], 'big')}\n" if which else ""
            signed(public, (before + text).encode(), each[8:] if which else each)
    origin, size, root = text.split("\n")[:3]
    need(origin == key.split("+")[0] and size == str(int(size)), "the checkpoint is of another log")
    return origin, int(size), unbase64(root)


def walk(first, last, path, older, newer):
    """Up the tree by a path of hashes (RFC 9162 section 2.1), for the smaller tree and the larger at once."""
    for each in path:
        need(last and len(each) == 32, "the path is too long, or no path")
        left = first & 1 or first == last
        newer = hashlib.sha256(b"\1" + (each + newer if left else newer + each)).digest()
        older = hashlib.sha256(b"\1" + each + older).digest() if left else older
        steps = 1 if not left or not first else (first & -first).bit_length()
        first, last = first >> steps, last >> steps
    need(last == 0, "the path is too short")
    return older, newer


def included(data, index, path, size, root):
    leaf = hashlib.sha256(b"\0" + data).digest()
    need(0 <= index < size and walk(index, size - 1, path, leaf, leaf)[1] == root, "the path does not lead to the root")


def grown(old, old_root, path, size, root):
    need(0 < old <= size and (old < size or (not path and root == old_root)), "the log did not grow")
    if old < size:
        path = [old_root, *path] if old & (old - 1) == 0 else path
        low = (old & -old).bit_length() - 1  # both trees hold the subtree that ends the smaller one
        roots = walk((old - 1) >> low, (size - 1) >> low, path[1:], path[0], path[0])
        need(roots == (old_root, root), "the log did not only grow")


def logged(entry, proof, key, witnesses):
    head, note = proof.split("\n\n", 1)
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    need(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index "), "not a log proof")
    origin, size, root = checkpoint(note, key, witnesses)
    included(entry, int(lines[1][6:]), [unbase64(line) for line in lines[2:]], size, root)
    return f"{origin} holds it as entry {lines[1][6:]} of {size}"


def person(proof, key, witnesses):
    plain = json.loads(proof)
    raw = {name: unbase64(plain[name]) for name in ("tag", "body", "salt", "entry")}
    where = logged(raw["entry"], plain["log_proof"], key, witnesses)
    entry, body = json.loads(raw["entry"]), json.loads(raw["body"])
    parts = (b"openhaven.log.commitment/1", raw["salt"], raw["body"])
    commitment = hashlib.sha256(b"".join(len(each).to_bytes(8, "big") + each for each in parts)).hexdigest()
    need(entry["commitments"]["people"] == commitment, "the entry commits to another tree of people")
    need(plain["release"] == body["release"] == entry["ids"]["release"], "the entry is of another release")
    places = [plain[name] for name in ("here", "below", "above") if name in plain]
    tags = [unbase64(place["tag"]) for place in places]
    for place, tag in zip(places, tags, strict=True):
        hashes = [bytes(each) for each in zip(*[iter(unbase64(place["path"]))] * 32, strict=True)]
        included(tag, place["index"], hashes, body["leaves"], bytes.fromhex(body["root"]))
    beside = len(tags) == 2 and places[1]["index"] == places[0]["index"] + 1 and tags[0] < raw["tag"] < tags[1]
    need(beside or tags == [raw["tag"]], "the tags shown neither are nor enclose the one sought")
    return f"release {plain['release']} {'did NOT hold' if beside else 'HELD'} this person's record; {where}"


def main(kind="", *rest):
    need(kind in ("entry", "person", "grown") and len(rest) > 1, __doc__)
    read = [Path(name).read_bytes() for name in rest[: 1 if kind == "person" else 2]]
    key, *witnesses = (each if each.count("+") > 1 else Path(each).read_text().strip() for each in rest[len(read) :])
    if kind != "grown":
        return (logged if kind == "entry" else person)(read[0], *(each.decode() for each in read[1:]), key, witnesses)
    head, note = read[1].decode().split("\n\n", 1)
    before, after = checkpoint(read[0].decode(), key, []), checkpoint(note, key, witnesses)
    need(head.split("\n")[0] == f"old {before[1]}", "the growth begins at another size")
    grown(*before[1:], [unbase64(line) for line in head.split("\n")[1:]], *after[1:])
    return f"{after[0]} only grew, from {before[1]} to {after[1]} entries"


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except (ValueError, KeyError, IndexError, TypeError, OSError, RecursionError) as problem:
        sys.exit(print(f"not shown: {problem}", file=sys.stderr) or 6)
