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
    CLINICIAN = "clinician"
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


class Access(StrEnum):
    """Whether people go to the data, or the data goes to them (SDE-01, SDE-04)."""

    SECURE_ENVIRONMENT = "secure environment"
    EXTRACT = "extract"


class Purpose(StrEnum):
    """Why data is wanted (s251(12) medical purposes, ASH-04, section 6 profiles, and the three that are never met)."""

    RESEARCH = "research"
    CLINICAL_AUDIT = "clinical audit"
    PUBLIC_HEALTH = "public health"
    COMMISSIONING = "commissioning"
    SERVICE_PLANNING = "service planning"
    RESOURCE_PLANNING = "resource planning"
    PATHWAY_IMPROVEMENT = "pathway improvement"
    SERVICE_CHANGE = "service change"
    POPULATION_HEALTH = "population health"
    QUALITY_MONITORING = "quality monitoring"
    RISK_STRATIFICATION = "risk stratification"
    INVOICE_VALIDATION = "invoice validation"
    PAYMENT_ASSURANCE = "payment assurance"
    PATIENT_SURVEY = "patient experience survey"
    OFFICIAL_STATISTICS = "official statistics"
    REGULATION = "regulation"
    CASE_MANAGEMENT = "arranging a person's care"
    INDIVIDUAL_CARE = "individual care"
    COMMERCIAL = "solely commercial ends"
    INSURANCE = "insurance"
    MARKETING = "marketing"


class Route(StrEnum):
    """The way round the duty of confidence (rules LAW-10 to LAW-18; two were proposals of 2014: CM-01, ASH-02)."""

    NOT_CONFIDENTIAL = "no confidential patient information"
    IMPLIED_CONSENT = "implied consent"
    CONSENT = "consent"
    CONSULTEE = "a consultee's advice"
    STATUTORY_DUTY = "statutory duty"
    COURT_ORDER = "court order"
    COPI_2 = "COPI regulation 2"
    COPI_3 = "COPI regulation 3"
    COPI_5 = "COPI regulation 5"
    PUBLIC_INTEREST = "overriding public interest"
    CASE_MANAGER = "case manager (proposal of 2014)"
    SAFE_HAVEN = "accredited safe haven (proposal of 2014)"


class Power(StrEnum):
    """On which part of section 261 the national body gives data out (LAW-44, LAW-46, LAW-47, LAW-49)."""

    NOT_IDENTIFYING = "s261(1) and (2)(a)"
    RELEVANT_PERSON = "s261(1) and (2)(b)"
    INDIVIDUAL_CONSENT = "s261(1) and (2)(c)"
    DIRECTION = "s261(1) and (2)(e)"
    COURT_ORDER = "s261(4): an order of a court"
    WELFARE = "s261(4): an individual's welfare"
    STATUTORY_FUNCTION = "s261(4) and (5)(d)"
    CRIME = "s261(4): a criminal investigation or proceedings"
    WITH_SUPPORT = "s261(7) and National Health Service Act 2006 s251"
    NOTICE = "COPI regulation 3(4)"
    STATISTICS = "Statistics and Registration Service Act 2007 s42(4)"
