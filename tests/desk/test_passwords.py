"""Given what guessers try first, when somebody chooses it as a password, then it is refused; three random words are
not."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from openhaven.desk.passwords import Dressed, OwnWords
from openhaven.desk.stolen import Stolen, check_stolen
from openhaven.model.errors import BadInput


@dataclass(frozen=True)
class Somebody:
    """Who is invited, and has no post yet."""

    email: str
    name: str
    pk: None = None
    posts: tuple[()] = ()


OLU = Somebody("olu.adeyemi@thornshire.nhs.uk", "Olu Adeyemi")
NAMES = ("Thornshire Data Haven",)


def refused(check, password: str) -> bool:
    try:
        check.validate(password, OLU)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    "password",
    ["Password1234!!", "P@ssw0rd2026##", "passwordpassword", "qwertyuiop1234", "123456789123456789", "aaaaaaaaaaaa",
     "ababababababab", "!!!!dragon!!!!", "Sunshine*2026*", "111111111111111"],
)  # fmt: skip
def test_a_common_password_is_refused_however_it_is_dressed_up(password: str) -> None:
    assert refused(Dressed(), password)


@pytest.mark.parametrize(
    "password",
    ["olu.adeyemi@thornshire.nhs.uk", "olu.adeyemi-2026-x", "OLU ADEYEMI and me too", "thornshire-data-haven!!",
     "ThornshireDataHaven99", "haven-thornshire-1", "welcome openhaven 22", "adeyemi2026adeyemi!"],
)  # fmt: skip
def test_one_made_of_a_persons_own_words_is_refused(password: str) -> None:
    assert refused(OwnWords(NAMES), password)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "three other words entirely", "my data lies by the river bend",
     "ünicode gehört auch dazu", "haven of quiet blue lanterns"],
)  # fmt: skip
def test_three_random_words_are_taken(password: str) -> None:
    assert not refused(Dressed(), password) and not refused(OwnWords(NAMES), password)


@given(st.text(string.ascii_lowercase, min_size=12, max_size=30), st.sampled_from(["Thornshire", "Adeyemi", "haven"]))
def test_a_word_of_ones_own_neither_helps_nor_harms_what_is_long_enough_without_it(rest: str, own: str) -> None:
    assert refused(OwnWords(NAMES), f"{own} {rest}") == refused(OwnWords(NAMES), rest)


@pytest.fixture(scope="module")
def stolen(tmp_path_factory):
    """A file of hashes in their order, as they are published."""
    file = tmp_path_factory.mktemp("stolen") / "hashes.txt"
    hashes = sorted(hashlib.sha1(f"stolen {place}".encode()).hexdigest().upper() for place in range(997))
    file.write_text("".join(f"{each}:{place}\r\n" for place, each in enumerate(hashes)))
    return file


def test_of_stolen_passwords_each_is_found_and_no_other(stolen) -> None:
    check_stolen(stolen)
    assert all(refused(Stolen(str(stolen)), f"stolen {place}") for place in range(997))
    assert not any(refused(Stolen(str(stolen)), f"not stolen {place}") for place in range(997))


def test_a_file_of_stolen_passwords_that_is_none_is_said_and_lets_nothing_by(tmp_path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        check_stolen(tmp_path / "none.txt")
    (tmp_path / "words.txt").write_text("password\n")
    with pytest.raises(BadInput, match="SHA-1"):
        check_stolen(tmp_path / "words.txt")
    with pytest.raises(OSError):
        Stolen(str(tmp_path / "none.txt")).validate("anything at all")
