"""Coded words that rules compare with records: lines of business, kinds of body, who decides, which pairs fit."""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from openhaven.model.plain import from_plain, read_toml
from openhaven.model.words import Purpose, Route, Setting

from .provisions import Confidence, data_text

ABBREVIATION = 3
PIECE = 5
_LETTERS = "æœøđłðþŋ"
_STRANGE = re.compile(rf"(?![a-z{_LETTERS}\u0370-\u03ff])[^\W\d_]|[\u0370-\u03ff]{{3}}")
"""A letter that is neither Latin nor Greek, or Greek words."""
ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХԌԜ" "авеѕіјкмнорстухһԁԛԝгпи" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ" "αβεηικνορτυχγωςϲ" "օոսցհ"
    "ıɩɪɴꜱᴜʀᴀᴄᴇᴍᴋᴛɢᴅᴠʙʟᴏᴘʏᴡᴢᴊɑɡ",
    "ABESIJKMHOPCTYXGW" "abesijkmhopctyxhdqwrnu" "ABEZHIKMNOPTYXC" "abenikvoptuxywcc" "onugh"
    "iiinsuracemktgdvblopywzjag",
)  # fmt: skip
"""Letters of other alphabets, and small capitals, that look like those of ours."""
MANY = 4096
"""How many readings of coded words are remembered, so that each is read once however many uses say it."""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """One circumstance of the Schedule to the 2002 Regulations (LAW-20)."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """Evidence about an organisation that counts for a use: its statuses, its first and last day, what it has to name,
    and the number of months for which it counts, where it counts no longer than that."""

    use: str
    name: str
    statuses: tuple[str, ...]
    starts: dt.date
    confidence: Confidence
    ends: dt.date | None = None
    names: str = ""
    months: str = ""

    def __post_init__(self) -> None:
        if self.names not in ("", "ods", "scope"):
            raise ValueError(f"scheme {self.name}: names {self.names!r} is not known")


@dataclass(frozen=True, slots=True)
class Trade:
    """Words of a line of business that a rule doubts, with the provision and the first day of the doubt."""

    provision: str
    starts: dt.date
    confidence: Confidence
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRule:
    """A rule for small numbers, as far as one can be weighed against another: see words.toml."""

    name: str
    provision: str
    starts: dt.date
    small: int
    base: int
    national_exempt: bool = False
    derived_totals: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Lists of words, each explained where it stands in words.toml."""

    format: int
    insurance: tuple[str, ...]
    marketing: tuple[str, ...]
    doubtful: tuple[str, ...]
    innocent: tuple[str, ...]
    public_bodies: tuple[str, ...]
    public_health_bodies: tuple[str, ...]
    health_service_bodies: tuple[str, ...]
    regulators: tuple[str, ...]
    decides_research: tuple[str, ...]
    decides_other: tuple[str, ...]
    neoplasms: tuple[str, ...]
    neoplasms_in: tuple[str, ...]
    opt_out_territories: tuple[str, ...]
    regulation_territories: tuple[str, ...]
    other_territories: tuple[str, ...]
    surveillance_bodies: tuple[str, ...]
    commissioners: tuple[str, ...]
    practices: tuple[str, ...]
    shared_services: tuple[str, ...]
    arrange_care: tuple[str, ...]
    medical_purposes: tuple[Purpose, ...]
    cancer_purposes: tuple[Purpose, ...]
    safe_haven_purposes: tuple[Purpose, ...]
    for_care_or_health: tuple[Purpose, ...]
    regulation_3: tuple[str, ...]
    clinicians: tuple[str, ...]
    other_bodies: tuple[str, ...]
    lines_of_business: tuple[str, ...]
    roles: tuple[str, ...]
    documents: tuple[str, ...]
    in_bad_standing: tuple[str, ...]
    circumstances: tuple[Circumstance, ...]
    charities: tuple[str, ...]
    havens: tuple[str, ...]
    transfer_documents: tuple[str, ...]
    ethics_committees: tuple[str, ...]
    research_authority: tuple[str, ...]
    guardians: tuple[str, ...]
    acts_for_others: Trade
    schemes: tuple[Scheme, ...]
    table_rules: tuple[TableRule, ...]
    table_rules_wider: tuple[str, ...]
    least_threshold: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A combination of Article 6, Article 9 and Schedule 1, and the uses it fits (GDPR-01)."""

    provision: str
    article_6: str
    article_9: str
    schedule_1: str
    recipient: str
    starts: dt.date
    ends: dt.date | None = None
    purposes: tuple[Purpose, ...] = ()
    routes: tuple[Route, ...] = ()
    person: str = ""
    needs: str = ""

    def __post_init__(self) -> None:
        if self.recipient not in ("public", "not public", "regulator", "any"):
            raise ValueError(f"pair of {self.provision}: recipient {self.recipient!r} is not known")

    def __str__(self) -> str:
        if self.article_6.startswith("Schedule"):
            return f"{self.article_6} with {self.article_9} of the Data Protection Act 1998"
        schedule = f" and Schedule 1 {self.schedule_1}" if self.schedule_1 else ""
        return f"Article {self.article_6} with Article {self.article_9}{schedule}"

    def in_force(self, on: dt.date) -> bool:
        """Whether the combination is law on that day."""
        return self.starts <= on and (self.ends is None or on <= self.ends)


@dataclass(frozen=True, slots=True)
class Coded:
    """An enactment, an exemption or an exception under its code, with its first and last day.

    `requires`: an enactment that imposes a disclosure; else it only permits one. `bodies` are those who may demand it
    or rely on it, `purposes` what for, and `settings` from which records; empty: any. `demands` says what, in words."""

    code: str
    title: str
    provision: str
    starts: dt.date
    confidence: Confidence
    ends: dt.date | None = None
    requires: bool = False
    purposes: tuple[Purpose, ...] = ()
    bodies: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    demands: str = ""

    def __post_init__(self) -> None:
        if self.requires and not (self.bodies and self.demands):
            raise ValueError(f"{self.code} requires a disclosure: say what it demands, and which bodies may demand it")

    def in_force(self, on: dt.date) -> bool:
        """Whether it stands on that day; both ends belong to it."""
        return self.starts <= on and (self.ends is None or on <= self.ends)

    @property
    def unsure(self) -> tuple[str, ...]:
        """What has to be said of one that is still to be confirmed."""
        return (f"{self.title}: to be confirmed",) if self.confidence is Confidence.TO_BE_CONFIRMED else ()


@dataclass(frozen=True, slots=True)
class _Coded:
    format: int
    enactments: tuple[Coded, ...]
    exemptions: tuple[Coded, ...]
    exceptions: tuple[Coded, ...]


def by_code(listed: Iterable[Coded]) -> Mapping[str, Coded]:
    """By their codes. Raises ValueError where one stands twice."""
    every = tuple(listed)
    found = {each.code: each for each in every}
    if len(found) != len(every):
        raise ValueError("a code stands twice in coded.toml")
    return MappingProxyType(found)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which conditions of Schedule 1 go with a condition of Article 9: what theirs begin with, empty for none."""

    article_9: str
    schedule_1: str


@dataclass(frozen=True, slots=True)
class Reference:
    """One way to state a part of a combination: what stands before, and then one of `stated`, or a number from `first`
    to `last`."""

    part: str
    before: str
    stated: tuple[str, ...] = ()
    first: int = 1
    last: int = 0

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every reference of that kind, whole."""
        ends = self.stated or tuple(map(str, range(self.first, self.last + 1)))
        return tuple(f"{self.before}{end}" for end in ends)


@dataclass(frozen=True, slots=True)
class _Pairs:
    format: int
    references: tuple[Reference, ...]
    conditions: tuple[Condition, ...]
    pairs: tuple[Pair, ...]


WORDS = from_plain(Words, read_toml(data_text("words.toml"), where="words.toml"), where="words.toml")
_PAIRS = from_plain(_Pairs, read_toml(data_text("pairs.toml"), where="pairs.toml"), where="pairs.toml")
PAIRS = _PAIRS.pairs
REFERENCES = _PAIRS.references
"""How the parts of a combination are stated."""
CONDITIONS = MappingProxyType({each.article_9: each.schedule_1 for each in _PAIRS.conditions})
"""For each condition of Article 9 what the condition of Schedule 1 that goes with it begins with."""
_CODED = from_plain(_Coded, read_toml(data_text("coded.toml"), where="coded.toml"), where="coded.toml")
ENACTMENTS = by_code(_CODED.enactments)
"""Enactments that require a disclosure, and some that are often taken for such and only permit one (LAW-12)."""
EXEMPTIONS = by_code(_CODED.exemptions)
"""Flows that national policy exempts from the national data opt-out (NDO-05 to NDO-08)."""
EXCEPTIONS = by_code(_CODED.exceptions)
"""Orders under which protected information about gender recognition may be disclosed (SENS-01)."""


def mention(texts: Iterable[str], words: Iterable[str]) -> bool:
    """Whether a text holds one of the words, matched from the start of a word: "insur" finds "an insurer".

    A word with a star before it is found within words too, and one of three letters or fewer is matched whole."""
    return any(text and _mentions(text, tuple(words)) for text in texts)


@lru_cache(maxsize=MANY)
def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return bool(_pattern(words).search(_letters(text)))


@lru_cache(maxsize=MANY)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_matching, words)))


_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of writing: a person reads another text than stands there."""


def _matching(word: str) -> str:
    if word.startswith("*"):
        return re.escape(word[1:])
    return rf"\b{re.escape(word)}" + (r"\b" if len(word) <= ABBREVIATION else "")


def _letters(text: str) -> str:
    """A text as it is read: letters as what they look like, one space between words."""
    return re.sub(r"[\W_]+", " ", _unmarked(text).translate(ALIKE).casefold()).strip()


def _unmarked(text: str) -> str:
    """A text without the marks on its letters, its invisible signs and the breadth of its letters."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(each for each in decomposed if unicodedata.category(each) not in ("Mn", "Cf"))


@lru_cache(maxsize=MANY)
def legible(text: str) -> bool:
    """Whether every letter is one of those in which the names and words of the law are written."""
    return all(each.isascii() or each in _LETTERS for each in _unmarked(text).casefold() if each.isalpha())


@lru_cache(maxsize=MANY)
def readable(text: str) -> bool:
    """As `legible`, of a text of several sentences, in which a Greek letter or two may stand for a quantity."""
    return text.isascii() or not (_TURNED.search(text) or _STRANGE.search(_unmarked(text).casefold()))


@lru_cache(maxsize=MANY)
def bare(text: str) -> str:
    """A name by its letters and digits alone, each as what it looks like: so that what speaks against a use is not
    missed for a dot, a hyphen or a letter of another alphabet. What speaks for one is compared as it stands."""
    return _letters(text).replace(" ", "")


NOTHING = frozenset(
    (
        *"n/a na none nil null tbc tbd todo unknown nothing".split(),
        *("to do", "not applicable", "to be confirmed", "to be decided", "not known", "see above", "as above"),
    )
)
"""What is written in a space that wants to be filled, and says nothing."""


@lru_cache(maxsize=MANY)
def says_nothing(text: str) -> bool:
    """Whether a text that is not blank holds no letter or digit, or is one of those that only fill a space."""
    return bool(text.strip()) and (not bare(text) or plain(text).strip(" .") in NOTHING)


def may_speak_of(texts: Iterable[str], words: tuple[str, ...]) -> bool:
    """Whether it is worth reading these texts for such words: they hold a part of one, or letters to be made plain."""
    text = "\n".join(texts)
    if not text.isascii():
        return True
    text = text.lower()
    for piece in _pieces(words):  # quicker than `any` and than a pattern
        if piece in text:
            return any(all(part in text for part in parts) for parts in _parts(words))
    return False


@lru_cache(maxsize=MANY)
def _parts(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The parts of each word between its spaces: each stands unbroken in a text that holds it."""
    return tuple(tuple(word.strip("*").split()) for word in words)


@lru_cache(maxsize=MANY)
def _pieces(words: tuple[str, ...]) -> tuple[str, ...]:
    """Pieces of these words, few and long, of which one stands unbroken in every text that holds one of the words."""
    left, found = list(_parts(words)), list[str]()
    while left:
        held = Counter(piece for parts in left for piece in {each for part in parts for each in _pieces_of(part)})
        found.append(max(held, key=lambda each: (held[each], len(each), each)))
        left = [parts for parts in left if not any(found[-1] in part for part in parts)]
    return tuple(found)


def _pieces_of(part: str) -> Iterator[str]:
    """All that a text can hold of a part, none so short that it stands in many words; the whole where it is short."""
    yield part
    for start in range(len(part)):
        yield from (part[start:end] for end in range(start + PIECE, len(part) + 1))


def speaks_of(text: str, words: tuple[str, ...]) -> bool:
    """As `mention`, of a text of several sentences: phrases that hold such a word and mean another thing are apart."""
    if not may_speak_of((text,), words):
        return False
    return bool(_pattern(words).search(_pattern(WORDS.innocent).sub(" ", _letters(text))))


def tells_neoplasms(codes: str) -> bool:
    """Whether a column of this code system tells neoplasms by the beginnings of codes that are known here: in others
    the same letters mean other things."""
    return bare(codes).startswith(WORDS.neoplasms_in)


def is_one_of(bodies: Iterable[str], words: Collection[str]) -> bool:
    """Whether a body of record is, whole and in any case, one of these kinds."""
    return any(plain(body) in words for body in bodies)


@lru_cache(maxsize=MANY)
def plain(text: str) -> str:
    """A coded word however written: lower case, no invisible signs, one space for spaces, hyphens or underlines."""
    kept = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return re.sub(r"[\s_-]+", " ", kept).strip().lower()
