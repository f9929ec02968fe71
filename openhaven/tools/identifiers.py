"""What must not slip through in a column that nobody recodes: NHS numbers, and columns named like an identifier."""

import pyarrow as pa
import pyarrow.compute as pc

from openhaven.identity.nhs_number import valid_mask
from openhaven.model.naming import named_like_identifier

__all__ = ["holds_nhs_number", "named_like_identifier"]

_LIKE_NHS = r"^\s*\d{3}[ -]?\d{3}[ -]?\d{4}\s*$"


def holds_nhs_number(values: pa.Array) -> bool:
    """Whether any text is a valid NHS number, with or without spaces or hyphens."""
    like = values.filter(pc.match_substring_regex(values, _LIKE_NHS))
    return bool(len(like)) and bool(valid_mask(pc.replace_substring_regex(like, r"[\s-]", "")).any())
