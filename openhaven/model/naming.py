"""What a column is called: by its name it may hold what identifies a person, whatever its description says."""

import re

# ANON-08: name, address, NHS number, postcode, full date of birth, phone, email, local patient identifiers; and places,
# pictures, accounts and vehicles that are one person's. In Welsh too: enw, cyfeiriad
_NAMES = re.compile(
    r"(nhs|new ?nhs|nhs ?no|new ?nhs ?no|nhs ?num(ber)?|new ?nhs ?num(ber)?)( (id|value))?"
    r"|((patient|person|full|first|last|middle|given|family|maiden|sur|fore) ?)?(name|names)|surname|forenames?"
    r"|((patient|home|usual|postal|residential|street) ?)?(address|addr)( ?line)?( ?\d)?|home ?add"
    r"|((patient|home|usual) ?)?(post ?code|zip ?code|zip)( of usual address)?"
    r"|((patient|person) ?)?(d ?o ?b|birth ?date|date ?of ?birth|birth ?day)"
    r"|((patient|home|work|mobile|contact) ?)?(tele)?phone( ?(number|no))?|mobile( ?(number|no))?"
    r"|((patient|home|work) ?)?e ?mail( ?address)?"
    r"|(local ?patient|hospital|mrn|lopat)( ?(id|identifier|number|no))?"
    r"|(national insurance|ni|nino|passport|ssn|social security|chi|driving licen[cs]e)( ?(number|no|num))?"
    r"|initials|user ?name|(twitter|instagram|facebook|social media)( ?(handle|name|id))?|ip ?(address|addr)"
    r"|uprn|udprn|((geo|home) ?)?(latitude|longitude|easting|northing)|(geo|home) ?(lat|lon|long|lng|point)"
    r"|grid ?ref(erence)?|what ?3 ?words|what ?three ?words"
    r"|((face|facial|patient) ?)?(photo|photograph)|(face|facial) ?image|finger ?print|voice ?print"
    r"|vehicle ?reg(istration)?( ?(number|no))?|number ?plate|iban|(bank ?)?account ?(number|no)|sort ?code"
    r"|enw|cyfenw|cyfeiriad|cod ?post|dyddiad ?geni"
)
_NUMBERED = re.compile(r" ?\d{1,2}$")


def named_like_identifier(column: str) -> bool:
    """Whether the column's name is that of a direct identifier (`nhs_number`, `Date of birth`, `HOMEADD`)."""
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).lower()).strip()
    spelt = words.replace(" ", "") if re.fullmatch(r"\w( \w)+", words) else words  # n_a_m_e
    return any(_NAMES.fullmatch(each) is not None for each in (spelt, _NUMBERED.sub("", spelt)))
