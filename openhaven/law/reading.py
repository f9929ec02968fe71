"""A text as a person reads it, whatever was done to its letters: entities, invisible signs, look-alikes, broken words.

Here, and nowhere else, a text is made plain before any word is looked for in it."""

import html
import re
import unicodedata
from functools import lru_cache

_LETTERS = "æœøđłðþŋ"
_STRANGE = re.compile(rf"(?![a-z{_LETTERS}\u0370-\u03ff])[^\W\d_]|[\u0370-\u03ff]{{3}}")
"""A letter that is neither Latin nor Greek, or Greek words."""
_GREEK_WITHIN = re.compile(r"[a-z]+[\u0370-\u03ff]+[a-z][a-z\u0370-\u03ff]*|[\u0370-\u03ff]+[a-z]{5,}")
_QUANTITY = 5
"""A word of so many Latin letters and a Greek one among them is no quantity, as TNF-α, NFκB and μmol are."""
ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХԌԜ" "авеѕіјкмнорстухһԁԛԝгпи" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ" "αβεηικνορτυχγωςϲ" "օոսցհ¡łøđ€†§∪"
    "ıɩɪɴꜱᴜʀᴀᴄᴇᴍᴋᴛɢᴅᴠʙʟᴏᴘʏᴡᴢᴊɑɡ",
    "ABESIJKMHOPCTYXGW" "abesijkmhopctyxhdqwrnu" "ABEZHIKMNOPTYXC" "abenikvoptuxywcc" "onughilodetsu"
    "iiinsuracemktgdvblopywzjag",
)  # fmt: skip
"""Letters of other alphabets, and small capitals, that look like those of ours."""
_ENCLOSED = {first + place: 97 + place for first in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)}
"""Letters on a dark ground and those of flags."""
_NO_SIGNS = dict.fromkeys(map(ord, "©®™℠"))
"""What a trade mark adds to a name."""
MANY = 4096
"""How many readings of coded words are remembered, so that each is read once however many uses say it."""
DEPTH = 3
"""An entity may be written as an entity, so often."""
CODED = re.compile(r"(?:%[0-9a-f]{2})+|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}", re.IGNORECASE)
"""Signs written by their numbers, as addresses of pages and programs write them: %69, \\x69 or \\u0069 for i."""
_TAG = re.compile(r"</?[a-z][^<>]*>|<!--.*?-->|\[/?[a-z][^\[\]]*\]", re.IGNORECASE | re.DOTALL)


def unescaped(text: str) -> str:
    """A text with its entities, such as &#105; or %69 for i, as what they stand for."""
    for _ in range(DEPTH):
        if "&" not in text and "%" not in text and "\\" not in text:
            break
        text = CODED.sub(_decoded, html.unescape(text))
    return text


def _decoded(found: re.Match[str]) -> str:
    """What stands there by its number; the same again where it is no letter: "95%C" and "20%50" are shares."""
    said = found[0]
    if said.startswith("\\"):
        return chr(int(said[2:], 16))
    return bytes.fromhex(said.replace("%", "")).decode("utf-8", errors="ignore") or said


def marked(text: str) -> bool:
    """Whether there may be marks of a page in a text."""
    return "<" in text or "[" in text or "&" in text


def untagged(text: str) -> str:
    """A text without the marks of a page, such as <b> or [b], which part no word."""
    return _TAG.sub("", unescaped(text))


def unmarked(text: str) -> str:
    """A text without the marks on its letters, its invisible signs and the breadth of its letters."""
    text = unescaped(text)
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_NO_SIGNS)).translate(_ENCLOSED)
    return "".join(each for each in decomposed if unicodedata.category(each) not in ("Mn", "Me", "Cf"))


def seen(text: str) -> str:
    """A text by what its letters look like, in lower case; what is no letter stays."""
    return unmarked(text).translate(ALIKE).casefold()


def letters(text: str) -> str:
    """A text as it is read: letters as what they look like, one space between words."""
    return re.sub(r"[\W_]+", " ", seen(text)).strip()


@lru_cache(maxsize=MANY)
def legible(text: str) -> bool:
    """Whether every letter is one of those in which the names and words of the law are written."""
    return all(each.isascii() or each in _LETTERS for each in unmarked(text).casefold() if each.isalpha())


LONG_ENOUGH = 60
"""A text of so many letters that holds no word of English or Welsh that joins others is in another language."""
_JOINS = frozenset("the of and to for with by from at yn yr ar gyfer".split())


def in_another_language(text: str) -> bool:
    """Whether a text of some length is neither in English nor in Welsh, by the little words that join others; a list
    of things, parted by commas or the like, is in none."""
    if len(text) < LONG_ENOUGH:
        return False
    words = frozenset(letters(text).split())
    return _JOINS.isdisjoint(words) and any(len(words & each) >= TELLING for each in _ABROAD)


TELLING = 2
"""So many little words of a language tell it."""
_ABROAD = tuple(
    frozenset(each.split())
    for each in (
        "der die das und fur von mit ist wie wir nicht zu zur im auf",
        "le la les des du et une pour nous que dans est sur",
        "el los las del y para con por una cuanto como la en",
        "il gli della e di per che una nel la i",
        "het een van voor en met wij zijn",
        "i w na dla z do oraz ktorzy jest nie za aby ile sie",
        "o da dos uma os com nao para que",
        "ke ki ka ko mein aur hai karne",
        "ve bir icin ile bu",
    )
)
"""Little words of other languages, as they are read."""
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of writing: a person reads another text than stands there."""


@lru_cache(maxsize=MANY)
def readable(text: str) -> bool:
    """As `legible`, of a text of several sentences, in which a Greek letter or two may stand for a quantity."""
    text = unescaped(text)
    if text.isascii():
        return True
    plainly = unmarked(text).casefold()
    return not (_TURNED.search(text) or _STRANGE.search(plainly) or any(map(_mixed, _GREEK_WITHIN.findall(plainly))))


def _mixed(word: str) -> bool:
    return sum(each.isascii() for each in word) >= _QUANTITY


@lru_cache(maxsize=MANY)
def bare(text: str) -> str:
    """A name by its letters and digits alone, each as what it looks like: so that what speaks against a use is not
    missed for a dot, a hyphen or a letter of another alphabet. What speaks for one is compared as it stands."""
    return letters(text).replace(" ", "")


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


@lru_cache(maxsize=MANY)
def plain(text: str) -> str:
    """A coded word however written: lower case, no invisible signs, one space for spaces, hyphens or underlines."""
    kept = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return re.sub(r"[\s_-]+", " ", kept).strip().lower()
