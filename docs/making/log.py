"""The pages of the log and of exit statuses."""

from __future__ import annotations

from making.markdown import listed, table
from openhaven.cli import deciding
from openhaven.cli.main import INTERRUPTED
from openhaven.log.entries import EntryType
from openhaven.model import errors
from openhaven.model.decision import Verdict
from openhaven.optouts.lists import Sense


def log_page() -> str:
    return f"""# The log

A tree of entries as in RFC 6962, under a signed checkpoint; `haven log tiles` writes it as C2SP tlog-tiles. Every
record and its entry are one transaction. An entry holds a type, a time, ids and salted commitments: never a person's
name or number, a hash of data, or a count. What it commits to is kept beside the log. [The package](package.md) says
how a commitment is made. Where the rules of law changed since the last decision, `settings_changed` names the new ones.

A private log of the same form, under the origin with `/private` behind it, holds who looked at what (`looked_up`); its
size and root, and how far the tiles were written, enter the public one as `private_head`, a salted commitment, at the
times of `log.private_at`. Witnesses are asked as c2sp.org/tlog-witness says, and sign as in c2sp.org/tlog-cosignature.

## Entry types

{listed(EntryType)}

The list is closed.

## Senses of an opt-out list

{listed(Sense)}: who is named may flow, or who is named objects."""


def statuses_page() -> str:
    rows = [
        ("0", "done; of `decide` and `release`: permit"),
        (str(errors.HavenError.status), "our fault, or the machine's: a full disk, keys that are missing"),
        (str(errors.BadInput.status), "bad usage or input; nothing was written"),
        (str(deciding.STATUS[Verdict.REFUSE]), "the decision is to refuse; the letter says why"),
        (str(deciding.STATUS[Verdict.REFER]), "a person must decide; the letter says who"),
        (str(errors.Unmet.status), "an obligation could not be met; nothing left"),
        (str(errors.NotVerified.status), "verification failed"),
        (str(INTERRUPTED), "interrupted"),
    ]
    return f"""# Exit statuses

{table(("status", "meaning"), rows)}

Every message says what is wrong, where, and what to do. `OPENHAVEN_DEBUG=1` adds a traceback."""
