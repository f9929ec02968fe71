"""The picture of a case's states is the one that the table draws."""

import make_cases


def test_the_picture_is_drawn_from_the_table() -> None:
    said = make_cases.PICTURE.read_text(encoding="utf-8")
    assert said == make_cases.picture(), "run: python docs/make_reference.py"
