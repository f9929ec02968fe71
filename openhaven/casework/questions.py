"""What an applicant is asked, one question a page, as one table.

Each question says which parts of the application it fills, so that table and application cannot drift apart (a test
compares them); what an agreement will need is asked too. Choices come from the law's own coded words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from openhaven.law.words import PAIRS
from openhaven.model.application import Comparison
from openhaven.model.words import Access, Level, Power, Purpose, Route

Answers = Mapping[str, Any]
"""What was answered, by question: inputs to texts or lists of texts; a list of such where the question repeats."""


class Kind(StrEnum):
    """How something is typed or chosen."""

    LINE = "line"
    LONG = "long"
    LINES = "lines"
    CHOICE = "choice"
    PICK = "pick"
    CHOICES = "choices"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose: the value kept, what is read, and a hint."""

    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FieldOffered:
    """A field of a dataset that can be asked for, with the precisions at which it can leave, finest first. `amounts`:
    it holds numbers of which a mean can be made."""

    name: str
    title: str
    says: str
    precisions: tuple[str, ...]
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen here: what is on record, for this applicant. Ids to titles."""

    organisations: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[FieldOffered, ...]] = field(default_factory=dict)
    agreements: Mapping[str, str] = field(default_factory=dict)
    pairs: tuple[str, ...] = ()
    national_body: bool = False


Choices = Callable[[Offered, Answers], tuple[Choice, ...]]
Asked = Callable[[Offered, Answers], bool]
Rows = Callable[[Offered, Answers], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to type or choose. `most` is in characters; an optional one may be left empty."""

    name: str
    label: str
    kind: Kind
    hint: str = ""
    most: int = 200
    choices: Choices | None = None
    optional: bool = False


def _always(offered: Offered, answers: Answers) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Question:
    """One page. `fills` are parts of the application, `agreed` parts of the agreement that it prepares. `rows`: the
    inputs repeat, once for each name (a field), or numbered and the empty ones left out where `numbered`."""

    id: str
    section: str
    title: str
    inputs: tuple[Input, ...]
    hint: str = ""
    fills: tuple[str, ...] = ()
    agreed: tuple[str, ...] = ()
    asked: Asked = _always
    rows: Rows | None = None
    numbered: bool = False
    optional: bool = False


PURPOSES: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.RESEARCH: "To find out something new that others can use",
        Purpose.CLINICAL_AUDIT: "To compare care with a standard",
        Purpose.PUBLIC_HEALTH: "To watch and control disease and other risks to health",
        Purpose.COMMISSIONING: "To plan, buy and check services",
        Purpose.SERVICE_PLANNING: "To plan a service",
        Purpose.RESOURCE_PLANNING: "To plan staff, beds and money",
        Purpose.PATHWAY_IMPROVEMENT: "To improve how people move through care",
        Purpose.SERVICE_CHANGE: "To prepare or weigh a change of services",
        Purpose.POPULATION_HEALTH: "To understand the health of a population",
        Purpose.QUALITY_MONITORING: "To watch the quality of care",
        Purpose.RISK_STRATIFICATION: "To find groups of people who may need more care",
        Purpose.INVOICE_VALIDATION: "To check that invoices for care are right",
        Purpose.PAYMENT_ASSURANCE: "To check that payments are right",
        Purpose.PATIENT_SURVEY: "To ask patients about their care",
        Purpose.OFFICIAL_STATISTICS: "To publish official statistics",
        Purpose.REGULATION: "To regulate care",
        Purpose.CASE_MANAGEMENT: "To arrange the care of named people",
        Purpose.INDIVIDUAL_CARE: "To care for the person whom the record is about",
        Purpose.COMMERCIAL: "For commercial ends alone. The law never allows this",
        Purpose.INSURANCE: "To sell, price or manage insurance. The law never allows this",
        Purpose.MARKETING: "To advertise or sell. The law never allows this",
    }
)
ROUTES: Mapping[Route, str] = MappingProxyType(
    {
        Route.NOT_CONFIDENTIAL: "What leaves tells nothing confidential about anybody, as a named person found",
        Route.IMPLIED_CONSENT: "For the person's own care, as they would expect",
        Route.CONSENT: "Each person agreed to this",
        Route.CONSULTEE: "A consultee advised for adults who cannot decide",
        Route.STATUTORY_DUTY: "A law requires it",
        Route.COURT_ORDER: "A court ordered it",
        Route.COPI_2: "The Regulations of 2002 allow it, for cancer",
        Route.COPI_3: "The Regulations of 2002 allow it, for communicable disease and other risks to public health",
        Route.COPI_5: "The Health Research Authority or the Secretary of State supports it (section 251)",
        Route.PUBLIC_INTEREST: "A public interest outweighs confidence; people decide this case by case",
        Route.CASE_MANAGER: "Proposed in 2014 for case managers; not law",
        Route.SAFE_HAVEN: "Proposed in 2014 for accredited safe havens; not law",
    }
)
LEVELS: Mapping[Level, str] = MappingProxyType(
    {
        Level.AGGREGATE: "A table of counts, small numbers protected",
        Level.DE_IDENTIFIED: "A row for each event or person, without anything that names them",
        Level.IDENTIFIABLE: "Rows that name people or by which they could be recognised",
    }
)
SETTINGS: Mapping[Access, str] = MappingProxyType(
    {
        Access.SECURE_ENVIRONMENT: "We work with the data in a secure environment",
        Access.EXTRACT: "The data is sent to us",
    }
)
TESTS = (
    Choice(Comparison.STARTS.value, "starts with one of these"),
    Choice(Comparison.IS.value, "is this"),
    Choice(Comparison.IN.value, "is one of these"),
    Choice(Comparison.FROM.value, "is this or more, or later"),
    Choice(Comparison.TO.value, "is this or less, or earlier"),
)
EVERYBODY, RULE, FILE = "everybody", "rule", "file"
WHOM = (
    Choice(RULE, "People whom a rule describes", "For example: a diagnosis that starts with C"),
    Choice(FILE, "People on a list of ours", "We match it, and destroy it afterwards"),
    Choice(EVERYBODY, "Everybody in the data"),
)
YES, NO = "yes", "no"
YES_NO = (Choice(YES, "Yes"), Choice(NO, "No"))
PAIR_SEPARATOR = " | "
CLAUSES, FUNDERS = 4, 4


def coded(words: Mapping[Any, str]) -> Choices:
    """Coded words to choose from, each with what it means."""
    found = tuple(Choice(each.value, f"{each.value[:1].upper()}{each.value[1:]}", hint) for each, hint in words.items())
    return lambda offered, answers: found


def fixed(*choices: Choice) -> Choices:
    """The same choices always."""
    return lambda offered, answers: choices


def said(answers: Answers, question: str, input: str) -> Any:
    """What was answered to one input; empty where nothing was."""
    found = answers.get(question)
    return found.get(input, "") if isinstance(found, Mapping) else ""


def fields_of(offered: Offered, answers: Answers) -> tuple[FieldOffered, ...]:
    """The fields of the dataset that was chosen."""
    return offered.fields.get(said(answers, "dataset", "dataset"), ())


def fields_chosen(offered: Offered, answers: Answers) -> tuple[str, ...]:
    """The names of the fields that were chosen and are there, in the dataset's order."""
    chosen = said(answers, "fields", "names") or ()
    return tuple(each.name for each in fields_of(offered, answers) if each.name in chosen)


def _named(chosen: Callable[[Offered], Mapping[str, str]]) -> Choices:
    return lambda offered, answers: tuple(Choice(id, title) for id, title in chosen(offered).items())


def _agreements(offered: Offered, answers: Answers) -> tuple[Choice, ...]:
    found = [Choice(id, f"{id}: {title}") for id, title in offered.agreements.items()]
    return (*found, Choice("", "None yet", "One is drawn up when the application is approved"))


def _fields(offered: Offered, answers: Answers) -> tuple[Choice, ...]:
    return tuple(Choice(each.name, each.title, each.says) for each in fields_of(offered, answers))


def _field_names(offered: Offered, answers: Answers) -> tuple[Choice, ...]:
    return tuple(Choice(each.name, each.title) for each in fields_of(offered, answers))


def _precisions(offered: Offered, answers: Answers) -> tuple[Choice, ...]:
    """Every precision of every field chosen; `answers.py` looks that each fits its field."""
    steps = {step: None for each in fields_of(offered, answers) for step in each.precisions}
    return tuple(Choice(step, "as held, in full" if step == "as held" else step) for step in steps)


def _chosen_fields(offered: Offered, answers: Answers) -> tuple[Choice, ...]:
    chosen = fields_chosen(offered, answers)
    return tuple(each for each in _field_names(offered, answers) if each.value in chosen)


def _figures(offered: Offered, answers: Answers) -> tuple[Choice, ...]:
    """What can stand beside counts: a share by each field chosen, means and medians of each that has amounts."""
    chosen = fields_chosen(offered, answers)
    each = [field for field in fields_of(offered, answers) if field.name in chosen]
    shares = [Choice(f"percent:{field.name}", f"Share of the total, by {field.title}") for field in each]
    made = [
        Choice(f"{word}:{field.name}", f"{name} of {field.title}")
        for field in each
        if field.amounts
        for word, name in (("mean", "Mean"), ("median", "Median"), ("p90", "Nine in ten are no more than this"))
    ]
    return (*shares, *made)


def pairs_offered(offered: Offered, answers: Answers) -> tuple[Choice, ...]:
    """The combinations of grounds that are law today."""
    return tuple(Choice(each, in_words(each)) for each in offered.pairs)


def in_words(pair: str) -> str:
    """A combination of grounds for people."""
    article_6, article_9, schedule_1 = pair.split(PAIR_SEPARATOR)
    more = f", Schedule 1 {schedule_1}" if schedule_1 else ""
    return f"Article {article_6} with Article {article_9}{more}"


def pairs_in_force(on: Any) -> tuple[str, ...]:
    """The combinations of grounds that are law on a day, each once."""
    found = [(each.article_6, each.article_9, each.schedule_1) for each in PAIRS if each.in_force(on)]
    return tuple(PAIR_SEPARATOR.join(each) for each in dict.fromkeys(found))


def _whom(which: str) -> Asked:
    return lambda offered, answers: said(answers, "whom", "whom") == which


def _numbered(count: int) -> Rows:
    names = tuple(str(place) for place in range(1, count + 1))
    return lambda offered, answers: names


ABOUT, DATA, LAW, CARE, AFTER = (
    "About the use",
    "The data",
    "By which right",
    "Who handles the data, and where",
    "Afterwards",
)
SECTIONS = (ABOUT, DATA, LAW, CARE, AFTER)
K = Kind

QUESTIONS = (
    Question("title", ABOUT, "What do you call this use of data?",
             (Input("title", "Title", K.LINE, most=120),),
             hint="The public register shows it. Name no person.", fills=("title",)),
    Question("purpose", ABOUT, "What is the data for?",
             (Input("purpose", "Purpose", K.CHOICE, choices=coded(PURPOSES)),),
             hint="Choose the one that fits best.", fills=("purpose",)),
    Question("why", ABOUT, "What do you want to find out or do?",
             (Input("text", "In plain words", K.LONG, most=2000),),
             hint="As you would tell a patient. The public register may show it.", fills=("purpose_text",)),
    Question("benefit", ABOUT, "What will health and care gain?",
             (Input("what", "What will be better, and for whom", K.LONG, most=2000),
              Input("measure", "How you will measure it", K.LINE, most=500),
              Input("by", "By when", K.DATE)), agreed=("benefits", "objective")),
    Question("programme", ABOUT, "Is this part of a programme?",
             (Input("programme", "Name of the programme", K.LINE, optional=True),),
             hint="Leave it empty if not.", fills=("programme",), agreed=("programmes",), optional=True),
    Question("commercial", ABOUT, "Does anybody gain commercially?",
             (Input("gains", "Does anybody gain commercially?", K.CHOICE, choices=fixed(*YES_NO)),
              Input("how", "If so, who, and how", K.LONG, most=2000, optional=True)), agreed=("commercial",)),
    Question("funding", ABOUT, "Who pays for this?",
             (Input("organisation", "Organisation", K.LINE, optional=True),
              Input("business", "Its line of business", K.LINE, optional=True)),
             hint="Leave it empty if you pay for it yourselves.", fills=("funders",), rows=_numbered(FUNDERS),
             numbered=True, optional=True),
    Question("dataset", DATA, "Which data do you need?",
             (Input("dataset", "Data", K.CHOICE, choices=_named(lambda offered: offered.datasets)),),
             hint="One set of data for each application.", fills=("dataset",)),
    Question("level", DATA, "In which form?",
             (Input("level", "Form", K.CHOICE, choices=coded(LEVELS)),),
             hint="The less it tells about people, the sooner it can be given.", fills=("level",)),
    Question("fields", DATA, "Which fields do you need?",
             (Input("names", "Fields", K.CHOICES, choices=_fields),), hint="No more than you need.",
             asked=lambda offered, answers: bool(fields_of(offered, answers))),
    Question("reasons", DATA, "Why do you need each field?",
             (Input("precision", "How precise", K.PICK, choices=_precisions),
              Input("reason", "Why you need it", K.LINE, most=500)), fills=("fields",), agreed=("fields",),
             asked=lambda offered, answers: bool(fields_chosen(offered, answers)), rows=fields_chosen),
    Question("table", DATA, "By what shall we count?",
             (Input("by", "Count by", K.CHOICES, choices=_chosen_fields),
              Input("people", "Shall we count people as well as events?", K.CHOICE, choices=fixed(*YES_NO)),
              Input("figures", "What else shall stand in it?", K.CHOICES, choices=_figures, optional=True,
                    hint="A mean is of one field, by which we do not count. It is left out where it tells of few.")),
             fills=("table",), asked=lambda offered, answers: said(answers, "level", "level") == Level.AGGREGATE),
    Question("whom", DATA, "Whose records do you need?",
             (Input("whom", "Whose records", K.CHOICE, choices=fixed(*WHOM)),)),
    Question("cohort", DATA, "Which rule describes them?",
             (Input("field", "Field", K.PICK, choices=_field_names, optional=True),
              Input("test", "Test", K.PICK, choices=fixed(*TESTS), optional=True),
              Input("values", "Values, with commas between them", K.LINE, most=500, optional=True)),
             hint="Where you give several parts, a record has to fit all of them.", fills=("cohort",),
             agreed=("cohort",), asked=_whom(RULE), rows=_numbered(CLAUSES), numbered=True),
    Question("everyone", DATA, "Why do you need everybody?",
             (Input("why", "Why nobody can be left out", K.LONG, most=1000),), fills=("everyone",),
             agreed=("everyone",), asked=_whom(EVERYBODY)),
    Question("list", DATA, "What is the file with your list called?",
             (Input("file", "Name of the file", K.LINE, most=100),),
             hint="Do not send it now: it names people. You send it here once this is approved.",
             fills=("people_file",), asked=_whom(FILE)),
    Question("opt-outs", DATA, "Do you ask that people who opted out are left in?",
             (Input("left_in", "Shall they be left in?", K.CHOICE, choices=fixed(*YES_NO)),
              Input("why", "If so, by which exception", K.LONG, most=1000, optional=True)),
             hint="Nobody can decide this for themselves: only an exception on record counts."),
    Question("route", LAW, "What lets you see what is confidential?",
             (Input("route", "Route", K.CHOICE, choices=coded(ROUTES)),), fills=("route",)),
    Question("basis", LAW, "Which papers do you rely on?",
             (Input("papers", "References, one on each line", K.LINES, most=1000, optional=True),
              Input("study", "Which study are they for?", K.LINE, most=100, optional=True,
                    hint="Its IRAS ID (IRAS 298765), the reference of its support (26/CAG/0012), or your own.")),
             hint="For example the reference of a letter of support. Attach the papers themselves as evidence.",
             fills=("basis", "study_reference"), optional=True),
    Question("grounds", LAW, "On which grounds of data protection do you rely?",
             (Input("pair", "Grounds", K.CHOICE, choices=pairs_offered),),
             hint="Ask your data protection officer.", fills=("data_protection",)),
    Question("power", LAW, "Under which power shall we give it out?",
             (Input("power", "Power", K.CHOICE, choices=coded(dict.fromkeys(Power, ""))),), fills=("power",),
             asked=lambda offered, answers: offered.national_body),
    Question("ethics", LAW, "Who approved the research?",
             (Input("committee", "Favourable opinion of a research ethics committee: reference", K.LINE, optional=True),
              Input("authority", "Approval of the Health Research Authority: reference", K.LINE, optional=True)),
             hint="Leave it empty where nobody had to.", optional=True,
             asked=lambda offered, answers: said(answers, "purpose", "purpose") == Purpose.RESEARCH),
    Question("agreement", LAW, "Is there an agreement already?",
             (Input("agreement", "Agreement", K.CHOICE, choices=_agreements, optional=True),), fills=("agreement",)),
    Question("recipient", CARE, "Who will receive the data?",
             (Input("recipient", "Organisation", K.PICK, choices=_named(lambda offered: offered.organisations)),),
             hint="If it is not listed, write to us before you go on.", fills=("recipient",), agreed=("recipient",)),
    Question("processors", CARE, "Who else will handle the data for you?",
             (Input("processors", "Organisations, one on each line", K.LINES, most=1000, optional=True),),
             hint="Leave it empty if nobody will.", agreed=("processors",), optional=True),
    Question("setting", CARE, "Where will people work with the data?",
             (Input("setting", "Place", K.CHOICE, choices=coded(SETTINGS)),
              Input("why", "If it has to be sent: why", K.LONG, most=1000, optional=True)),
             agreed=("setting", "why_extract")),
    Question("storage", CARE, "Where will the data be kept?",
             (Input("storage", "Organisations that keep it, one on each line", K.LINES, most=1000),
              Input("territory", "In which countries", K.LINE)), agreed=("storage", "territory")),
    Question("period", AFTER, "For how long do you need the data?",
             (Input("starts", "From", K.DATE), Input("ends", "Until", K.DATE)), agreed=("starts", "ends")),
    Question("publication", AFTER, "How will you tell people what you found?",
             (Input("plan", "What you will publish, where and when", K.LONG, most=2000),)),
)  # fmt: skip
"""Every question, in the order in which they are asked."""

BY_ID: Mapping[str, Question] = MappingProxyType({each.id: each for each in QUESTIONS})
OURS = frozenset({"format", "id", "applicant"})
"""Parts of an application that nobody is asked: the haven knows them."""


def asked(offered: Offered, answers: Answers) -> tuple[Question, ...]:
    """The questions that are asked, as the answers so far make them."""
    return tuple(each for each in QUESTIONS if each.asked(offered, answers))
