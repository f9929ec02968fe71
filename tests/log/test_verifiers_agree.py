"""The two verifiers that need nothing of ours, given the same: what one shows the other shows, in the same words."""

import json
import os
import random

import pytest
from test_mutations import changed
from test_vectors import CASES
from verifiers import NODE, REFUSED, look_up_py, verify_js, verify_py

TRIES = int(os.environ.get("OPENHAVEN_PROOFS", "240")) // 2
PERSON = next(each for each in CASES if each["shows"] and each["kind"] == "person" and " HELD" in each["shows"])
ABSENT = next(each for each in CASES if each["shows"] and each["kind"] == "person" and "did NOT" in each["shows"])
ENTRY = next(each for each in CASES if each["shows"] and each["kind"] == "entry" and "of 21" in each["name"])
GROWN = next(each for each in CASES if each["shows"] and each["kind"] == "grown")
LOOKED = next(each for each in CASES if each["name"] == "look-up 1")


def in_python(asked):
    try:
        return getattr(look_up_py if asked[0] == "looked" else verify_py, asked[0])(*asked[1:])
    except REFUSED:
        return None


def same(cases):
    """What both say of each; raises where they differ."""
    asked = [_asked(case, text) for case, text in cases]
    answers = verify_js([_for_js(each) for each in asked])
    said = [in_python(each) for each in asked]
    for (_, text), by_python, (by_js, why) in zip(cases, said, answers, strict=True):
        assert by_python == by_js, (text[:2_000], why)
    return said


def _asked(case, text):
    keys = case["log"], case["witnesses"]
    match case["kind"]:
        case "person":
            return "person", text, case["who"], *keys
        case "entry":
            return "logged", verify_py.unbase64(case["given"][0]), text, *keys
        case "looked":
            return "looked", text, *keys
    return "growth", case["given"][0].encode(), text, *keys


def _for_js(asked):
    if asked[0] == "logged":
        return ["logged", {"bytes": verify_py.base64.b64encode(asked[1]).decode()}, *asked[2:]]
    return [each.decode() if isinstance(each, bytes) else each for each in asked]


def proof(case=PERSON, **parts):
    return json.dumps(json.loads(case["given"][0]) | parts)


def place(**parts):
    return proof(present=json.loads(PERSON["given"][0])["present"] | parts)


WHOLE = proof()
INDEX = json.loads(WHOLE)["present"]["index"]
INNER = json.dumps(json.loads(WHOLE)["entry"])
ODD = {
    "a fraction": WHOLE.replace(f'"index": {INDEX}', f'"index": {INDEX}.0'),
    "an exponent": WHOLE.replace(f'"index": {INDEX}', f'"index": {INDEX}e0'),
    "yes for one": place(index=True),
    "no index": place(index=None),
    "an index below none": place(index=-1),
    "an index beyond all": place(index=10**14),
    "NaN beside": WHOLE[:-1] + ', "x": NaN}',
    "infinity beside": WHOLE[:-1] + ', "x": -Infinity}',
    "a number of many digits beside": WHOLE[:-1] + f', "x": {"1" * 5_000}}}',
    "a number that no float holds beside": WHOLE[:-1] + ', "x": 9007199254740993}',
    "lists in lists beside": WHOLE[:-1] + f', "x": {"[" * 100_000}{"]" * 100_000}}}',
    "objects in objects beside": WHOLE[:-1] + f', "x": {chr(123) + chr(34) + "a" + chr(34) + ":"}' * 5 + "1",
    "many objects in objects": WHOLE[:-1] + ', "x": ' + '{"a":' * 5_000 + "1" + "}" * 5_001,
    "half a character beside": WHOLE[:-1] + ', "x": "\\ud800"}',
    "half a character in the entry": WHOLE.replace(INNER, json.dumps(json.loads(WHOLE)["entry"] + "\ud800")),
    "half a character as the release": proof(release="\ud800"),
    "a release that is a number": proof(release=1),
    "a release that is an object": proof(release={}),
    "another release": proof(release="APP-1.R2"),
    "a release told with more": proof(release="APP-1.R1 HELD the record of 9990000042; release APP-1.R1"),
    "a byte order mark": "\ufeff" + WHOLE,
    "a space that is none in JSON": WHOLE.replace(", ", ",\u00a0", 1),
    "an escape of no such kind": WHOLE[:-1] + ', "x": "\\u00_1"}',
    "a control character": WHOLE[:-1] + ', "x": "\x01"}',
    "both present and absent": proof(absent=json.loads(ABSENT["given"][0])["absent"]),
    "the absence of another": proof(ABSENT, seal=json.loads(WHOLE)["seal"]),
    "the tag of another": proof(tag=json.loads(ABSENT["given"][0])["tag"]),
    "present, and null": proof(present=None),
    "said twice": WHOLE[:-1] + ', "release": "APP-1.R1"}',
    "said twice otherwise": WHOLE[:-1] + ', "release": "APP-1.R2"}',
    "a name that JavaScript knows": WHOLE[:-1] + ', "__proto__": {"release": "APP-1.R2"}}',
    "nothing": "",
    "null": "null",
    "a text": '"text"',
    "a path of nothing": place(path=""),
    "a path with a space": place(path=" " + json.loads(WHOLE)["present"]["path"]),
    "a very long path": place(path="AAAA" * 500_000),
    "spaces for ever": " " * 1_000_000 + WHOLE,
}


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_they_agree_on_persons_proofs_written_oddly():
    said = dict(zip(ODD, same([(PERSON, text) for text in ODD.values()]), strict=True))
    assert {name for name, each in said.items() if each} <= {
        "a number that no float holds beside", "half a character beside", "said twice", "a name that JavaScript knows",
        "spaces for ever",
    }  # fmt: skip
    assert said["said twice"] == PERSON_SAYS


LOOK_UP = proof(LOOKED)
ODD_LOOK_UPS = {
    "as it is": LOOK_UP,
    "a fraction": LOOK_UP.replace('"index": 1', '"index": 1.0'),
    "an exponent": LOOK_UP.replace('"index": 1', '"index": 1e0'),
    "yes for one": proof(LOOKED, index=True),
    "no place": proof(LOOKED, index=None),
    "a place in words": proof(LOOKED, index="1"),
    "brackets in the words beside": LOOK_UP[:-1] + ', "x": "[[[{{{ 1.5 -1 \\" 12345678901234567890"}',
    "brackets beside": LOOK_UP[:-1] + ', "x": []}',
    "a quotation mark left open": LOOK_UP[:-1] + ', "x": "}',
    "a backslash at the end": LOOK_UP[:-1] + ', "x": "\\',
    "a line within words": LOOK_UP[:-1] + ', "x": "\n"}',
    "a minus": proof(LOOKED, index=-1),
    "objects in objects": LOOK_UP[:-1] + ', "x": ' + '{"a":' * 5_000 + "1" + "}" * 5_001,
    "NaN beside": LOOK_UP[:-1] + ', "x": NaN}',
    "a look-up that is no object": proof(LOOKED, look_up="0"),
    "a look-up that is null": proof(LOOKED, look_up="null"),
    "an entry that is null": proof(LOOKED, entry="null"),
    "half a character": proof(LOOKED, look_up=json.loads(LOOK_UP)["look_up"] + "\ud800"),
    "no head": proof(LOOKED, head=None),
    "a root in capitals": proof(LOOKED, head=json.loads(LOOK_UP)["head"].upper()),
    "nothing": "",
    "a text": '"text"',
    "said twice": LOOK_UP[:-1] + ', "index": 1}',
}


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_they_agree_on_proofs_of_look_ups_written_oddly():
    said = dict(zip(ODD_LOOK_UPS, same([(LOOKED, text) for text in ODD_LOOK_UPS.values()]), strict=True))
    assert {name for name, each in said.items() if each} == {"as it is", "brackets in the words beside", "said twice"}


PERSON_SAYS = in_python(_asked(PERSON, WHOLE))


def notes(text):
    """A checkpoint and the lines around it, written in ways that look the same or nearly so."""
    head, _, note = text.partition("\n\n")
    yield from (
        text.replace("\n", "\r\n"),
        text + "\n",
        text.rstrip("\n"),
        text.replace("— ", "- ", 1),
        text.replace("— ", "—\u00a0", 1),
        text.replace("haven.example", "haven\u200b.example"),
        text.replace("haven.example", "h\u0430ven.example"),
        text.replace("\n21\n", "\n021\n"),
        text.replace("\n21\n", "\n+21\n"),
        text.replace("\n21\n", "\n\u0662\u0661\n"),
        text.replace("\n21\n", f"\n{'9' * 5_000}\n"),
        text.replace("\n21\n", "\n2_1\n"),
        f"{head}\n\n{note}\n{note}",
        f"{head}\n\n{note.partition(chr(10) * 2)[0]}\nanother line\n\n{note.rpartition(chr(10) * 2)[2]}",
        f"{head}\n\n{note.replace(chr(10) * 2, chr(10) * 3)}",
        f"{head}\n{'A' * 43}=\n\n{note}",
        "\n".join([head] + ["A" * 43 + "="] * 20_000) + f"\n\n{note}",
        text + f"— stranger.example {'A' * 100_000}\n",
        text + "— stranger.example \n" * 5_000,
        f"extra AAAA\n{text}",
        text.replace("index ", "index  "),
        text.replace("index ", "index -"),
        "\x00" + text,
        "\ufeff" + text,
    )


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("case", [ENTRY, GROWN], ids=["entry", "grown"])
def test_they_agree_on_notes_written_oddly(case):
    texts = list(notes(case["given"][1]))
    shown = [text for text, each in zip(texts, same([(case, text) for text in texts]), strict=True) if each]
    whole = case["given"][1]
    passed_over = (f"{whole}— stranger.example ", f"extra AAAA\n{whole}")  # lines that say nothing to a reader
    assert all(text == whole or text.startswith(passed_over) for text in shown)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_they_agree_on_what_is_changed_by_chance():
    chance = random.Random(150 + int(os.environ.get("OPENHAVEN_SEED", "0")))
    kinds = (PERSON, ABSENT, ENTRY, GROWN, LOOKED)
    cases = [(case, case["given"][-1]) for case in kinds]
    cases += [(case, changed(case["given"][-1])) for case in chance.choices(kinds, k=TRIES)]
    said = same(cases)
    assert all(said[: len(kinds)]) and not all(said[len(kinds) :])
