"""Article 6, Article 9 and Schedule 1: what stands, for whom, on what paper, and on which day."""

import datetime as dt

import pytest
from heard import answers, because, decided, rules, unmet

from openhaven.law.references import check
from openhaven.law.words import CONDITIONS, PAIRS, WORDS
from openhaven.model.application import DataProtection
from openhaven.model.decision import Answer, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record import DataProtectionDocument, Seen
from openhaven.model.words import Purpose, Route

QUESTION = "data protection"
START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("paper.pdf", "R. Okafor", START)
CHARITY = DataProtection("6(1)(f)", "9(2)(j)", "Part 1 paragraph 4")


def paper(what, **changes):
    parts = {"id": "paper-1", "organisation": "university", "what": what, "purposes": tuple(Purpose),
             "starts": START, "review": END, "seen": SEEN}  # fmt: skip
    return DataProtectionDocument(**{**parts, **changes})


def said(asked):
    return answers(asked)[QUESTION]


def by(story, *bodies, purpose=Purpose.RESEARCH, route=Route.NOT_CONFIDENTIAL, pair=None):
    asked = story["university"].with_record("university", bodies=bodies)
    asked = asked.with_application(purpose=purpose, route=route)
    return asked if pair is None else asked.with_application(data_protection=pair)


class TestEveryPairThatIsKept:
    @pytest.mark.parametrize("pair", [each for each in PAIRS if each.provision != "DPA-1998"], ids=str)
    def test_stands_with_its_paper_for_its_uses(self, story, pair):
        bodies = {
            "public": ("university",),
            "not public": ("charity",),
            "regulator": ("regulator",),
            "any": ("charity",),
        }
        stated = DataProtection(pair.article_6, pair.article_9, pair.schedule_1)
        purpose, route = (*pair.purposes, Purpose.RESEARCH)[0], (*pair.routes, Route.NOT_CONFIDENTIAL)[0]
        if pair.article_9 == "9(2)(g)" and not pair.purposes:
            purpose = Purpose.REGULATION
        asked = by(story, *bodies[pair.recipient], purpose=purpose, route=route, pair=stated)
        if pair.needs:
            assert said(asked) is Answer.REFERRED
            asked = asked.plus(paper(pair.needs))
        assert said(asked) is (Answer.REFERRED if pair.person and not pair.needs else Answer.MET)

    def test_names_papers_and_letters_that_are_coded(self):
        assert {each.needs for each in PAIRS if each.needs} == set(WORDS.documents)
        assert {each.article_9 for each in PAIRS if each.provision != "DPA-1998"} == set(CONDITIONS)


class TestWhatDoesNotStand:
    @pytest.mark.parametrize("body", ["university", "nhs trust", "integrated care board", "council", "gp practice"])
    def test_a_public_authority_weighs_no_interests(self, story, body):
        asked = by(story, body, pair=CHARITY).plus(paper("legitimate-interests assessment"))
        assert said(asked) is Answer.NOT_MET
        assert "a_public_authority_weighs_no_interests" in rules(asked, QUESTION)

    def test_a_body_that_is_none_does(self, story):
        asked = by(story, "charity", pair=CHARITY).plus(paper("legitimate-interests assessment"))
        assert "a_public_authority_weighs_no_interests" not in rules(asked, QUESTION)

    @pytest.mark.parametrize(
        ("article_9", "schedule_1"),
        [
            ("9(2)(j)", ""),
            ("9(2)(j)", "Part 1 paragraph 2"),
            ("9(2)(h)", "Part 1 paragraph 3"),
            ("9(2)(i)", "Part 1 paragraph 4"),
            ("9(2)(g)", "Part 1 paragraph 2"),
            ("9(2)(a)", "Part 1 paragraph 4"),
        ],
    )
    def test_schedule_1_follows_the_letter(self, story, article_9, schedule_1):
        asked = by(story, "university", pair=DataProtection("6(1)(e)", article_9, schedule_1))
        assert said(asked) is Answer.NOT_MET
        assert "schedule_1_follows_the_letter" in rules(asked, QUESTION)

    def test_health_data_needs_an_article_9_condition(self, story):
        asked = by(story, "university", pair=DataProtection("6(1)(e)", ""))
        assert said(asked) is Answer.NOT_MET
        assert "health_data_has_an_article_9_condition" in rules(asked, QUESTION)

    def test_research_does_not_rest_on_care(self, story):
        pair = DataProtection("6(1)(e)", "9(2)(h)", "Part 1 paragraph 2")
        assert "research_is_not_care" in rules(by(story, "university", pair=pair), QUESTION)
        audit = by(story, "university", purpose=Purpose.CLINICAL_AUDIT, pair=pair)
        assert rules(audit, QUESTION) == {"the_pair_fits_the_use_since_2026"}
        assert said(audit) is Answer.MET

    def test_a_legal_obligation_needs_a_law_that_requires_it(self, story):
        pair = DataProtection("6(1)(c)", "9(2)(h)", "Part 1 paragraph 2")
        asked = by(story, "nhs trust", purpose=Purpose.COMMISSIONING, pair=pair)
        assert said(asked) is Answer.NOT_MET
        assert said(asked.with_application(route=Route.STATUTORY_DUTY)) is Answer.MET


class TestPapers:
    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"review": dt.date(2026, 11, 20)}, "was due for review on 20 November 2026"),
            ({"starts": dt.date(2026, 11, 22)}, "starts only on 22 November 2026"),
            ({"purposes": (Purpose.COMMISSIONING,)}, "is not about research"),
            ({"seen": Seen("", "R. Okafor", START)}, "a named person has seen"),
            ({"organisation": "board"}, ""),
            ({"what": "appropriate policy document"}, ""),
        ],
    )
    def test_one_that_does_not_carry_the_use_is_for_a_person(self, story, changes, says):
        what = changes.get("what", "legitimate-interests assessment")
        asked = by(story, "charity", pair=CHARITY).plus(paper(**{"what": what, **changes}))
        assert said(asked) is Answer.REFERRED
        assert says in because(asked, QUESTION)


class TestByTheDay:
    TASK = DataProtection("6(1)(e)", "9(2)(j)", "Part 1 paragraph 4")
    ACT = DataProtection("Schedule 2 paragraph 5", "Schedule 3 paragraph 8")

    @pytest.mark.parametrize(
        ("on", "pair", "answer"),
        [
            (dt.date(2013, 4, 1), ACT, Answer.MET),
            (dt.date(2018, 5, 24), ACT, Answer.MET),
            (dt.date(2018, 5, 24), TASK, Answer.NOT_MET),
            (dt.date(2018, 5, 25), ACT, Answer.NOT_MET),
            (dt.date(2018, 5, 25), TASK, Answer.MET),
            (dt.date(2026, 11, 21), TASK, Answer.MET),
        ],
    )
    def test_each_act_has_its_days(self, story, on, pair, answer):
        assert said(by(story, "university", pair=pair).at(on)) is answer

    def test_recognised_interests_came_with_the_act_of_2025(self, story):
        pair = DataProtection("6(1)(ea)", "9(2)(g)", "Part 2 paragraph 6")
        asked = by(story, "charity", purpose=Purpose.REGULATION, pair=pair)
        assert said(asked.at(dt.date(2026, 2, 4))) is Answer.NOT_MET
        assert said(asked.at(dt.date(2026, 2, 5))) is Answer.REFERRED

    def test_what_changed_for_research_is_said_to_be_unsure(self, story):
        def unsure(on):
            asked = story["university"].at(on)
            from heard import findings

            return {line.split(":")[0] for each in findings(asked, QUESTION) for line in each.to_be_confirmed}

        assert "GDPR-19" not in unsure(dt.date(2026, 2, 4))
        assert "GDPR-19" in unsure(dt.date(2026, 2, 5))

    def test_a_recipient_not_of_record_has_no_answer(self, story):
        assert QUESTION in unmet(story["university"].without("university"))
