"""Is a word spoken of in a text, also where it is disguised? Stems as words begin, whole words in parts or in signs.

`may_speak_of` says in a moment that there is nothing to be read; what it lets pass is read in full, once."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .denying import without_denials
from .glancing import LETTERS_FOR, OF_TWO, SIGNS, may_speak_of
from .matching import near, pattern
from .nearby import CAMPAIGNS
from .reading import MANY, letters, marked, seen, untagged
from .spelling import mended, read_turned, turned
from .words import WORDS

_ALONE = re.compile(r"(?<![^\W_])[^\W_](?: [^\W_]){2,}(?![^\W_])")
"""Letters that stand alone, each after the other: s e l l."""
_SIGN_FOR = (str.maketrans(SIGNS, LETTERS_FOR), str.maketrans(SIGNS, LETTERS_FOR.replace("i", "l")))
_IN_SIGNS = re.compile(rf"(?<![a-z{re.escape(SIGNS)}])[a-z]*[{re.escape(SIGNS)}]+[a-z][a-z{re.escape(SIGNS)}]*")
"""A word in which a letter follows such a sign."""
_CLASSES = ("a4@", "e3", "il1!|", "o0", "s5$", "t7+", "b8", "g96", "z2")
_LIKE = {letter: each for each in _CLASSES for letter in each if letter.isalpha()}
_VOWELS, _LEFT_OUT = "aeiou", "#"
_BREAK = r"[ *#!|+]?"
"""What may stand between two letters of a word."""
_SENTENCE = re.compile(r"[.;:!?]\s|[\n\r]")


class Sought(tuple[str, ...]):
    """Words that are looked for, made once and told from others by which object they are: to compare hundreds of words
    would take longer than to find them."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


def _spelt_out(phrases: Iterable[str]) -> tuple[str, ...]:
    """Phrases, each once for every harmful good, or every campaign for health, that it may speak of."""
    of = {"{harmful}": WORDS.harmful, "{campaign}": CAMPAIGNS}
    for kind, spoken_of in of.items():
        phrases = [each.replace(kind, one) for each in phrases for one in (spoken_of if kind in each else ("",))]
    return tuple(phrases)


INNOCENT = Sought(_spelt_out(WORDS.innocent))
INNOCENT_OF_PUBLIC_BODIES = Sought((*INNOCENT, *_spelt_out(WORDS.innocent_of_public_bodies)))


def says(texts: Iterable[str], words: Iterable[str]) -> bool:
    """Whether a text holds one of the words, matched from the start of a word: "insur" finds "an insurer".

    A word with a star before it is found within words too; one of three letters or fewer is matched whole, and one with
    a full stop after it to its end."""
    return any(text and _says(text, _sought(words)) for text in texts)


def mention(texts: Iterable[str], words: Iterable[str]) -> bool:
    """As `says`, also where a word is disguised: for what speaks against a use."""
    return any(text and _mentions(text, _sought(words)) for text in texts)


def _sought(words: Iterable[str]) -> tuple[str, ...]:
    return words if isinstance(words, tuple) else tuple(words)


def speaks_of(text: str, words: tuple[str, ...], *, innocent: tuple[str, ...] = INNOCENT) -> bool:
    """As `mention`, of a text of several sentences: phrases that hold such a word and mean another thing are apart."""
    return may_speak_of((text,), words) and _speaks_of(text, words, innocent)


@lru_cache(maxsize=MANY)
def _says(text: str, words: tuple[str, ...]) -> bool:
    return bool(pattern(words).search(letters(text)))


@lru_cache(maxsize=MANY)
def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return may_speak_of((text,), words) and any(_found(text, words, ()))


@lru_cache(maxsize=MANY)
def _speaks_of(text: str, words: tuple[str, ...], innocent: tuple[str, ...]) -> bool:
    return any(_found(text, words, innocent))


def _found(text: str, words: tuple[str, ...], innocent: tuple[str, ...]) -> Iterator[bool]:
    """Whether each reading of a text holds a word: as it stands, by words near each other, without marks, with slips
    mended, letters apart put together, signs as letters, whole words in parts or with letters left out, and turned."""
    if innocent is INNOCENT_OF_PUBLIC_BODIES:
        text = without_denials(text)
    stems, passed_over = pattern(words), pattern(innocent) if innocent else None
    plainly = letters(text)
    yield bool(stems.search(_without(passed_over, plainly)))
    nearby = near(words)
    yield nearby is not None and any(
        nearby.search(_without(passed_over, letters(each))) for each in _SENTENCE.split(text)
    )
    if marked(text):
        yield bool(stems.search(_without(passed_over, letters(untagged(text)))))
    yield bool(stems.search(_without(passed_over, mended(plainly))))
    together = _ALONE.sub(lambda found: found[0].replace(" ", ""), plainly)
    yield bool(stems.search(_without(passed_over, together)))
    signed, long = _signed(text), pattern(read_turned(words))
    yield any(map(long.search, (*turned(plainly), *turned(together))))
    for table in _SIGN_FOR:
        as_letters = _IN_SIGNS.sub(lambda found, table=table: found[0].translate(table), signed)  # type: ignore[misc]
        as_letters = re.sub(r"[\W_]+", " ", as_letters)
        yield bool(stems.search(_without(passed_over, as_letters)))
        yield any(map(long.search, turned(as_letters)))
    whole = _in_parts(words)
    yield whole is not None and bool(whole.search(_without(passed_over, signed)) or whole.search(signed[::-1]))


def _without(innocent: re.Pattern[str] | None, text: str) -> str:
    return text if innocent is None else innocent.sub(" ", text)


def _signed(text: str) -> str:
    """A text by its letters and the signs that stand for letters. What else stands within a word is a star, or a cross
    where it may stand for a letter left out; what stands between words is a space."""
    kept = re.sub(r"[^\w\s@$!|+#]|_", "*", seen(text).replace("*", _LEFT_OUT))
    kept = re.sub(r"(?<![^\W_])[*#]+|[*#]+(?![^\W_])|\s+", " ", kept)
    return re.sub(r" {2,}", " ", re.sub(r"[*#]{2,}", "*", kept))


@lru_cache(maxsize=MANY)
def _in_parts(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """The whole words that hold one of these, with a space or a sign between letters, and signs for letters; or with
    signs where a letter was left out."""
    whole = [each for each in WORDS.whole if pattern(words).search(each)]
    if not whole:
        return None
    each = "|".join(f"{_broken(word)}|{_masked(word)}" for word in whole)
    return re.compile(rf"(?<![^\W\d_])(?:{each})(?:[ *]?s)?(?![^\W\d_])")


def _broken(word: str) -> str:
    return _BREAK.join(map(_like, word.replace(" ", "")))


def _masked(word: str) -> str:
    masked = (_like(each, _LEFT_OUT if each in _VOWELS else "") for each in word if each != " ")
    return "".join(masked)


def _like(letter: str, more: str = "") -> str:
    if letter in OF_TWO:
        return OF_TWO[letter][1]
    found = _LIKE.get(letter, letter) + more
    return rf"[{re.escape(found)}]" if len(found) > 1 else re.escape(found)
