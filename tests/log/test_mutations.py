"""Proofs changed or cut at random: none is accepted. `make proofs` tries a million, the suite some thousands."""

import os
import random
from dataclasses import replace

from test_vectors import CASES
from verifiers import REFUSED, verify_py

from openhaven.log.cosignature import WitnessPolicy, check_witnessed
from openhaven.log.note import parse_note, parse_verifier_key
from openhaven.log.person_proof import parse_person_proof, verify_person_proof
from openhaven.log.proof import parse_proof, verify_proof
from openhaven.log.text import decode_base64
from openhaven.log.tree import consistency_proof, inclusion_proof, leaf_hash, root, verify_consistency, verify_inclusion
from openhaven.model.errors import BadInput, NotVerified

TRIES = int(os.environ.get("OPENHAVEN_PROOFS", "4000"))
ALSO_BY_THE_FILE = 100
"""Of so many, one is tried with verify.py too: it works out signatures a hundred times slower."""

SHOWN = [each for each in CASES if each["shows"] and each["witnesses"]]
PEOPLE = [each for each in SHOWN if each["kind"] == "person" and each["who"] != "-"]
ENTRIES = [each for each in SHOWN if each["kind"] == "entry"]
CHANCE = random.Random(6962 + int(os.environ.get("OPENHAVEN_SEED", "0")))


def changed(text):
    """The text with something else in it, or less."""
    at = CHANCE.randrange(len(text))
    lines = text.split("\n")
    line, other = CHANCE.randrange(len(lines)), CHANCE.randrange(len(lines))
    match CHANCE.randrange(7):
        case 0:
            made = text[:at]
        case 1:
            made = text[:at] + chr(ord(text[at]) ^ 1 << CHANCE.randrange(7)) + text[at + 1 :]
        case 2:
            made = text[:at] + CHANCE.choice("0123456789AbZ+/=\n ") + text[at + 1 :]
        case 3:
            made = text[:at] + text[at + CHANCE.randrange(1, 60) :]
        case 4:
            made = "\n".join(lines[:line] + lines[line + 1 :])
        case 5:
            made = "\n".join([*lines[:line], lines[other], *lines[line:]])
        case _:
            lines[line], lines[other] = lines[other], lines[line]
            made = "\n".join(lines)
    return made


def by_us(case, text):
    """Whether the log room accepts it."""
    log, policy = parse_verifier_key(case["log"]), WitnessPolicy(tuple(map(parse_verifier_key, case["witnesses"])), 1)
    try:
        if case["kind"] == "person":
            verify_person_proof(text, log=log, policy=policy, nhs_number=case["who"])
        else:
            verify_proof(decode_base64(case["given"][0], where="entry"), text, [log])
            check_witnessed(parse_proof(text).checkpoint, policy, log=log)
    except NotVerified:
        return False
    return True


def by_the_file(case, text):
    """Whether verify.py accepts it."""
    keys = case["log"], case["witnesses"]
    try:
        if case["kind"] == "person":
            return bool(verify_py.person(text, case["who"], *keys))
        return bool(verify_py.logged(decode_base64(case["given"][0], where="entry"), text, *keys))
    except REFUSED:
        return False


def meaning(case, text):
    """What a proof says: spaces in JSON say nothing, nor does the order of signatures. None where it says nothing."""
    try:
        person = parse_person_proof(text) if case["kind"] == "person" else None
        proof = parse_proof(person.log_proof if person else text)
        note = parse_note(proof.checkpoint)
    except BadInput:
        return None
    return replace(person, log_proof="") if person else None, proof.index, proof.hashes, note.text, {*note.signatures}


def test_no_changed_or_cut_proof_is_accepted():
    tried = 0
    while tried < TRIES:
        case = CHANCE.choice(PEOPLE if CHANCE.random() < 0.5 else ENTRIES)
        whole = case["given"][-1]
        text = changed(whole)
        if meaning(case, text) == meaning(case, whole):
            continue
        tried += 1
        assert not by_us(case, text), (case["name"], text)
        if tried % ALSO_BY_THE_FILE == 0:
            assert not by_the_file(case, text), (case["name"], text)


def test_the_same_proofs_unchanged_are_accepted():
    for case in (*PEOPLE, *ENTRIES):
        assert by_us(case, case["given"][-1]) and by_the_file(case, case["given"][-1])


def test_no_path_of_another_place_size_or_root_is_accepted(nodes_of):
    """Inclusion and consistency by their numbers alone, where most of what is random gets furthest."""
    entries = [bytes([each]) for each in range(40)]
    nodes = nodes_of(entries)
    for _ in range(TRIES // 4):
        size = CHANCE.randrange(2, 41)
        index, old = CHANCE.randrange(size), CHANCE.randrange(1, size)
        path, grown = inclusion_proof(index, size, nodes), consistency_proof(old, size, nodes)
        other, hashes, shift = CHANCE.randbytes(32), [*path], CHANCE.choice((-2, -1, 1, 2))
        hashes[CHANCE.randrange(len(path))] = other
        shifted = {"index": index + shift, "size": size, "root": root(size, nodes)}
        for wrong, named in ((hashes, shifted | {"index": index}), (path, shifted), (path[:-1], shifted)):
            assert refused(verify_inclusion, leaf_hash(entries[index]), wrong, **named)
        roots = {"first_root": root(old, nodes), "second_root": root(size, nodes)}
        spoilt = [*grown]
        spoilt[CHANCE.randrange(len(grown))] = other
        for wrong in (spoilt, grown[:-1], [*grown, other]):
            assert refused(verify_consistency, wrong, first=old, second=size, **roots)


def refused(verify, *arguments, **named):
    try:
        verify(*arguments, **named)
    except NotVerified:
        return True
    return False
