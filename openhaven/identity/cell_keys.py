"""Keys of records and people for counts that are moved by cell keys: the same in every table of a haven, whoever gets
it.

They come of the haven's master under a name of their own, so that they serve no pseudonym and no pseudonym serves them.
"""

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openhaven.disclosure.cell_key import record_key
from openhaven.disclosure.hierarchy import Ints

from .pseudonym import KEY_BYTES


def keys_of_records(master: bytes, numbers: Ints) -> Ints:
    """The key, from 0 to 255, of each record or person by the vault's own number of it."""
    if len(master) < KEY_BYTES:
        raise ValueError("a master key has 32 bytes")
    secret = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"openhaven cell keys 1").derive(master)
    each = numbers.astype(">i8").tobytes()
    found = [record_key(secret, each[at : at + 8]) for at in range(0, len(each), 8)]
    return np.array(found, dtype=np.int64)
