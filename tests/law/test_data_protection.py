"""Article 6, Article 9 and Schedule 1: what stands, for whom, on what paper, and on which day."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, decided, findings, rules, unmet

from openhaven.law.references import check
from openhaven.law.words import CONDITIONS, PAIRS, WORDS
from openhaven.model.application import DataProtection
from openhaven.model.decision import Answer, Effect, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.controllers import Say
from openhaven.model.record.data_protection import DataProtectionDocument
from openhaven.model.record.organisations import Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Purpose, Route

QUESTION = "data protection"
CONTROLLERS = ("north-trust", "south-trust")
START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("paper.pdf", "R. Okafor", START)
PAIR_OF_SERVICE = DataProtection("6(1)(e)", "9(2)(h)", "Part 1 paragraph 2")
INTERESTS, POLICY = "legitimate-interests assessment", "appropriate policy document"
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
            purpose = Purpose.SERVICE_PLANNING if pair.recipient == "not public" else Purpose.REGULATION
        asked = by(story, *bodies[pair.recipient], purpose=purpose, route=route, pair=stated)
        asked = asked.plus(*(paper(POLICY, id=f"policy-{each}", organisation=each) for each in CONTROLLERS))
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
        own = "each_controller_that_gives_data_out_has_grounds_of_its_own"
        assert rules(audit, QUESTION) == {"the_pair_fits_the_use_since_2026", own}
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

    def test_a_person_is_told_of_the_one_provision_on_which_the_pair_stands(self, story):
        asked = by(story, "charity", pair=CHARITY)
        found = next(each for each in findings(asked, QUESTION) if each.effect is Effect.REFER)
        assert {"GDPR-01", "GDPR-13"} <= set(found.provisions)
        assert not {"GDPR-10", "GDPR-11", "GDPR-12", "GDPR-14", "GDPR-15", "GDPR-16"} & set(found.provisions)


class TestByTheDay:
    def test_conditions_of_1998_are_called_by_their_act(self, story):
        pair = DataProtection("Schedule 2 paragraph 5", "Schedule 3 paragraph 8")
        told = because(by(story, "charity", pair=pair).at(dt.date(2017, 6, 1)), QUESTION)
        assert "Schedule 2 paragraph 5 with Schedule 3 paragraph 8 of the Data Protection Act 1998 does not" in told
        assert "Article Schedule" not in told

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
        asked = by(story, "charity", purpose=Purpose.SERVICE_PLANNING, pair=pair)
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


@pytest.mark.parametrize(
    "reference",
    [
        "Part 1 paragraph 2 and Part 2 paragraph 6",
        "Part 1 paragraph 2, or none",
        "not Part 1 paragraph 2",
        "Part 1 paragraph 2 3",
        "Part 1 paragraph 2(1)",
    ],
)
def test_a_reference_is_read_whole_or_not_at_all(story, reference):
    pair = DataProtection("6(1)(e)", "9(2)(h)", reference)
    with pytest.raises(BadInput, match="schedule_1"):
        decided(story["cancer audit"].with_application(data_protection=pair))


@pytest.mark.parametrize(
    "reference", ["Schedule 1, Part 1, paragraph 2", "pt 1 para 2", "Sch. 1 Pt. 1, para. 2", "PART 1 PARAGRAPH 2"]
)
def test_a_reference_may_be_written_as_lawyers_do(story, reference):
    pair = DataProtection("6(1)(e)", "9(2)(h)", reference)
    assert decided(story["cancer audit"].with_application(data_protection=pair)).verdict is Verdict.PERMIT


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("article_6", "banana"),
        ("article_6", "6(1)(z)"),
        ("article_6", "6(1)(e) or 6(1)(c)"),
        ("article_9", "banana"),
        ("article_9", "9(2)"),
        ("article_9", "6(1)(e)"),
        ("schedule_1", "paragraph 2"),
        ("schedule_1", "Part 1 paragraph 5"),
    ],
)
def test_what_is_no_reference_is_bad_input_and_the_accepted_ones_are_named(story, part, said):
    pair = DataProtection(**{"article_6": "6(1)(e)", "article_9": "9(2)(h)", "schedule_1": ""} | {part: said})
    with pytest.raises(BadInput, match=rf"data_protection\.{part}: .* is no reference\. Accepted is one of"):
        decided(story["cancer audit"].with_application(data_protection=pair))


def test_every_combination_of_the_law_is_stated_in_accepted_references():
    for pair in PAIRS:
        check(DataProtection(pair.article_6, pair.article_9, pair.schedule_1), where="")


class TestEachControllerThatGivesDataOut:
    """GDPR-01: every controller records one basis and one condition of its own."""

    RULE = "each_controller_that_gives_data_out_has_grounds_of_its_own"

    @pytest.mark.parametrize("name", ["university", "cancer audit", "health protection", "commissioner", "trial"])
    def test_relies_on_no_pair_of_the_recipient(self, story, name):
        asked = story[name].with_record("yes-south-trust", grounds=())
        assert unmet(asked) == {QUESTION}
        assert "south-trust would give data out" in because(asked, QUESTION)
        assert "an authority of south-trust with grounds, one of: Article 6(1)(e)" in because(asked, QUESTION)

    def test_needs_a_combination_that_stands_for_this_use(self, story):
        research, service = DataProtection("6(1)(e)", "9(2)(j)", "Part 1 paragraph 4"), PAIR_OF_SERVICE
        for name, stands in (("university", research), ("cancer audit", service)):
            other = service if stands is research else research
            assert unmet(story[name].with_record("yes-south-trust", grounds=(other,))) == {QUESTION}
            assert not unmet(story[name].with_record("yes-south-trust", grounds=(other, stands)))

    def test_is_a_public_body_that_weighs_no_interests(self, story):
        asked = story["university"].with_record("yes-south-trust", grounds=(CHARITY,))
        assert unmet(asked) == {QUESTION}

    def test_is_on_record_as_what_it_is(self, story):
        asked = story["commissioner"].without("south-trust")
        assert unmet(asked) == {QUESTION}
        assert "a record that says what south-trust is in law" in because(asked, QUESTION)

    def test_that_is_no_public_body_rests_on_its_own_assessment(self, story):
        asked = story["university"].with_record("south-trust", bodies=("charity",))
        asked = asked.with_record("yes-south-trust", grounds=(CHARITY,))
        assert said(asked) is Answer.REFERRED
        assert "legitimate-interests assessment of south-trust" in because(asked, QUESTION)
        assert said(asked.plus(paper(INTERESTS, organisation="university"))) is Answer.REFERRED
        assert said(asked.plus(paper(INTERESTS, organisation="south-trust"))) is Answer.MET
        late = paper(INTERESTS, organisation="south-trust", review=dt.date(2026, 11, 20))
        assert said(asked.plus(late)) is Answer.REFERRED

    def test_may_state_it_in_another_authority_that_carries_the_use(self, story):
        bare = story["university"].with_record("yes-south-trust", grounds=())
        made = next(each for each in story["university"].facts.records if each.id == "yes-south-trust")
        assert not unmet(bare.plus(replace(made, id="more")))
        assert unmet(bare.plus(replace(made, id="more", ends=dt.date(2026, 11, 20)))) == {QUESTION}

    def test_that_declines_or_is_no_party_gives_nothing_and_is_not_asked(self, story):
        asked = story["university"].with_record("yes-south-trust", grounds=(), says=Say.DECLINES)
        assert not unmet(asked)
        only = story["university"].with_record("agreement-university", controllers=("north-trust",))
        assert QUESTION not in unmet(only.with_record("yes-south-trust", grounds=()))

    def test_is_shown_with_its_combination(self, story):
        text = because(story["university"], QUESTION)
        assert "south-trust gives its data out on Article 6(1)(e) with Article 9(2)(j)" in text

    def test_does_not_answer_for_the_recipient(self, story):
        asked = story["university"].without("university")
        assert QUESTION in unmet(asked) and self.RULE not in rules(asked, QUESTION)

    def test_serves_a_regulators_function_on_its_own_policy_document(self, story):
        pair = DataProtection("6(1)(e)", "9(2)(g)", "Part 2 paragraph 6")
        asked = by(story, "regulator", purpose=Purpose.REGULATION, pair=pair)
        asked = asked.plus(paper(POLICY, id="theirs"), paper(POLICY, id="north", organisation="north-trust"))
        assert said(asked) is Answer.REFERRED
        assert said(asked.plus(paper(POLICY, organisation="south-trust"))) is Answer.MET

    def test_had_no_such_duty_before_may_2018(self, story):
        asked = story["cancer audit"].with_record("yes-south-trust", grounds=()).at(dt.date(2018, 5, 24))
        assert self.RULE not in rules(asked, QUESTION)


class TestWhoAsksAndLetsAnotherReceive:
    RULE = "who_asks_for_another_has_grounds_too"

    def asked(self, story, *bodies):
        asker = replace(story["university"].facts.one(Organisation, "university"), id="asker", name="Asker")
        return story["university"].with_application(applicant="asker").plus(replace(asker, bodies=bodies))

    def test_may_answer_for_the_data_and_has_grounds_of_its_own(self, story):
        assert said(self.asked(story, "nhs trust")) is Answer.MET
        asked = self.asked(story, "company")
        assert said(asked) is Answer.REFERRED
        assert rules(asked, QUESTION) >= {self.RULE}
        assert "Asker asks, and Northby University receives" in because(asked, QUESTION)
        assert "Article 6(1)(f)" in because(asked, QUESTION)

    def test_a_paper_on_which_they_rest_is_of_each(self, story):
        asked = self.asked(story, "charity").with_record("university", bodies=("charity",))
        asked = asked.with_application(data_protection=CHARITY).plus(paper(INTERESTS))
        assert said(asked) is Answer.REFERRED
        assert said(asked.plus(paper(INTERESTS, id="paper-2", organisation="asker"))) is Answer.MET

    def test_nobody_else_is_asked(self, story):
        assert self.RULE not in rules(story["university"], QUESTION)
        before = self.asked(story, "company").at(dt.date(2018, 5, 24))
        assert self.RULE not in rules(before, QUESTION)
