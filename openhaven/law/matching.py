"""One pattern of many words: a tree of their letters, since to try hundreds of words one after the other takes long."""

import re
from collections.abc import Iterable
from functools import lru_cache

from .reading import MANY

ABBREVIATION = 3
"""A word of so many letters or fewer is matched whole."""
END = "."
"""After a word that ends where a word of the text ends."""
NEAR, OR = " ~ ", "|"
"""Between words of which one of the first is to stand near one of the second."""
APART = 5
"""So many words at most stand between two that are near each other."""
_BEGINS, _ENDS = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_LETTER = {" ": "[ *]", END: _ENDS}
_NOTHING = "(?!)"
_Tree = dict[str, "_Tree"]


@lru_cache(maxsize=MANY)
def pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Each of the words, but for those that are near each other: see `near`."""
    alone = [each for each in words if NEAR not in each]
    within = [each[1:] for each in alone if each.startswith("*")]
    whole = [each for each in alone if len(each) <= ABBREVIATION]
    begin = [each for each in alone if len(each) > ABBREVIATION and not each.startswith("*")]
    kinds = (within and _tree(within), begin and _BEGINS + _tree(begin), whole and rf"\b{_tree(whole)}\b")
    return re.compile("|".join(each for each in kinds if each) or _NOTHING)


@lru_cache(maxsize=MANY)
def near(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Two words that stand within a few words of each other, in either order."""
    pairs = [pair(each) for each in words if NEAR in each]
    if not pairs:
        return None
    between = rf"[^ ]*(?: [^ ]+){{0,{APART}}} "
    trees = [(_tree(first), _tree(second)) for first, second in pairs]
    return re.compile(_BEGINS + f"(?:{'|'.join(f'{a}{between}{b}|{b}{between}{a}' for a, b in trees)})")


def pair(words: str) -> tuple[list[str], list[str]]:
    """The words of which one stands near one of the others."""
    first, second = words.split(NEAR)
    return first.split(OR), second.split(OR)


def _tree(words: Iterable[str]) -> str:
    tree: _Tree = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _branch(tree)


def _branch(node: _Tree) -> str:
    each = [_LETTER.get(letter, re.escape(letter)) + _branch(after) for letter, after in node.items() if letter]
    if not each:
        return ""
    one = each[0] if len(each) == 1 and "" not in node else f"(?:{'|'.join(each)})"
    return f"{one}?" if "" in node else one
