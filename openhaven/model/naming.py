"""What a column is called: by its name it may hold what identifies a person, whatever its description says."""

import re

# ANON-08: name, address, NHS number, postcode, full date of birth, phone, email, local patient identifiers
_NAMES = re.compile(
    r"(nhs|new ?nhs|nhs ?no|new ?nhs ?no|nhs ?num(ber)?|new ?nhs ?num(ber)?)( (id|value))?"
    r"|((patient|person|full|first|last|middle|given|family|maiden|sur|fore) ?)?(name|names)|surname|forenames?"
    r"|((patient|home|usual|postal|residential|street) ?)?(address|addr)( ?line)?( ?\d)?|home ?add"
    r"|((patient|home|usual) ?)?(post ?code|zip ?code|zip)( of usual address)?"
    r"|((patient|person) ?)?(d ?o ?b|birth ?date|date ?of ?birth|birth ?day)"
    r"|((patient|home|work|mobile|contact) ?)?(tele)?phone( ?(number|no))?|mobile( ?(number|no))?"
    r"|((patient|home|work) ?)?e ?mail( ?address)?"
    r"|(local ?patient|hospital|mrn|lopat)( ?(id|identifier|number|no))?"
    r"|(national insurance|ni|nino|passport|ssn|social security)( ?(number|no|num))?"
)


def named_like_identifier(column: str) -> bool:
    """Whether the column's name is that of a direct identifier (`nhs_number`, `Date of birth`, `HOMEADD`)."""
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).lower()).strip()
    return _NAMES.fullmatch(words) is not None
