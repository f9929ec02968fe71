"""The public log: entries, their tree, checkpoints, proofs and tiles. Keys and nodes come from outside."""

from openhaven.log.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint, verify_checkpoint
from openhaven.log.entries import Entry, EntryType, commitment, parse_entry
from openhaven.log.note import VerifierKey, parse_verifier_key, verifier_key
from openhaven.log.proof import LoggedEntry, Proof, make_proof, parse_proof, verify_proof

__all__ = [
    "Checkpoint",
    "Entry",
    "EntryType",
    "LoggedEntry",
    "Proof",
    "VerifierKey",
    "commitment",
    "make_proof",
    "parse_checkpoint",
    "parse_entry",
    "parse_proof",
    "parse_verifier_key",
    "sign_checkpoint",
    "verifier_key",
    "verify_checkpoint",
    "verify_proof",
]
