"""One plain line for whatever went wrong, however the error was made."""

from openhaven.cli.main import commands, run


def test_an_error_that_a_library_made_from_itself_is_told_all_the_same(monkeypatch, capsys):
    def failing(*_, **__):
        error = RuntimeError("twisted")
        error.add_note("and this besides")
        raise error from error

    monkeypatch.setattr(commands, "main", failing)
    assert run([]) == 1
    said = capsys.readouterr().err
    assert "twisted" in said and "and this besides" in said
