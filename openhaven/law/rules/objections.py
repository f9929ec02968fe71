"""Who objected in another way? Type 1 acts at the door of GP data, Type 2 on the days on which it was upheld, and an
Article 21 objection is decided by a person and then leaves out whom it names."""

from collections.abc import Callable
from functools import wraps

from openhaven.model.decision import Finding
from openhaven.model.obligation import Objections
from openhaven.model.record.approvals import Requirement
from openhaven.model.record.choices import Objection
from openhaven.model.words import Route, Setting

from ..algebra import Question, Rule, Says, outline_rule, permit, refer, rule
from ..case import Case, Outline
from ..evidence import classification, faults_of_cover, faults_of_seen
from ..flow import REQUIRED
from ..objecting import ARTICLE_21, TYPE_1, TYPE_2, covering, is_open, upheld
from .regulations import NOTICE as EMERGENCY
from .regulations import stated


@outline_rule(Question.OBJECTIONS, "T1-01", "T1-03", "T1-04", from_="2013-04-01")
def type_1_acts_at_the_door_of_gp_data(use: Outline) -> Finding | None:
    """Rows of Type 1 objectors are set aside when GP data arrives; other data they do not reach."""
    if use.dataset.setting is not Setting.GP:
        return permit("Type 1 objections are about GP records, and these are none.")
    if use.policy.type_1_where_law_requires:
        return permit("Rows of people with a Type 1 objection were set aside when the GP data arrived.")
    return None


@rule(
    Question.OBJECTIONS,
    "T1-01",
    "T1-02",
    from_="2013-04-01",
    only=lambda use: use.dataset.setting is Setting.GP and not use.policy.type_1_where_law_requires,
)
def type_1_where_a_law_requires_the_flow(case: Case) -> Finding | None:
    """Where this installation takes in what a law requires, Type 1 objectors too, they flow on that ground only: a law
    that requires this disclosure, an order of a court, or a notice under regulation 3(4) in an emergency."""
    if case.application.route in REQUIRED or _is_noticed(case):
        return permit(
            "A law requires this disclosure; Type 1 objections are not applied to it, a choice of this installation."
        )
    because = (
        "GP data that a law required may hold rows of people with a Type 1 objection; they are left out of this use."
    )
    left_out = Objections(provisions=("T1-01",), lists=(TYPE_1,), because=because)
    return permit(because, obligations=[left_out])


def _type_2(provision: str, *, from_: str, to: str) -> Callable[[Says], Rule]:
    """A rule of the years in which people objected to what the national body gives out of them, Type 2."""

    def made(says: Says) -> Rule:
        @wraps(says)
        def where_it_reaches(case: Case) -> Finding | None:
            return says(case) if _type_2_reaches(case) else None

        of_the_national_body = rule(
            Question.OBJECTIONS,
            provision,
            from_=from_,
            to=to,
            only=lambda use: use.policy.national_body,
        )
        return of_the_national_body(where_it_reaches)

    return made


@_type_2("T2-00", from_="2013-09-01", to="2016-04-28")
def type_2_could_not_be_upheld_yet(_: Case) -> Finding | None:
    """People had objected to the national body, and it had no means to leave them out: a person decides."""
    return refer(
        "Type 2 objections were recorded by practices, and the national body could not yet leave those people out.",
        who="the Caldicott Guardian",
        missing=["how people with a Type 2 objection are left out"],
    )


@_type_2("T2-01", from_="2016-04-29", to="2018-10-11")
def type_2_is_upheld(_: Case) -> Finding | None:
    """Identifiable data of people with a Type 2 objection does not leave the national body, emergencies apart; what
    nobody has classified is taken to identify, whatever level is asked.

    From 25 May 2018 either this or the national data opt-out leaves a person out."""
    because = "People with a Type 2 objection are left out of what the national body gives out, whole records."
    return permit(because, obligations=[Objections(provisions=("T2-01",), lists=(TYPE_2,), because=because)])


@_type_2("T2-03", from_="2018-05-25", to="2018-10-11")
def either_of_two_objections_counts(_: Case) -> Finding | None:
    """In the months in which both stood, a person with either is left out."""
    return permit("A person with a Type 2 objection or a national data opt-out is left out: either counts.")


@outline_rule(Question.OBJECTIONS, "T2-02", from_="2018-10-12")
def type_2_has_ended(use: Outline) -> Finding | None:
    """Type 2 objections became national data opt-outs, and a code recorded later has no effect."""
    if not use.policy.national_body:
        return None
    return permit("Type 2 objections ended on 11 October 2018; those recorded by then became national data opt-outs.")


@rule(Question.OBJECTIONS, "GDPR-21", from_="2018-05-25", needs=Objection)
def an_open_objection_is_for_a_person(case: Case) -> Finding | None:
    """While an Article 21 objection that covers this use is undecided, a person decides first."""
    found = [each for each in covering(case.application, case.facts, on=case.on) if is_open(each, on=case.on)]
    if not found:
        return None
    return refer(
        "Somebody has objected to uses such as this one, and nobody has decided yet.",
        who="the controller's data protection officer",
        missing=["whether the objection is upheld, on record"],
        used=[each.id for each in found],
    )


@rule(Question.OBJECTIONS, "GDPR-21", from_="2018-05-25", needs=Objection)
def whose_objection_was_upheld_is_left_out(case: Case) -> Finding | None:
    """Whoever an upheld objection names is left out, whole records."""
    found = upheld(case.application, case.facts, on=case.on)
    if not found:
        return None
    because = "People whose objection to this use was upheld are left out, whole records."
    left_out = Objections(provisions=("GDPR-21",), lists=(ARTICLE_21,), because=because)
    return permit(because, used=[each.id for each in found], obligations=[left_out])


def _is_noticed(case: Case) -> bool:
    return case.application.route is Route.COPI_3 and any(each.law == EMERGENCY for each in stated(case).fits)


def _type_2_reaches(case: Case) -> bool:
    """Type 2 bound the national body; only emergencies, what people agreed to themselves, and what a named person found
    to identify nobody are apart from it. A level is no finding: nobody escapes an objection by declaring one."""
    if case.application.route is Route.CONSENT or classification(case) is not None:
        return False
    notices = [each for each in case.relied_on(Requirement) if each.law == EMERGENCY]
    return all(faults_of_cover(case, each) or faults_of_seen(case, each.seen) for each in notices)
