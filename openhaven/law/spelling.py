"""Long words as they are written by a slip of the hand, backwards, or with each letter thirteen letters on.

Only words that cannot be had from an everyday word in such a way: short ones are left alone."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
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


def misspelt_of(word: str) -> list[str]:
    """The slips by which a long word is missed that begins with this one, or holds one that may stand within."""
    stem, within = word.strip(f"*{END}"), word.startswith("*")
    held = [each for each in MISSPELT if each.startswith(stem) or (within and stem in each)]
    return [slip for each in held for slip in _SLIPS_OF[each]]


def slips_in(words: Iterable[str]) -> Mapping[str, str]:
    """Each word that a slip makes of one of these, and what it stands for; none of those that are found as they are."""
    found = {slip: word for word in words for one in (word, f"{word}s") for slip in misspelt(one)}
    known = pattern((*WORDS.insurance, *WORDS.marketing, *WORDS.doubtful))
    return MappingProxyType({slip: word for slip, word in found.items() if not known.search(slip)})


_SLIPS = slips_in(MISSPELT)
_SLIPS_OF = {word: [slip for slip, right in _SLIPS.items() if right == word] for word in MISSPELT}
