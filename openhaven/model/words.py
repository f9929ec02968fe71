"""The coded words: what a field is, how far it is coarsened, why data is wanted, and which way round the duty."""

from enum import StrEnum


class Role(StrEnum):
    """What a field can tell about a person."""

    PERSON = "person"  # the key to a person
    KEY = "key"  # another identifier of rows or records
    IDENTIFIER = "identifier"
    QUASI = "quasi"
    CONFIDENTIAL = "confidential"
    FREE_TEXT = "free_text"
    CONTENT = "content"


class Kind(StrEnum):
    """Which identifier a field holds, or that it holds an age, where that decides what can be done with it."""

    NHS_NUMBER = "nhs_number"
    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"
    POSTCODE = "postcode"
    LOCAL_ID = "local_id"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    PRACTICE = "practice"
    AGE = "age"


class FieldType(StrEnum):
    """Frictionless types that a field may have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


class Setting(StrEnum):
    """Where the records were made: Type 1 opt-outs act on GP data only (T1-01)."""

    HOSPITAL = "hospital"
    GP = "gp"
    COUNCIL = "council"
    OTHER = "other"


class Precision(StrEnum):
    """How far a value is coarsened, finest first within each ladder (`release.precision` has the ladders)."""

    AS_HELD = "as held"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    AGE_5 = "5-year band"
    AGE_10 = "10-year band"
    AGE_20 = "20-year band"
    LSOA = "lsoa"
    AREA = "area"
    REGION = "region"
    CATEGORY = "3-character code"
    CHAPTER = "first character"
    ALL = "*"


class Level(StrEnum):
    """The identifiability of what leaves (DEF-06)."""

    IDENTIFIABLE = "identifiable"
    DE_IDENTIFIED = "de-identified"
    AGGREGATE = "aggregate, small numbers suppressed"


class Purpose(StrEnum):
    """Why data is wanted (s251(12) medical purposes, ASH-04, and the two that are never met)."""

    RESEARCH = "research"
    CLINICAL_AUDIT = "clinical audit"
    PUBLIC_HEALTH = "public health"
    COMMISSIONING = "commissioning"
    SERVICE_PLANNING = "service planning"
    INSURANCE = "insurance"
    MARKETING = "marketing"


class Route(StrEnum):
    """The way round the duty of confidence (rules LAW-10 to LAW-18)."""

    NOT_CONFIDENTIAL = "no confidential patient information"
    CONSENT = "consent"
    STATUTORY_DUTY = "statutory duty"
    COURT_ORDER = "court order"
    COPI_2 = "COPI regulation 2"
    COPI_3 = "COPI regulation 3"
    COPI_5 = "COPI regulation 5"
    PUBLIC_INTEREST = "overriding public interest"
