"""Check that a haven's private log holds one look-up, as its public log says. Needs verify.py beside it, and no more.
  verify_look_up.py PROOF KEY [WITNESS...]     Status 0: so; 6: not shown.
KEY is the public log's and WITNESS a witness's (name+id+base64); each named must have signed."""

import base64
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from verify import included, logged, need, sha, unbase64, whole


def read(text):  # JSON of words, whole numbers and few objects alone, as verify.py reads; the words may hold anything
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.S)
    need("[" not in bare and bare.count("{") < 32, "not a proof of this format")
    return json.loads(text, parse_int=whole, parse_float=whole, parse_constant=whole)


def opened(entry, type, name, body, salt):  # what the body says, once an entry of this type commits to it
    parts = (b"openhaven.log.commitment/1", unbase64(salt), body.encode())
    found = sha(*(part for each in parts for part in (len(each).to_bytes(8, "big"), each))).hex()
    its = (plain := read(entry))["type"] == type and plain["commitments"][name] == found
    need(its and isinstance(said := read(body), dict), f"no entry of the type {type} commits to this {name}")
    return said


def looked(proof, key, witnesses):
    plain = read(proof)
    need(plain["format"] == "openhaven.log.look-up-proof/1", "not a proof of this format")
    said = opened(plain["entry"], "looked_up", "look_up", plain["look_up"], plain["salt"])
    head = opened(plain["public_entry"], "private_head", "private_head", plain["head"], plain["head_salt"])
    path = [bytes(each) for each in zip(*[iter(unbase64(plain["path"]))] * 32, strict=True)]
    root, words = base64.b16decode(head["root"], casefold=True), "nobody: the entry only fills the log"
    words = "somebody: " + said["what"] + ", at " + said["at"] if said else words
    need(type(plain["index"]) is type(head["size"]) is int, "no place in a tree")
    included(sha(b"\0", plain["entry"].encode()), plain["index"], path, head["size"], root)
    where = logged(plain["public_entry"].encode(), plain["log_proof"], key, witnesses)
    need(words.isascii() and words.isprintable(), "the look-up is not written as a haven writes it")
    return f"looked: {words}; entry {plain['index']} of {head['size']} in the private log; {where}"


def main(*given):
    need(len(given) > 1, __doc__)
    key, *witnesses = (each if each.count("+") > 1 else Path(each).read_text().strip() for each in given[1:])
    return looked(Path(given[0]).read_bytes().decode(), key, witnesses)


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, RecursionError) as problem:
        sys.exit(print(f"not shown: {problem}", file=sys.stderr) or 6)
