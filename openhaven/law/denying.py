"""Sentences that say nothing but what the data is not for, as nearly every agreement has one.

Such a sentence is made of few words. It denies once, before it names what it denies; any other word in it, such as
"except" or "only", and it is read as all others are."""

import re

from .reading import letters

_SENTENCE = re.compile(r"(?<=[.;:!?])\s+|[\n\r]+")
_CLAUSE = re.compile(r",?\s+(?:and|nor)\s+(?=(?:(?:will|must|may|shall|is|are)\s+)?not\b)")
"""Between two clauses of which the second denies for itself."""
_DENIES = frozenset("no not never none nobody cannot".split())
_MAY = frozenset("will would shall must may can is are do does".split())
_DENIED = frozenset(
    "insurance insurers insurer insuring underwriting reinsurance marketing advertising advertisers marketers "
    "commercial selling sales profit credit scoring lending mortgage employment immigration enforcement recruitment "
    "employer employers pricing brokers policing promotional".split()
)
_NO_PART = tuple(["no", each] for each in ("part", "role", "access", "say", "interest"))
_WHO = _DENIED | frozenset("have has will the any other or and company companies firms".split())
"""What is said before somebody has no part."""
_WORDS = (_DENIES | _MAY | _DENIED).union(
    "a an the this these that any all our of its it we us they there and or nor neither either be been ever".split(),
    "data rows records information results extract extracts outputs patient patients personal study project".split(),
    "use used uses share shared give given sell sold pass passed disclose disclosed supply supplied provide".split(),
    "provided release released processed made available transferred for to with by in on under have has".split(),
    "circumstances way purpose purposes ends end reasons other similar such person people individual".split(),
    "interests processing gain gains benefit value aspect serve serves agreement application research work".split(),
    "individuals company companies firm firms third party parties body bodies organisation organisations".split(),
    "direct decision decisions onward onwards interest access part role say solely purely".split(),
)


def without_denials(text: str) -> str:
    """A text without the sentences that only deny."""
    return "\n".join(each for each in _SENTENCE.split(text) if not _only_denies(each))


def _only_denies(sentence: str) -> bool:
    """Whether each clause of a sentence denies what it names, and one names something."""
    clauses = _CLAUSE.split(sentence)
    if not sentence.isascii() or not _WORDS.issuperset(letters(sentence).split()):
        return False
    named = [each for each in clauses if not _DENIED.isdisjoint(letters(each).split())]
    return bool(named) and all(map(_denies, named))


def _denies(clause: str) -> bool:
    """Whether a clause denies once, before what it names or of whom it names."""
    words = letters(clause).split()
    denies, may, denied = (
        [place for place, word in enumerate(words) if word in these] for these in (_DENIES, _MAY, _DENIED)
    )
    if len(denies) != 1 or not denied or len(may) > 1 or not _of_commerce_alone(words):
        return False
    no = denies[0]
    if no > denied[0]:
        return words[no : no + 2] in _NO_PART and _WHO.issuperset(words[:no])
    if not may or words[no] == "cannot":
        return True
    return may[0] == no - 1 if words[no] in ("not", "never") else may[0] < denied[0] or "," not in clause


def _of_commerce_alone(words: list[str]) -> bool:
    """Whether "solely" and "purely" stand there only as in "solely commercial"."""
    after = zip(words, [*words[1:], ""], strict=True)
    return all(follows == "commercial" for word, follows in after if word in ("solely", "purely"))
