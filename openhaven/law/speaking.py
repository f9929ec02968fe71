"""Is a word spoken of in a text, also where it is disguised? Stems as words begin, whole words in parts or in signs.

`may_speak_of` says in a moment that there is nothing to be read; what it lets pass is read in full, once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from string import ascii_lowercase, ascii_uppercase, whitespace

from .reading import CODED, MANY, letters, seen, untagged
from .words import WORDS

ABBREVIATION = 3
PIECE = 5
"""So many letters of a word stand in a text before it is read for that word."""
_ALONE = re.compile(r"(?<![^\W_])[^\W_](?: [^\W_]){2,}(?![^\W_])")
"""Letters that stand alone, each after the other: s e l l."""
_SIGNS, _LETTERS_FOR = "0134567892@$!|+", "oieasgtbgzasiit"
"""Digits and signs that stand for a letter; a one for an i or an l."""
_SIGN_FOR = (str.maketrans(_SIGNS, _LETTERS_FOR), str.maketrans(_SIGNS, _LETTERS_FOR.replace("i", "l")))
_IN_SIGNS = re.compile(rf"(?<![a-z{re.escape(_SIGNS)}])[a-z]*[{re.escape(_SIGNS)}]+[a-z][a-z{re.escape(_SIGNS)}]*")
"""A word in which a letter follows such a sign."""
_CLASSES = ("a4@", "e3", "il1!|", "o0", "s5$", "t7+", "b8", "g96", "z2")
_LIKE = {letter: each for each in _CLASSES for letter in each if letter.isalpha()}
_OF_TWO = {"m": ("rn", r"(?:m|r[ *]?n)"), "w": ("vv", r"(?:w|v[ *]?v)")}
"""Letters that two others look like together."""
_VOWELS, _LEFT_OUT = "aeiou", "#"
_BREAK = r"[ *#!|+]?"
"""What may stand between two letters of a word."""
_AS_ONE = bytes.maketrans(
    f"{ascii_uppercase}l{_SIGNS[:10]}".encode(),
    f"{ascii_lowercase.replace('l', 'i')}i{_LETTERS_FOR[:10]}".encode(),
)
"""Letters, and the digits that stand for them, as one; an l is an i."""
_USUAL = f"{whitespace}.,:;?'()/%_-".encode() + b'"'
"""What stands between words in an everyday text."""
_BY_FREQUENCY = "eitaonsrhdcumwfgypbvkjxqz"
"""The letters of a row, the most frequent first."""
Parts = tuple[str, ...]
"""A word by what stands between its spaces, as it stands in a row."""

_Pieces = tuple[tuple[tuple[str, list[Parts]], ...], Mapping[int, list[Parts]], frozenset[int]]

_END = "."
"""After a word that ends where a word of the text ends."""


class Sought(tuple[str, ...]):
    """Words that are looked for, made once and told from others by which object they are: to compare hundreds of words
    would take longer than to find them."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


def _spelt_out(phrases: Iterable[str]) -> tuple[str, ...]:
    """Phrases, each once for every harmful good that it may speak of."""
    goods = {each: WORDS.harmful if "{harmful}" in each else ("",) for each in phrases}
    return tuple(each.replace("{harmful}", good) for each in phrases for good in goods[each])


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


def may_speak_of(texts: Iterable[str], words: tuple[str, ...]) -> bool:
    """Whether it is worth reading these texts for such words: all at once, since that takes little longer than one.

    It is where their letters in a row, the signs for letters as letters, hold the parts of one of the words, or where
    others are to be made plain."""
    text = "\n".join(dict.fromkeys(texts))
    if not text.isascii() or ("%" in text and CODED.search(text)):
        return True
    row = text.encode().translate(_AS_ONE, _USUAL).decode()
    if not row.isalpha():
        return bool(row)
    short, long, fours = _by_piece(words)
    held = [parts for part, every in short if part in row for parts in every]
    for four in fours.intersection(_fours(row)):
        held += long[four]
    return any(all(map(row.__contains__, parts)) for parts in held)


def _fours(row: str) -> list[int]:
    """Four letters from every second one on, each four as a number: wherever five stand, the first four or the last
    four of them are told. Beyond the end stand spaces."""
    letters = row.encode().ljust(len(row) + 3 & -4)
    return memoryview(letters + letters[2:] + b"  ").cast("I").tolist()


@lru_cache(maxsize=MANY)
def _says(text: str, words: tuple[str, ...]) -> bool:
    return bool(_pattern(words).search(letters(text)))


@lru_cache(maxsize=MANY)
def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return any(_found(text, words, ()))


@lru_cache(maxsize=MANY)
def _speaks_of(text: str, words: tuple[str, ...], innocent: tuple[str, ...]) -> bool:
    return any(_found(text, words, innocent))


def _found(text: str, words: tuple[str, ...], innocent: tuple[str, ...]) -> Iterator[bool]:
    """Whether each reading of a text holds a word: as it stands, letters apart put together, signs as letters, and
    whole words in parts or with letters left out."""
    stems, passed_over = _pattern(words), _pattern(innocent) if innocent else None
    plainly = letters(text)
    yield bool(stems.search(_without(passed_over, plainly)))
    if "<" in text:
        yield bool(stems.search(_without(passed_over, letters(untagged(text)))))
    together = _ALONE.sub(lambda found: found[0].replace(" ", ""), plainly)
    yield bool(stems.search(_without(passed_over, together)))
    signed = _signed(text)
    for table in _SIGN_FOR:
        as_letters = _IN_SIGNS.sub(lambda found, table=table: found[0].translate(table), signed)  # type: ignore[misc]
        yield bool(stems.search(_without(passed_over, re.sub(r"[\W_]+", " ", as_letters))))
    whole = _in_parts(words)
    yield whole is not None and bool(whole.search(_without(passed_over, signed)))


def _without(innocent: re.Pattern[str] | None, text: str) -> str:
    return text if innocent is None else innocent.sub(" ", text)


def _signed(text: str) -> str:
    """A text by its letters and the signs that stand for letters. What else stands within a word is a star, or a cross
    where it may stand for a letter left out; what stands between words is a space."""
    kept = re.sub(r"[^\w\s@$!|+#]|_", "*", seen(text).replace("*", _LEFT_OUT))
    kept = re.sub(r"(?<![^\W_])[*#]+|[*#]+(?![^\W_])|\s+", " ", kept)
    return re.sub(r" {2,}", " ", re.sub(r"[*#]{2,}", "*", kept))


@lru_cache(maxsize=MANY)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_matching, words)))


def _matching(word: str) -> str:
    if word.startswith("*"):
        return _spaced(word[1:])
    if len(word) <= ABBREVIATION:
        return rf"\b{_spaced(word)}\b"
    ends = r"(?![^\W\d_])" if word.endswith(_END) else ""
    return rf"(?<![^\W\d_]){_spaced(word.rstrip(_END))}{ends}"


def _spaced(word: str) -> str:
    return re.escape(word).replace(r"\ ", "[ *]")


@lru_cache(maxsize=MANY)
def _in_parts(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """The whole words that hold one of these, with a space or a sign between letters, and signs for letters; or with
    signs where a letter was left out."""
    whole = [each for each in WORDS.whole if _pattern(words).search(each)]
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
    if letter in _OF_TWO:
        return _OF_TWO[letter][1]
    found = _LIKE.get(letter, letter) + more
    return rf"[{re.escape(found)}]" if len(found) > 1 else re.escape(found)


@lru_cache(maxsize=MANY)
def _parts(words: tuple[str, ...]) -> tuple[Parts, ...]:
    """The parts of each word between its spaces, as it may be written: each stands unbroken in the row of a text that
    holds it."""
    written = dict.fromkeys(each for word in words for each in _written(word.strip(f"*{_END}")))
    return tuple(tuple(part.encode().translate(_AS_ONE).decode() for part in each.split()) for each in written)


def _written(word: str) -> Iterator[str]:
    """A word with each of its letters that two others look like written so, or not."""
    return map("".join, product(*((each, _OF_TWO[each][0]) if each in _OF_TWO else (each,) for each in word)))


@lru_cache(maxsize=MANY)
def _by_piece(words: tuple[str, ...]) -> _Pieces:
    """The parts of those words that have no piece, by the longest of them; of the others by the first and by the last
    four letters of that piece which is rarest, one of which is told of every row that holds it; and these fours."""
    short, long = dict[str, list[Parts]](), dict[int, list[Parts]]()
    for parts in _parts(words):
        found = [part[start : start + PIECE] for part in parts for start in range(len(part) - PIECE + 1)]
        if not found:
            short.setdefault(max(parts, key=lambda part: (len(part), _rareness(part))), []).append(parts)
            continue
        rarest = max(found, key=lambda piece: min(_rareness(piece[:-1]), _rareness(piece[1:])))
        for four in {rarest[:-1], rarest[1:]}:
            long.setdefault(_fours(four)[0], []).append(parts)
    return tuple(short.items()), long, frozenset(long)


def _rareness(letters: str) -> int:
    return sum(map(_BY_FREQUENCY.index, letters))
