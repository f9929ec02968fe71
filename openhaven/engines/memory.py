"""How much memory a setting such as 2GB names."""

import re

from openhaven.model.errors import BadInput

_MEMORY = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]?)(i?)B")


def memory_bytes(memory: str) -> int:
    """Bytes in 2GB, 1500MB or 2GiB. Raises BadInput for any other text."""
    found = _MEMORY.fullmatch(memory.strip())
    if not found:
        raise BadInput(f"{memory!r} is not a size of memory", todo="Write it as 2GB or 1500MB.")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** (" KMGT".index(unit) if unit else 0))
