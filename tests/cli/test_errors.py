"""One plain line for whatever went wrong, however the error was made."""

import io
import sys

import pytest

from openhaven.cli.main import commands, run
from openhaven.cli.speak import asked_number
from openhaven.model.errors import BadInput


def test_an_error_that_a_library_made_from_itself_is_told_all_the_same(monkeypatch, capsys):
    def failing(*_, **__):
        error = RuntimeError("twisted")
        error.add_note("and this besides")
        raise error from error

    monkeypatch.setattr(commands, "main", failing)
    assert run([]) == 1
    said = capsys.readouterr().err
    assert "twisted" in said and "and this besides" in said


def test_a_group_without_a_command_shows_its_help_and_cuts_no_sentence_off(capsys):
    assert run(["log"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Usage: haven log") and "..." not in said.replace("[ARGS]...", "")
    assert run(["--help"]) == 0
    assert "..." not in capsys.readouterr().out.replace("[ARGS]...", "")


def test_a_word_a_day_or_a_folder_that_is_wrong_is_named_in_one_short_line(tmp_path, monkeypatch, capsys):
    file = tmp_path / "a.csv"
    file.write_text("sex\n1\n")
    for typed, says in (
        (["record", "organization", file], "Invalid value for 'KIND': 'organization' is not one of 'organisation', "),
        (["decide", file, "--on", "22/11/2026"], "'22/11/2026' is not written as 2026-11-30 is"),
        (["--haven", tmp_path / "none", "status"], "none"),
        (["register", "--out"], "requires an argument"),
    ):
        assert run([str(each) for each in typed]) == 2
        assert says in capsys.readouterr().err


def test_a_file_in_a_folder_that_is_not_there_is_told_by_the_folder(monkeypatch, capsys, tmp_path):
    def failing(*_, **__):
        (tmp_path / "none" / ".question.part").write_text("")

    monkeypatch.setattr(commands, "main", failing)
    assert run([]) == 2
    assert (
        capsys.readouterr().err == f"haven: {tmp_path}/none: there is no such folder. Make it first, or name another.\n"
    )


def test_a_number_can_be_sent_where_nobody_types(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("999 000 0018\n"))
    assert asked_number() == "999 000 0018"
    with pytest.raises(BadInput, match="no NHS number was given"):
        asked_number()
