"""What a reader asks of witnesses, with files alone; and that no key is written while a policy is not met."""

from dataclasses import replace

import package_story as story
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.log.checkpoint import parse_checkpoint
from openhaven.log.cosignature import WitnessPolicy, cosign, cosigner_key, with_cosignatures
from openhaven.log.note import COSIGNATURE, VerifierKey, parse_note
from openhaven.log.proof import parse_proof
from openhaven.model.errors import BadInput, HavenError, NotVerified
from openhaven.package.build import build, finish
from openhaven.package.verify import verify

PRIVATES = {name: Ed25519PrivateKey.generate() for name in ("a.example", "b.example", "c.example")}
KEYS = {name: cosigner_key(name, private) for name, private in PRIVATES.items()}
OWN = VerifierKey("own.example", story.LOG_KEY.public, COSIGNATURE)


def cosigned(note: str, *names: str, time: int = 1_800_000_000) -> str:
    checkpoint = parse_checkpoint(parse_note(note).text)
    lines = [cosign(checkpoint, key=KEYS[name], signer=PRIVATES[name], time=time) for name in names]
    return with_cosignatures(note, lines) if lines else note


def packed(folder, plain, *names, policy=None, log=story.LOG_KEY, time=1_800_000_000):
    """A package whose log was cosigned by these."""
    made = build(story.package_input(plain), folder)
    entered = story.entered(made)
    proof = parse_proof(entered.proof)
    proof = replace(proof, checkpoint=cosigned(proof.checkpoint, *names, time=time))
    entered = replace(entered, proof=str(proof), witnesses=policy or WitnessPolicy(), log=log)
    finish(folder, entered=entered, identity=made.identity, recipient_key=story.RECIPIENT_KEY)
    return folder


def trust(*names):
    return [*story.TRUST, *(str(KEYS[name]) for name in names)]


def test_as_many_of_the_readers_witnesses_as_the_reader_asks_for(whole, tmp_path):
    package = packed(tmp_path / "out", whole.plain, "a.example", "c.example")
    everyone = trust(*KEYS)
    for asked in (0, 1, 2):
        assert verify(package, trust=everyone, witnesses=asked).verified
    report = verify(package, trust=everyone, witnesses=2)
    assert "2 of 3 witnesses were asked for; a.example at 2027-01-15T08:00:00Z, c.example" in report.as_text()
    three = verify(package, trust=everyone, witnesses=3)
    assert not three.verified and "3 of 3 witnesses must have cosigned" in three.as_text()
    assert not verify(package, trust=trust("b.example"), witnesses=1).verified


def test_more_witnesses_than_the_reader_names_are_no_policy(whole):
    with pytest.raises(BadInput, match="names 2 witnesses"):
        verify(whole.package, trust=trust("a.example", "b.example"), witnesses=3)
    with pytest.raises(BadInput, match="names 0 witnesses"):
        verify(whole.package, trust=story.TRUST, witnesses=1)


def test_the_operators_own_key_never_counts_under_whatever_name(whole):
    report = verify(whole.package, trust=[*story.TRUST, str(OWN)], witnesses=1)
    assert not report.verified and "only 0 of the witnesses named are others than the operator" in report.as_text()


def test_a_time_beyond_all_calendars_is_said_as_it_is(whole, tmp_path):
    package = packed(tmp_path / "out", whole.plain, "a.example", time=2**62)
    assert f"a.example at second {2**62}" in verify(package, trust=trust("a.example"), witnesses=1).as_text()


def test_no_key_is_written_while_the_policy_is_not_met(whole, tmp_path):
    policy = WitnessPolicy(tuple(KEYS.values()), 2)
    with pytest.raises(NotVerified, match=r"2 of 3 witnesses must have cosigned .* and b\.example did"):
        packed(tmp_path / "out", whole.plain, "b.example", policy=policy)
    with pytest.raises(HavenError, match="nothing says of which log"):
        packed(tmp_path / "other", whole.plain, "b.example", "a.example", policy=policy, log=None)
    for folder in ("out", "other"):
        assert not (tmp_path / folder / "key.age").exists() and not (tmp_path / folder / "entry.json").exists()
    assert (packed(tmp_path / "met", whole.plain, "b.example", "a.example", policy=policy) / "key.age").exists()
