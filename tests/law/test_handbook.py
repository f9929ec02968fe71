"""The handbook leaves nothing out, leads nowhere that is not there, needs no network, and says no more than is true."""

import re
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from openhaven.law import RULESET
from openhaven.law.algebra import Question
from openhaven.law.handbook import handbook, to_provision, to_rule
from openhaven.law.history import TOLD, history
from openhaven.law.indexing import index, sources
from openhaven.law.numbers import NUMBERS
from openhaven.law.provisions import GROUPS, PROVISIONS, Confidence
from openhaven.law.showing import called
from openhaven.law.tried import tried

VOID = {"meta", "br", "rect", "path", "circle", "link"}
PAGES = handbook()


class Read(HTMLParser):
    """A page as a reader meets it: its text, links, ids and headings; and tags that were not closed in their order."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.words, self.levels, self.fetched = [], [], [], [], []
        self.tags, self.crossed, self.unseen = [], [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.fetched += [f"{tag} {name}" for name in given if name in ("src", "srcset", "poster", "data")]
        if tag in ("link", "script", "iframe", "object", "embed", "img", "form"):
            self.fetched.append(tag)
        if tag not in VOID:
            self.tags.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.tags or self.tags.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data):
        if "style" not in self.tags:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


READ = {name: Read(html) for name, html in PAGES.items()}
of_all = pytest.mark.parametrize("name", PAGES)


@of_all
def test_a_page_needs_nothing_but_itself(name):
    assert READ[name].fetched == []
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org/2000/svg)", PAGES[name])


@of_all
def test_every_link_leads_somewhere(name):
    for link in READ[name].links:
        file, _, anchor = link.partition("#")
        assert not anchor or anchor in READ[file or name].ids, link
        assert (file or name) in PAGES, link


@of_all
def test_a_page_is_well_made(name):
    page = READ[name]
    assert page.crossed == [] and page.tags == []
    assert len(page.ids) == len(set(page.ids))
    assert page.levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(page.levels, page.levels[1:], strict=False))
    assert '<html lang="en-GB">' in PAGES[name] and 'name="viewport"' in PAGES[name]


def test_whoever_turns_the_pages_meets_each_once():
    turned, name = ["index.html", "decision.html"], "decision.html"
    while after := re.search(r'<a href="([^"]+)"><span>Next', PAGES[name]):
        name = after[1]
        turned.append(name)
    assert turned == list(PAGES)


def test_the_contents_name_every_other_page_in_its_order():
    contents = [link for link in READ["index.html"].links if "#" not in link]
    assert list(dict.fromkeys(contents)) == [name for name in dict.fromkeys(contents) if name in PAGES]
    assert set(contents) == set(PAGES)
    questions = [link for link in contents if link.startswith("question-")]
    assert questions == [name for name in PAGES if name.startswith("question-")] and len(questions) == len(Question)
    assert [link for link in contents if link.startswith("law-")] == [name for name in PAGES if name.startswith("law-")]


@pytest.mark.parametrize("group", GROUPS, ids=lambda each: each.title)
def test_a_chapter_says_all_of_each_of_its_provisions(group):
    (name,) = {to_provision(each.id).partition("#")[0] for each in group.provisions}
    parts = re.split(r'<article id="', PAGES[name])[1:]
    for each, part in zip(group.provisions, parts, strict=True):
        said = Read(f'<article id="{part.partition("</article>")[0]}</article>').text
        rules = [rule for rule in RULESET.rules if each.id in rule.provisions]
        assert all(text in said for text in (each.id, each.title, each.gist, each.source, each.doubt))
        assert all(called(rule) in said and rule.gist in said for rule in rules)
        assert rules or each.not_modelled in said
        assert all(module in said for module in (*each.held_in, *each.settings))
        assert all(number.title in said for number in NUMBERS.values() if number.citation == each.id)
        assert ("To be confirmed:" in said) == (each.confidence is Confidence.TO_BE_CONFIRMED)
        assert all(told.name in said for told in tried().scenarios if each.id in told.provisions)


def test_each_question_shows_its_rules_with_what_they_rest_on():
    for rule in RULESET.rules:
        name, _, anchor = to_rule(rule).partition("#")
        part = PAGES[name].split(f'id="{anchor}"', 1)[1].split("</section>", 1)[0]
        assert all(f'href="{to_provision(id)}"' in part for id in rule.provisions)


def test_every_provision_is_in_the_index_and_under_a_source():
    assert {id for ids in index().values() for id in ids} == set(PROVISIONS)
    assert all(index().values())
    enacted, other = sources()
    assert not set(enacted) & set(other)
    assert {id for ids in (*enacted.values(), *other.values()) for id in ids} == set(PROVISIONS)


def test_everything_that_began_or_ended_is_in_the_history_on_its_day():
    found = {change.on: change for year in history() for change in year.changes}
    for each in PROVISIONS.values():
        assert each in found[each.starts].begins
        assert each.ends is None or each in found[each.ends + timedelta(1)].ended
    for rule in RULESET.rules:
        assert rule in found[rule.starts].rules_begin
        assert rule.ends is None or rule in found[rule.ends + timedelta(1)].rules_ended
    assert sum(len(change.numbers_begin) for change in found.values()) == sum(len(n.values) for n in NUMBERS.values())
    assert list(found) == sorted(found)


def test_a_year_is_told_by_provisions_that_began_or_ended_or_were_upheld_in_it():
    assert set(TOLD) == {2013, 2014, 2016, 2018, 2022, 2026}
    for year, told in TOLD.items():
        assert told.provisions
        for id in told.provisions:
            each = PROVISIONS[id]
            upheld = id == "T2-01" and PROVISIONS["T2-00"].ends == date(2016, 4, 28)
            since = id == "GDPR-19" and "Since 5 February 2026" in each.gist
            assert year in (each.starts.year, each.ends and each.ends.year) or (upheld and year == 2016) or since, id


@of_all
def test_no_page_says_more_than_is_true(name):
    for sentence in re.split(r"[.!?]", READ[name].text):
        if re.search(r"\b(?:anonymous|anonymised|lawful|lawfully)\b", sentence, re.IGNORECASE):
            assert any(word in sentence for word in ("never", "not ", "nobody", "changes nothing")), sentence
    assert "no legal advice" in READ[name].text


def test_a_reader_who_only_hears_the_page_is_told_what_the_picture_shows():
    picture = PAGES["decision.html"].split("<svg", 1)[1].split("</svg>", 1)[0]
    assert 'role="img"' in picture and "<title" in picture and "<desc" in picture
    assert picture.count("<circle") == len(Question)


def test_no_word_of_the_picture_runs_into_an_arrow_or_over_its_edge():
    """In a wide face, as many machines have no other: a letter is a little more than half as wide as it is high."""
    picture = PAGES["decision.html"].split("<svg", 1)[1].split("</svg>", 1)[0]
    arrows = {int(y): int(x) for x, y in re.findall(r'd="M(\d+) (\d+)H', picture)}
    words = re.findall(r'<text x="(\d+)" y="(\d+)"((?: [\w-]+="[^"]*")*)>([^<]+)', picture)
    assert len(words) > 15 and len(arrows) == 7
    for x, y, more, said in words:
        size = re.search(r'font-size="(\d+)"', more)
        wide = 0.53 * int(size[1] if size else 17) * len(said)
        if 'text-anchor="end"' in more:
            assert int(x) - wide > 10, said
        elif int(x) in (16, 300, 312):
            assert int(x) + wide < (arrows.get(int(y) - 5, 439) if int(x) == 16 else 439), said


def test_a_rule_says_by_sorts_what_it_is_about():
    rule = next(each for each in RULESET.rules if each.name == "no_confidential_information_leaves")
    levels = "de-identified or aggregate (small numbers suppressed)"
    said = f"the route no confidential patient information; the levels {levels}"
    name, _, _ = to_rule(rule).partition("#")
    assert f"Only about {said}" in READ[name].text


def test_what_is_not_ours_to_choose_is_shown_without_a_setting():
    for number in NUMBERS.values():
        if not number.setting:
            continue
        rows = [row for row in PAGES["numbers.html"].split("<tr>") if str(escape(number.title[1:])) in row]
        assert len(rows) == len(number.values), number.id
        for row, value in zip(rows, number.values, strict=True):
            assert (number.setting in row) == value.open_to_choice, number.id
