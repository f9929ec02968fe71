"""What a reader gets: the explanation at a terminal, and the letter that every outcome writes."""

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from openhaven.law import Sender, decide, explain, letter
from openhaven.law.agenda import ROAD
from openhaven.law.explaining import _IN_WORDS, ASKS, in_words, sentence
from openhaven.model.application import Funder
from openhaven.model.obligation import (
    AuditViews,
    Figures,
    KOverEvents,
    KOverKeys,
    LDiversity,
    LocalRecoding,
    NoPersonLink,
    Objections,
    Obligation,
    TCloseness,
)
from openhaven.model.protection import Distance, Spread
from openhaven.model.record.advice import Classification
from openhaven.model.record.controllers import Say
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Precision, Route

NAMES = (
    "university",
    "cancer audit",
    "insurer",
    "consultancy",
    "health protection",
    "commissioner",
    "trial",
    "refresh",
)
SENDER = Sender("Northby Haven", "reviews@haven.example")


def decided(asked):
    return decide(asked.application, asked.facts, on=asked.on)


def written(asked):
    return letter(decided(asked), asked.application, sender=SENDER, organisations=asked.facts.every(Organisation))


def poor(asked):
    """The same application before an empty shelf of records."""
    return replace(asked, facts=replace(asked.facts, records=()))


class Page(HTMLParser):
    """Open elements, headings and visible text of a page."""

    def __init__(self, html):
        super().__init__()
        self.open, self.headings, self.tags, self.words = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append((self.open[-1], data))
        if "style" not in self.open:
            self.words.append(data)


@pytest.mark.parametrize("name", NAMES)
class TestEveryOutcome:
    def test_says_what_was_decided_why_what_would_change_it_and_how_to_ask_for_a_review(self, story, name):
        for asked in (story[name], poor(story[name])):
            text = written(asked).text
            for part in (
                "21 November 2026",
                "WHAT WOULD CHANGE IT",
                "DATES",
                "IF YOU THINK THIS IS WRONG",
                "reviews@haven.example",
            ):
                assert part in text
            assert "21 February 2027" in text

    def test_says_no_more_than_is_true(self, story, name):
        for asked in (story[name], poor(story[name])):
            said = (written(asked).text, written(asked).html, explain(decided(asked)))
            assert not [word for text in said for word in re.findall(r"(?i)\b(?:un)?lawful\w*|\banonymous\w*", text)]

    def test_the_page_is_whole_and_can_be_read_aloud(self, story, name):
        page = Page(written(story[name]).html)
        assert page.open == []
        assert ("html", {"lang": "en-GB"}) in page.tags
        assert [level for level, _ in page.headings].count("h1") == 1
        assert page.headings[0][0] == "h1"
        assert not [tag for tag, _ in page.tags if tag in ("script", "img", "link", "iframe")]

    def test_page_and_text_say_the_same(self, story, name):
        said = written(story[name])
        squeezed = " ".join(" ".join(Page(said.html).words).split()).lower()
        lines = said.text.replace("\n  ", " ").split("\n\n")[5:]
        sentences = [
            " ".join(line.removeprefix("- ").split()) for block in lines for line in re.split(r"\n(?=- )", block)
        ]
        for each in sentences:
            assert each.lower() in squeezed, each

    def test_explaining_goes_question_by_question_with_provisions(self, story, name):
        text = explain(decided(story[name]))
        squeezed = " ".join(text.split())
        for place, asks in enumerate(ASKS.values(), start=1):
            assert f"{place}. {asks}" in squeezed
        for settled in decided(story[name]).questions:
            for finding in settled.findings:
                assert all(id in text for id in finding.provisions)
        assert max(map(len, text.splitlines())) <= 100


def test_a_refusal_names_the_provision_by_its_title(story):
    assert "LAW-50 Never for insurance or marketing" in " ".join(written(story["insurer"]).text.split())
    assert "Nothing has been released" in written(story["insurer"]).text


def test_a_referral_names_who_must_decide(story):
    text = " ".join(written(story["consultancy"]).text.split())
    assert "WHO MUST DECIDE - Independent advice first, then the operator's senior responsible person" in text


def test_a_permit_lists_what_has_to_be_done_with_its_dates(story):
    (found,) = story["refresh"].facts.every(Classification)
    text = " ".join(written(story["refresh"].with_record(found.id, by="the head of statistics")).text.split())
    assert "The recipient destroys the data by 30 January 2028." in text
    assert "destroys the former file by 21 December 2026" in text
    assert re.search(r" pseudonyms of \S+ under \S+, epoch \S+\. ", text)
    assert "- The head of statistics, Caldicott Guardian, found on " in text


def test_a_question_that_nothing_answers_says_so(story):
    asked = story["university"].with_application(route=Route.CASE_MANAGER).at(dt.date(2014, 6, 1))
    text = " ".join(explain(decided(asked)).split())
    assert "No: nothing that was in force on that day answers this with a yes, and silence is a no." in text
    assert "- Something on record that answers the question: Is there a way round the duty of confidence? -" in text


class TestSentences:
    def test_no_agreement_is_what_is_wrong_where_there_is_none(self, story):
        text = " ".join(explain(decided(poor(story["university"]))).split())
        assert "There is no agreement on record that says which fields may leave, and of whom." in text
        assert "depends on what university is in law, and university is not on record" in text
        assert "silence is a no" not in text.replace("of north-trust and south-trust, and silence is a no", "")

    @pytest.mark.parametrize(
        ("phrase", "said"),
        [
            ("an agreement.", "An agreement."),
            ("a record: is it so?", "A record: is it so?"),
            ("north-trust and south-trust agree", "north-trust and south-trust agree."),
        ],
    )
    def test_begin_and_end_as_sentences_do(self, phrase, said):
        assert sentence(phrase) == said

    def test_speak_of_two_as_two(self, story):
        notice = story["university"].without("notice-agreement-university")
        assert "that north-trust, south-trust and Northby University (university) use episodes" in explained(notice)
        partners = (Funder("Fen Trading", "software"), Funder("Ash Trading", "software"))
        assert "Ash Trading and Fen Trading are no public bodies of record" in explained(
            story["university"].with_application(funders=partners)
        )
        assert "Clearwater Insight is no public body of record" in explained(
            story["consultancy"].with_application(funders=())
        )
        both = story["university"].with_record("yes-north-trust", says=Say.DECLINES)
        neither = both.with_record("agreement-university", controllers=("north-trust",))
        assert "south-trust is no party to agreement-university and left out" in explained(neither)

    def test_say_nobody_is_public_who_is_a_charity_or_is_not_there(self, story):
        assert "Applicant and recipient are public bodies of record." in explained(story["university"])
        fund = Organisation("heart-fund", "Heart Fund", bodies=("charity",))
        paid = story["university"].plus(fund).with_application(funders=(Funder("heart-fund", "charity"),))
        assert "whoever pays is one, or a charity that carries on no business" in explained(paid)

    def test_do_not_hold_a_refusal_against_anybody(self, story):
        said = explained(poor(story["university"]))
        assert "Once everything that is listed above is there, apply again: nobody holds this refusal against" in said


def explained(asked):
    return " ".join(explain(decided(asked)).split())


def test_names_are_written_as_text_never_as_markup(story):
    asked = story["university"].with_application(title="<script>alert('x')</script> & more")
    html = written(asked).html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_letter_about_another_application_is_refused(story):
    with pytest.raises(ValueError, match="the decision is about"):
        letter(decided(story["trial"]), story["university"].application, sender=SENDER)


def test_colours_can_be_read():
    """WCAG 2.2, 1.4.3: text against its background at 4.5 to 1 or better."""

    def light(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    from importlib.resources import files

    style = files("openhaven.law").joinpath("templates", "letter.html").read_text(encoding="utf-8")
    colours = re.findall(r"[ ;{]color: (#[0-9a-f]{6})", style)
    assert colours
    assert all(1.05 / (light(colour) + 0.05) >= 4.5 for colour in colours)


_MORE = {"quasi": ("sex", "age"), "provisions": (), "because": ""}
BEYOND_K = (
    LDiversity(field="diagnosis", l=3, spread=Spread.DISTINCT, c=None, at=Precision.AS_HELD, **_MORE),
    LDiversity(field="diagnosis", l=2.5, spread=Spread.ENTROPY, c=None, at=Precision.CHAPTER, **_MORE),
    LDiversity(field="diagnosis", l=3, spread=Spread.RECURSIVE, c=2.0, at=Precision.AS_HELD, **_MORE),
    TCloseness(field="diagnosis", t=0.2, distance=Distance.EQUAL, **_MORE),
    KOverKeys(k=20, keys=2, **_MORE),
    KOverEvents(k=5, events=2, **_MORE),
    NoPersonLink(provisions=(), because=""),
    LocalRecoding(**_MORE),
)


def test_every_kind_of_obligation_has_words_and_a_place_on_the_road(story):
    assert set(_IN_WORDS) == set(ROAD)
    assert {each.kind for each in ROAD} == {each.kind for each in Obligation.__subclasses__()}
    said = {type(each): in_words(each) for asked in story.values() for each in decided(asked).obligations}
    rare = (
        Objections(lists=("article 21",), provisions=(), because=""),
        AuditViews(provisions=(), because=""),
        Figures(figures=("percent:sex", "mean:cost"), provisions=(), because=""),
    )
    said |= {type(each): in_words(each) for each in rare}
    said |= {type(each): in_words(each) for each in BEYOND_K}
    assert set(said) == set(ROAD)
    assert all(text.endswith(".") for text in said.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_names_the_dataset_by_its_title(story, name):
    asked = story[name]
    made = letter(decided(asked), asked.application, sender=SENDER, dataset="Hospital episodes")
    assert "data of Hospital episodes (" in " ".join(made.text.split()) and "Hospital episodes" in made.html
