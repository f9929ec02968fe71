"""Whether it is worth reading a text for some words: told in a moment, of hundreds of words at once.

The letters of a text stand in a row, and each word has a few letters that are seldom met: only a row that holds these
is looked at further, and only a text whose row holds a whole word is read (`speaking`)."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import product
from string import ascii_lowercase, ascii_uppercase, whitespace

from .matching import END, NEAR, pair
from .reading import CODED, MANY
from .spelling import misspelt_of, read_turned, turned

PIECE = 5
"""So many letters of a word stand in a text before it is read for that word."""
SIGNS, LETTERS_FOR = "0134567892@$!|+", "oieasgtbgzasiit"
"""Digits and signs that stand for a letter; a one for an i or an l."""
OF_TWO = {"m": ("rn", r"(?:m|r[ *]?n)"), "w": ("vv", r"(?:w|v[ *]?v)")}
"""Letters that two others look like together."""
_AS_ONE = bytes.maketrans(
    f"{ascii_uppercase}l{SIGNS[:10]}".encode(),
    f"{ascii_lowercase.replace('l', 'i')}i{LETTERS_FOR[:10]}".encode(),
)
"""Letters, and the digits that stand for them, as one; an l is an i."""
_USUAL = f"{whitespace}.,:;?'()/%_-".encode() + b'"'
"""What stands between words in an everyday text."""
_BY_FREQUENCY = "eitaonsrhdcumwfgypbvkjxqz"
"""The letters of a row, the most frequent first."""
_EVERYDAY = """to see whether shorter stays are safe for which the purpose needs it, and to find out what helps people
that it is linked with who hold the records; stays are counted in days; care is safer: deaths within thirty days are
fewer. we would look at how often patients with this condition were admitted to hospital from their homes, and whether
the health service could have been there sooner; how should services in the community be planned through the year; the
results will be published by the university, and used by commissioners in the trusts of the region; everybody who was
in the country during these years is asked for, since the outcome is rare; general practices, wards and clinics are
compared over time; screening, treatment and follow-up are described; random errors; national audit of the quality"""
"""How an application is written: what stands here tells little."""
Parts = tuple[str, ...]
"""What stands unbroken in the row of a text that holds a word, or two that are near each other."""

_Pieces = tuple[tuple[tuple[str, list[Parts]], ...], Mapping[int, list[Parts]], frozenset[int]]


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
def _parts(words: tuple[str, ...]) -> tuple[Parts, ...]:
    """What the row of a text holds that holds one of the words: the word as it may be written, the first five letters
    that are rare of a slip, or both of two that are near each other."""
    return tuple(dict.fromkeys(each for word in words for each in _in_a_row(word)))


@cache
def _in_a_row(word: str) -> tuple[Parts, ...]:
    if NEAR in word:
        return tuple((_as_one(one), _as_one(other)) for one, other in product(*pair(word)))
    written = [*_written(word)]
    long = [one for each in read_turned((word,)) for one in _written(each.strip(f"*{END}"))]
    turns = [turn for each in long for turn in turned(each)]
    whole = map(_as_one, (*written, *turns))
    return tuple((each,) for each in (*whole, *(_rarest(_as_one(each)) for each in misspelt_of(word))))


def _as_one(word: str) -> str:
    """A word as it stands in a row, which has no spaces."""
    return word.encode().translate(_AS_ONE, f" *{END}".encode()).decode()


def _written(word: str) -> Iterator[str]:
    """A word with each of its letters that two others look like written so, or not."""
    return map("".join, product(*((each, OF_TWO[each][0]) if each in OF_TWO else (each,) for each in word)))


@lru_cache(maxsize=MANY)
def _by_piece(words: tuple[str, ...]) -> _Pieces:
    """The parts of those words that have no piece, by the rarest of them; of the others by the first and by the last
    four letters of that piece which is rarest, one of which is told of every row that holds it; and these fours."""
    short, long = dict[str, list[Parts]](), dict[int, list[Parts]]()
    for parts in _parts(words):
        rarest = max(map(_rarest, parts), key=_hardly_met)
        if len(rarest) < PIECE:
            short.setdefault(rarest, []).append(parts)
            continue
        for four in {rarest[:-1], rarest[1:]}:
            long.setdefault(_fours(four)[0], []).append(parts)
    return tuple(short.items()), long, frozenset(long)


@cache
def _rarest(part: str) -> str:
    """Those letters of a part, as many as a piece has, that are met least of all; a shorter part as it is."""
    pieces = [part[start : start + PIECE] for start in range(len(part) - PIECE + 1)]
    return max(pieces, key=_hardly_met) if pieces else part


@cache
def _hardly_met(piece: str) -> tuple[bool, bool, int]:
    fours = piece[:-1], piece[1:]
    return len(piece) == PIECE, not any(map(_everyday_row().__contains__, fours)), min(map(_rareness, fours))


@cache
def _everyday_row() -> str:
    return _EVERYDAY.encode().translate(_AS_ONE, _USUAL).decode()


def _rareness(letters: str) -> int:
    """How seldom these are met; a sign that is no letter, least of all."""
    return sum(map(_SELDOM.__getitem__, letters))


_SELDOM = {sign: _BY_FREQUENCY.find(sign) % (len(_BY_FREQUENCY) + 1) for sign in map(chr, range(256))}
