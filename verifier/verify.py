"""Check what a haven's log proves (RFC 6962, C2SP tlog-*), with this file and Python alone. Status 0: so; 6: not shown.
  verify.py entry  ENTRY PROOF KEY [WITNESS...]        the log holds this entry (PROOF: a .tlog-proof file)
  verify.py person PROOF NUMBER|- KEY [WITNESS...]     a release held the record of this NHS number, or did not
  verify.py grown  OLD GROWTH KEY [WITNESS...]         the log only grew since OLD (`old N`, hashes, checkpoint)
KEY is the log's and WITNESS a witness's (name+id+base64); each named must have signed. NUMBER -: whoever it is of."""

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
    sign, y = data[31] >> 7, int.from_bytes(data, "little") & (2**255 - 1)
    x = pow(square := (y * y - 1) * pow(D * y * y + 1, -1, P) % P, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    found = (x := x if x & 1 == sign else P - x), y, 1, x * y % P  # by a key of small order anybody can sign
    return need(y < P and (x * x - square) % P == 0 != times(8, found)[0], "no point, or of small order") or found


def add(x, y, z, t, u, v, w, s):
    a, b, c, d = (y - x) * (v - u), (y + x) * (v + u), 2 * t * s * D, 2 * z * w
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


def times(n, p):
    return add(*times(n >> 1, add(*p, *p)), *(p if n & 1 else (0, 1, 1, 0))) if n else (0, 1, 1, 0)


def signed(public, message, signature):
    s, k = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + public + message).digest()
    (x, y, z, _), q = times(s, point(b"X" + b"f" * 31)), times(int.from_bytes(k, "little") % L, point(public))
    u, v, w, _ = add(*point(signature[:32]), *q)
    need((x * w - u * z) % P == (y * w - v * z) % P == 0 <= s < L and len(public + signature) == 96, "not signed so")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    return need(base64.b64encode(it := base64.b64decode(text, validate=True)).decode() == text, "no plain base64") or it


def whole(text):  # a number as it is written, of at most 15 digits
    return need(text.isdecimal() and len(text) < 16 and str(int(text)) == text, "not a whole number") or int(text)


def read(text):  # JSON of words, whole numbers and few objects alone: on these all readers agree
    need("[" not in text and text.count("{") < 32, "not a proof of this format")
    return json.loads(text, parse_int=whole, parse_float=whole, parse_constant=whole)


def checkpoint(note, key, witnesses):  # (origin, size, root) of a note that the log and every witness signed
    text, lines = note.rpartition("\n\n")[0] + "\n", note.rpartition("\n\n")[2].split("\n")
    need(lines.pop() == "" and all(line.startswith("— ") for line in lines), "the checkpoint is no signed note")
    for which, wanted in enumerate([key, *witnesses]):
        name, data = wanted.split("+")[0], unbase64(wanted.split("+", 2)[2])
        values = [unbase64(line[len(name) + 3 :]) for line in lines if line.startswith(f"— {name} ")]
        its_own = data[0] == 4 and data[1:] not in unbase64(key.split("+", 2)[2]) if which else data[0] == 1
        values = [each[4:] for each in values if each[:4] == sha(name.encode(), b"\n", data)[:4]]
        need(values and its_own, f"{name} did not sign by its own key")
        for each in values:
            timed = f"cosignature/v1\ntime {int.from_bytes(each[:8], 'big')}\n{text}" if which else text
            signed(data[1:], timed.encode(), each[8:] if which else each)
    origin, size, root = text.split("\n")[:3]
    return need(origin == key.split("+")[0] != "", "of another log") or (origin, whole(size), unbase64(root))


def walk(first, last, path, older, newer):  # up the smaller tree and the larger at once (RFC 9162 section 2.1.4.2)
    for each in path:
        need(last and len(each) == 32, "the path is too long, or no path")
        left = first & 1 or first == last
        newer = sha(b"\1", each, newer) if left else sha(b"\1", newer, each)
        older = sha(b"\1", each, older) if left else older
        first, last = first >> (steps := 1 if not left or not first else (first & -first).bit_length()), last >> steps
    return need(last == 0, "the path is too short") or (older, newer)


def included(node, index, path, size, root):
    need(0 <= index < size and walk(index, size - 1, path, node, node)[1] == root != b"", "the path leads to no root")


def grown(old, old_root, path, size, root):
    need(0 < old <= size and len(root) == 32 and (old < size or (not path and root == old_root)), "it did not grow")
    if old < size:
        path, low = [old_root, *path] if old & (old - 1) == 0 else path, (old & -old).bit_length() - 1
        need(walk((old - 1) >> low, (size - 1) >> low, path[1:], path[0], path[0]) == (old_root, root), "no growth")


def logged(entry, proof, key, witnesses):
    first, index, *path = [line for line in proof.partition("\n\n")[0].split("\n") if not line.startswith("extra ")]
    origin, size, root = checkpoint(proof.partition("\n\n")[2], key, witnesses)
    need(first == "c2sp.org/tlog-proof@v1" and index[:6] == "index ", "not a log proof")
    included(sha(b"\0", entry), whole(index[6:]), [unbase64(line) for line in path], size, root)
    return f"{origin} holds it as entry {index[6:]} of {size}"


def person(proof, number, key, witnesses):
    plain = read(proof if isinstance(proof, str) else proof.decode())
    entry, body, seal, id = read(plain["entry"]), read(plain["body"]), unbase64(plain["seal"]), plain["release"]
    parts, size = (b"openhaven.log.commitment/1", unbase64(plain["salt"]), plain["body"].encode()), body["leaves"]
    found = sha(*(part for each in parts for part in (len(each).to_bytes(8, "big"), each))).hex()
    need(entry["commitments"]["people"] == found and size & (size - 1) == 0, "the entry commits to another tree")
    need(id == body["release"] == entry["ids"]["release"] and id.isascii() and id.isprintable(), "of another release")
    opened = number == "-" or sha(b"openhaven.log.presence.seal/1\0", unbase64(plain["tag"]), number.encode()) == seal
    need(opened and plain["format"] == "openhaven.log.person-proof/1", "the proof was not made for this NHS number")
    [place], node, up = [plain[each] for each in ("present", "absent") if each in plain], sha(b"\0", seal), 0
    index, path = whole(repr(place["index"])), [*map(bytes, zip(*[iter(unbase64(place["path"]))] * 32, strict=True))]
    if "absent" in plain:  # the two that stand beside where it would be, up to where their paths meet
        low, high = unbase64(place["below"]), unbase64(place["above"])
        need(low < seal < high and {len(low), len(seal), len(high)} == {32}, "it does not lie between the two shown")
        left, right, up = sha(b"\0", low), sha(b"\0", high), ((index + 1) & -(index + 1)).bit_length()
        for beside_left, beside_right in zip(path[: up - 1], path[up - 1 : 2 * up - 2], strict=True):
            left, right = sha(b"\1", beside_left, left), sha(b"\1", right, beside_right)
        path, node = path[2 * up - 2 :], sha(b"\1", left, right)
    included(node, index >> up, path, whole(repr(size)) >> up, base64.b16decode(body["root"], casefold=True))
    where = logged(plain["entry"].encode(), plain["log_proof"], key, witnesses)
    return f"release {id} {'did NOT hold' if up else 'HELD'} the record of {number}; {where}"


def growth(old, proof, key, witnesses):
    head, before = proof.partition("\n\n")[0].split("\n"), checkpoint(old.decode(), key, [])
    after = checkpoint(proof.partition("\n\n")[2], key, witnesses)
    need(head[0] == f"old {before[1]}", "the growth begins at another size")
    grown(*before[1:], [unbase64(line) for line in head[1:]], *after[1:])
    return f"{after[0]} only grew, from {before[1]} to {after[1]} entries"


def main(kind="", *rest):
    need(kind in (which := {"entry": logged, "person": person, "grown": growth}) and len(rest) > 2, __doc__)
    first, second = Path(rest[0]).read_bytes(), rest[1] if kind == "person" else Path(rest[1]).read_bytes().decode()
    key, *witnesses = (each if each.count("+") > 1 else Path(each).read_text().strip() for each in rest[2:])
    return which[kind](first, second, key, witnesses)


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, RecursionError) as problem:
        sys.exit(print(f"not shown: {problem}", file=sys.stderr) or 6)
