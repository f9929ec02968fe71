"""Deliveries as clumsy hands send them: what is told names nobody, and nothing waits for what never comes."""

import os

import pytest

from openhaven.model.errors import BadInput
from openhaven.vault.texts import wide_encoding


@pytest.fixture
def refused(bench):
    dataset = bench.describe()

    def check(path, *says):
        with pytest.raises(BadInput) as error:
            bench.deliver(dataset, path)
        assert all(words in str(error.value) for words in says), str(error.value)
        return str(error.value)

    return check


def test_a_file_without_its_heading_is_refused_and_none_of_its_values_told(bench, made, refused):
    rows = "\n".join(made.rows(3)) + "\n"
    told = refused(bench.file(rows, "episodes.csv"), "no column that dataset", "Send the file with its heading.")
    assert not any(value in told for value in made.rows(1)[0].split(",") if len(value) > 4)


def test_a_heading_in_capitals_is_still_told_which_name_is_meant(bench, made, refused):
    text = made.heading.upper() + "\n" + "\n".join(made.rows(3)) + "\n"
    refused(bench.file(text, "episodes.csv"), "Perhaps", "letter for letter")


def test_a_column_without_a_name(bench, made, refused):
    refused(bench.file(made.heading + ",,\n", "episodes.csv"), "a column has no name")


def test_a_pipe_is_refused_at_once(bench, refused, tmp_path):
    os.mkfifo(tmp_path / "episodes.csv")
    refused(tmp_path / "episodes.csv", "not a plain file")


def test_a_byte_order_mark_before_json_is_named_with_the_command_that_takes_it_off(bench, refused):
    refused(bench.file(b"\xef\xbb\xbf{}\n".decode(), "episodes.ndjson"), "byte order mark", "tail -c +4")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_letters_are_told_from_damage(encoding):
    name = wide_encoding("nhs_number,sex\n1,M\n".encode(encoding))
    assert name.replace("-", "").lower() == encoding.replace("-", "")
    assert not wide_encoding(b"nhs_number,sex\n1,M\n") and not wide_encoding(b"\0" * 99) and not wide_encoding(b"")
