"""The measure of how hard a text is to read: against sums made by hand."""

import pytest
from reading_age import grade


@pytest.mark.parametrize(
    ("text", "words", "sentences", "syllables"),
    [
        ("The cat sat on the mat.", 6, 1, 6),
        ("We hold it. You can ask.", 6, 2, 6),
        ("Information about patients is confidential.", 5, 1, 13),
    ],
)
def test_it_is_the_formula_as_published(text, words, sentences, syllables) -> None:
    assert grade(text) == pytest.approx(0.39 * words / sentences + 11.8 * syllables / words - 15.59)


def test_hard_words_and_long_sentences_ask_for_more_years() -> None:
    easy, hard = "We keep it safe. No one else can see it.", "Confidentiality is maintained in perpetuity."
    assert grade(easy) < 6 < grade(hard)
    assert grade(easy.replace(". No", " and no")) > grade(easy)
