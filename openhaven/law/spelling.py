"""Long words as they are written by a slip of the hand, backwards, or with each letter thirteen letters on.

Only words that cannot be had from an everyday word in such a way: short ones are left alone."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from string import ascii_lowercase
from types import MappingProxyType

from .matching import END, NEAR, pattern
from .nearby import MISSPELT
from .reading import MANY
from .words import WORDS

LONG = 6
"""So many letters has a word that is read backwards too."""
_THIRTEEN_ON = str.maketrans(ascii_lowercase, ascii_lowercase[13:] + ascii_lowercase[:13])
_VOWELS = "aeiou"
_WHOLE = tuple(each for each in WORDS.whole if " " not in each and len(each) >= LONG)


def turned(text: str) -> tuple[str, str]:
    """A text read backwards, and with each letter for the one thirteen letters on."""
    return text[::-1], text.translate(_THIRTEEN_ON)


@lru_cache(maxsize=MANY)
def read_turned(words: tuple[str, ...]) -> tuple[str, ...]:
    """Those words that are looked for in a text that is turned, and whole words that hold another."""
    alone = tuple(each for each in words if NEAR not in each and " " not in each)
    long = tuple(each for each in alone if len(each.strip(f"*{END}")) >= LONG or each == "*insur")
    short = pattern(tuple(each for each in alone if each not in long))
    return (*long, *(each for each in _WHOLE if short.search(each)))


def mended(text: str) -> str:
    """A text, read as letters and spaces, in which the slips in long words are put right."""
    return " ".join(_SLIPS.get(each, each) for each in text.split(" "))


def misspelt(word: str) -> Iterator[str]:
    """How a word is written by one slip: a letter left out, two letters changed about, a letter twice, a vowel for
    another or one too many."""
    for place, letter in enumerate(word):
        before, after = word[:place], word[place + 1 :]
        yield before + after
        yield before + letter + letter + after
        if after:
            yield before + after[0] + letter + after[1:]
        if letter in _VOWELS:
            yield from (before + other + after for other in _VOWELS)
        yield from (before + other + letter + after for other in _VOWELS if place)


@cache
def misspelt_of(word: str) -> tuple[str, ...]:
    """The slips by which a long word is missed that holds this one."""
    found = pattern((word,))
    return tuple(slip for slip, right in _SLIPS.items() if found.search(right))


def slips_in(words: Iterable[str]) -> Mapping[str, str]:
    """Each word that a slip makes of one of these, and what it stands for."""
    right = {each: [each, f"{each}s"] for each in words}
    found = {slip: word for word, each in right.items() for one in each for slip in misspelt(one)}
    words = {*right, *WORDS.whole}
    return MappingProxyType(
        {slip: word for slip, word in found.items() if words.isdisjoint((slip, slip.removesuffix("s")))}
    )


_SLIPS = slips_in(MISSPELT)
