"""How many years at school a text asks for, by the Flesch-Kincaid grade; a child of eleven is in the sixth.

J. P. Kincaid, R. P. Fishburne, R. L. Rogers and B. S. Chissom, Derivation of new readability formulas for Navy enlisted
personnel, Research Branch Report 8-75, Naval Technical Training Command, 1975. Syllables are counted by groups of
vowels."""

from __future__ import annotations

import re


def grade(text: str) -> float:
    """The grade of a text."""
    sentences = [each for each in re.split(r"[.?!:]\s|\n\s*\n", text) if re.search("[a-z]", each)]
    words = re.findall(r"[A-Za-z']+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    word = word.lower()
    found = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith("le") and found > 1
    return max(1, found - silent)
