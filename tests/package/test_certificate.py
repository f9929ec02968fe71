"""A certificate has one row for each obligation; copies that leave the controllers protect every count."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import package_story as story
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.certificate import Bar, Certificate, Removed
from openhaven.model.errors import BadInput
from openhaven.model.obligation import Checker, Evidence, Register, Standing
from openhaven.package.certificate import ALMOST_NONE, as_json, full, public, recipient
from openhaven.package.page import as_html
from openhaven.package.required import required


@pytest.fixture(scope="module")
def certificate(whole) -> Certificate:
    return story.certificate(story.output(whole.plain))


@pytest.fixture(scope="module")
def protected(certificate):
    return recipient(certificate, rule=story.hes_2018)


class Page(HTMLParser):
    """What a reader's browser would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def every(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module", params=["full", "recipient", "public"])
def page(request, certificate):
    rule = {} if request.param == "full" else {"rule": story.hes_2018}
    face = {"full": full, "recipient": recipient, "public": public}[request.param](certificate, **rule)
    return as_html(face, naming=story.NAMING)


def test_every_obligation_has_one_row_with_its_provisions_by_title(certificate, page):
    text = Page(page).text
    for line in certificate.lines:
        assert text.count(required(line.obligation)) == 1
        for id in line.obligation.provisions:
            assert f"{id} {story.NAMING.provisions[id]}" in text


def test_the_json_is_canonical_and_names_its_face(certificate, protected):
    assert json.loads(as_json(protected))["face"] == "recipient"
    assert rfc8785.dumps(json.loads(as_json(full(certificate)))) == as_json(full(certificate))


def test_the_full_face_keeps_what_was_counted(certificate):
    face = full(certificate)
    assert face["counts"] == [list(step) for step in certificate.counts]
    assert face["lines"][2]["controller_only"] == {"people_who_opted_out_in_the_file": 3127}
    assert face["lines"][4]["says"] == "The smallest class holds 7 people; 1,549 rows were left out for it."


def test_other_faces_leave_out_the_picture_before_and_what_only_controllers_may_know(protected):
    text = as_json(protected).decode()
    assert "before" not in protected["classes"] and "counts" not in protected
    assert "controller_only" not in text and "classification-3" not in text
    assert not re.search(r"\b(3127|3,127|1549|1,549|208)\b", text)
    assert "sha256" not in text and "size" not in protected["output"]


def test_sentences_repeat_only_what_may_be_published(protected):
    assert protected["says"][1].startswith("The national data opt-out was not required; 3,125 people")
    assert protected["lines"][4]["says"].endswith("(kept by the controllers) rows were left out for it.")
    assert "7 people" in protected["lines"][4]["says"], "k is a property of the file, not a count to hide"
    assert protected["lines"][5]["says"] == "Every coded column was searched; * records were left out."


def test_citations_terms_and_dates_stay_as_they_are_even_where_a_count_is_the_same(certificate):
    says = ("COPI regulation 4 covers 4 people for 4 days from 4 May 2026.",)
    face = recipient(replace(certificate, says=says), rule=story.hes_2018)
    assert face["says"] == ["COPI regulation 4 covers * people for 4 days from 4 May 2026."]


def test_a_share_is_no_count_even_where_a_count_is_the_same(certificate):
    face = recipient(replace(certificate, says=("3.9% of rows were suppressed, of 4 people.",)), rule=story.hes_2018)
    assert face["says"] == ["4% of rows were suppressed, of * people."]


def test_fine_shares_would_give_counts_back_so_they_are_coarse(protected):
    assert protected["singled_out"] == {"one": "none", "two": "3%", "three": "12%", "all_rows": "28%"}
    assert protected["lines"][4]["figures"]["share_of_rows_removed"] == 0.01


def test_the_public_face_does_not_print_the_recipients_key(certificate):
    assert story.RECIPIENT_KEY not in as_json(public(certificate, rule=story.hes_2018)).decode()


counts = st.integers(min_value=0, max_value=10**7)


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=6), st.lists(counts, min_size=6, max_size=6))
def test_every_count_on_a_copy_that_leaves_went_through_the_rule(whole, pairs, numbers):
    base = story.certificate(story.output(whole.plain))
    made = replace(
        base,
        removed=tuple(Removed("age", f"value {n}", *pair) for n, pair in enumerate(pairs)),
        after=tuple(Bar(5, 9, *pair) for pair in pairs),
        before=(Bar(1, 1, numbers[0], numbers[1]),),
        counts=(("Rows", numbers[2]),),
    )
    asked = []
    face = recipient(made, rule=lambda count: asked.append(count) or "R")
    assert all(each["removed"] == each["of"] == "R" for each in face["removed"])
    assert all(bar["classes"] == bar["rows"] == "R" for bar in face["classes"]["after"])
    assert face["output"]["rows"] == "R" and face["lines"][3]["figures"]["people"] == "R"
    assert {number for pair in pairs for number in pair} <= set(asked)


@pytest.mark.parametrize(
    "share, shown", [(0.0, "none"), (0.0004, ALMOST_NONE), (0.5, "50%"), (1.0, "100%"), (None, None)]
)
def test_a_share_is_published_in_whole_per_cents(certificate, share, shown):
    face = recipient(replace(certificate, singled_out={"one": share}), rule=story.hes_2018)
    assert face["singled_out"] == {"one": shown}


@pytest.mark.parametrize("claim", ["The data is anonymous.", "This use is LAWFUL."])
def test_it_never_claims_more_than_is_true(certificate, claim):
    with pytest.raises(BadInput, match="never says"):
        full(replace(certificate, says=(claim,)))


def test_the_page_says_neither_word(page):
    assert not re.search(r"\b(anonymous|lawful)\b", page, re.IGNORECASE)


def test_the_page_is_english_and_needs_nothing_from_elsewhere(page):
    found = Page(page)
    assert found.every("html") == [{"lang": "en-GB"}]
    assert (
        not found.every("script") and not found.every("link") and not found.every("img") and not found.every("iframe")
    )
    assert not re.search(r"https?:|url\(|@import|javascript:|\son\w+=", page)


def test_the_first_thing_on_it_is_the_verdict_for_whom_why_and_opt_outs(page):
    panel = Page(page[page.index("<section") : page.index("</section>")]).text
    for words in (
        "Permitted",
        "University of the North",
        "Research into how quickly",
        "De-identified",
        "Not applied",
        "No confidential patient information leaves",
    ):
        assert words in panel


def test_headings_go_down_one_step_at_a_time_and_tables_have_captions(page):
    found = Page(page)
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(found.every("caption")) == len(found.every("table")) > 0
    assert all(cell.get("scope") for cell in found.every("th"))


def test_on_a_narrow_screen_each_cell_says_what_its_column_is(page):
    found = Page(page)
    heads = {attrs["data-head"] for attrs in found.every("td") if "data-head" in attrs}
    assert heads >= {"Provisions", "Evidence", "Who can check", "Promised by", "How it will be shown", "Precision"}
    for tag, role in (("table", "table"), ("tr", "row"), ("td", "cell")):  # stacked, a table is one only by its roles
        assert role in {attrs.get("role") for attrs in found.every(tag)}
    stacked = page[page.index('id="obligations"') : page.index('id="file"')]
    assert all(attrs.get("role") == "cell" and attrs.get("data-head") for attrs in Page(stacked).every("td"))


def test_every_picture_has_a_title_a_description_and_its_table(page):
    found = Page(page)
    pictures = found.every("svg")
    ids = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(ids) == len(set(ids)) and len(pictures) >= 6
    for picture in pictures:
        assert picture["role"] == "img" and set(picture["aria-labelledby"].split()) <= set(ids)
    assert page.count('<div class="pair">') == len(pictures) == page.count("</svg>")


def _contrast(one: str, two: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(two)))
    return (bright + 0.05) / (dark + 0.05)


def test_text_stands_out_from_its_ground_as_wcag_aa_asks(page):
    colour = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", page))
    for text in ("ink", "quiet", "deep"):
        for ground in ("paper", "ground", "mist", "sand"):
            assert _contrast(colour[text], colour[ground]) >= 4.5, (text, ground)
    assert _contrast(colour["amber"], colour["sand"]) >= 4.5
    assert _contrast(colour["teal"], colour["paper"]) >= 4.5, "ticks and bars"
    assert _contrast(colour["was"], colour["paper"]) >= 3
    assert _contrast("#d5e6e3", colour["deep"]) >= 4.5


def test_what_others_wrote_is_text_and_never_markup(certificate):
    nasty = "<script>alert(1)</script>"
    page = as_html(full(replace(certificate, title=nasty, purpose=nasty, policy=(nasty,))), naming=story.NAMING)
    assert nasty not in page and "&lt;script&gt;" in page


def test_the_controllers_page_shows_the_road_and_the_copies_do_not(certificate, protected):
    assert "Rows of the cohort" in as_html(full(certificate), naming=story.NAMING)
    assert "Rows of the cohort" not in as_html(protected, naming=story.NAMING)


def test_it_says_that_nobody_witnessed_and_has_room_to_sign(page):
    text = Page(page).text
    assert "not witnessed" in text and "Caldicott Guardian" in text and "Signature" in text
    assert "21 days as the longest age" in text and "Policy of this installation" in text


def test_a_certificate_without_pictures_is_still_a_page(certificate):
    bare = replace(
        certificate,
        before=(),
        after=(),
        singled_out=None,
        removed=(),
        counts=(),
        policy=(),
        to_be_confirmed=(),
        decision=None,
        purpose="",
        says=(),
    )
    assert "<svg" not in as_html(full(bare), naming=story.NAMING)


def test_an_obligation_is_described_in_one_sentence_each():
    for line in story.lines():
        assert required(line.obligation).endswith(".") and "\n" not in required(line.obligation)
    assert "register" in required(Register(provisions=(), because=""))


def test_figures_that_are_terms_are_not_hidden(certificate):
    line = certificate.lines[0]
    evidence = Evidence(
        line.obligation.kind, Standing.MEASURED, "ok", {"age in days": 3, "columns": 2, "met": True}, Checker.ANYONE, {}
    )
    face = recipient(replace(certificate, lines=(replace(line, evidence=evidence),)), rule=story.hes_2018)
    assert face["lines"][0]["figures"] == {"age in days": 3, "columns": 2, "met": True}
