"""Which way round the duty of confidence is open? What people agreed to, what identifies nobody, what people weigh.

Laws and orders are in `required`, the 2002 Regulations in `regulations`, the proposals of 2014 in `profiles`."""

from openhaven.model.decision import Finding
from openhaven.model.obligation import DestroyIdentifiers, Obligation, OnlyConsenting
from openhaven.model.record.advice import Classification
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice
from openhaven.model.words import Level, Purpose, Route

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..case import Case, Outline, kept
from ..evidence import (
    Weighed,
    classification,
    counts_until,
    faults_of_classification,
    faults_of_cover,
    faults_of_seen,
    none_fits,
    setting_of,
    weigh,
)
from ..owing import reviewed
from ..plainly import day, listed
from ..studies import faults_of_study, says_no_study

GUARDIAN = "the Caldicott Guardian and the operator's senior responsible person, with legal advice"


@outline_rule(
    Question.CONFIDENTIALITY,
    "LAW-01",
    "LAW-02",
    "CAL-2",
    from_="2013-04-01",
    when=(Route.NOT_CONFIDENTIAL, Level.IDENTIFIABLE),
)
def identifying_detail_is_taken_out_unless_a_route_is_open(use: Outline) -> Finding | None:
    """Identifiable data needs a way round the duty of confidence; de-identified is the default."""
    return forbid(
        "Identifiable data is asked for, and no way round the duty of confidence.",
        missing=["an application for de-identified data, or one that relies on consent, law or support"],
    )


@rule(
    Question.CONFIDENTIALITY,
    "LAW-18",
    "ANON-05",
    "ANON-07",
    from_="2013-04-01",
    when=(Route.NOT_CONFIDENTIAL, Level.DE_IDENTIFIED, Level.AGGREGATE),
)
def no_confidential_information_leaves(case: Case) -> Finding | None:
    """What leaves carries no confidential patient information, as a named person has found for this kind of release."""
    ask, found = case.application, classification(case)
    if found is None:
        return forbid(
            lambda: (
                f"No named person has found, in a classification in date, that {ask.dataset} released as "
                f"{ask.level} carries no confidential patient information.{_unreached(case)}"
            ),
            missing=[
                lambda: (
                    f"a classification of {ask.dataset} at the level {ask.level}, in date on {day(case.on)}, that "
                    f"covers {ask.recipient}, {setting_of(case)} and every field that leaves"
                    if ask.level is not Level.AGGREGATE
                    else f"a classification of {ask.dataset} at the level {ask.level}, in date on {day(case.on)}, that "
                    f"covers {ask.recipient} and every field that is counted by"
                )
            ],
        )
    due = counts_until(case, found.on, found.review)
    return permit(
        lambda: (
            f"{found.by}, {found.role}, found on {day(found.on)} that this kind of release carries no confidential "
            f"patient information (review due {day(due)})."
        ),
        used=[found.id],
        obligations=reviewed(Classification, found.id, due, "LAW-18"),
    )


@outline_rule(Question.CONFIDENTIALITY, "LAW-10", from_="2013-04-01", when=Route.IMPLIED_CONSENT)
def implied_consent_is_for_individual_care(use: Outline) -> Finding | None:
    """Nobody agrees by silence to a use beyond their own care, and their own care is not served here."""
    return forbid(
        "Implied consent covers what a person expects for their own care, within the team that cares for them. This "
        "service gives out data for other purposes.",
        missing=["an application that relies on consent, law or support, or for data that identifies nobody"],
    )


@rule(Question.CONFIDENTIALITY, "LAW-11", "LAW-11-AGE", "LAW-02", from_="2013-04-01", when=Route.CONSENT)
def consent_covers_this_use(case: Case) -> Finding | None:
    """People agreed to this purpose, recipient, items and period; each one's consent is checked when data leaves."""
    weighed = consented(case)
    if not weighed.fits:
        return none_fits(case, weighed, "consent material")
    found = max(weighed.fits, key=lambda each: (not says_no_study(case, each), each.ends, each.id))
    return permit(
        lambda: (
            f"What people agreed to in {found.study} covers this use until {day(found.ends)}; "
            "consent is checked person by person."
        ),
        used=[found.id],
        obligations=_of_consent(case, found),
        unsure=case.caveat("consent-own-age"),
    )


@rule(Question.CONFIDENTIALITY, "LAW-11", from_="2013-04-01", when=Route.CONSENT, needs=ConsentMaterial)
def what_people_agreed_to_says_for_which_study_it_is(case: Case) -> Finding | None:
    """People agree to one study. Where the application names its study, and what they were asked does not say for which
    it is, a person reads it."""
    silent = consented(case).fits if case.application.study_reference else ()
    if not silent or not all(says_no_study(case, each) for each in silent):
        return None
    return refer(
        f"{listed(each.id for each in silent)} does not say for which study it is, and {case.application.id} asks for "
        f"{case.application.study_reference}.",
        who="the Caldicott Guardian, with what people were asked",
        missing=[f"the study_references of {each.id}, as its papers have them" for each in silent],
        used=[each.id for each in silent],
    )


@rule(Question.CONFIDENTIALITY, "MCA-30", "LAW-11", from_="2013-04-01", when=Route.CONSULTEE)
def a_consultees_advice_is_not_consent(case: Case) -> Finding | None:
    """Advice about an adult who cannot decide lifts no duty by itself: with every paper there, a person decides."""
    weighed = advised(case)
    if not weighed.fits:
        return none_fits(case, weighed, "consultee's advice", one="a consultee's advice")
    found, *_ = weighed.fits
    return refer(
        lambda: (
            f"Consultees advised in {found.study} about adults who cannot decide. Advice is not consent, and whether "
            "it is enough here a rule cannot say."
        ),
        who=GUARDIAN,
        missing=[
            "support under regulation 5 for those who cannot consent, or why the approval of the research is enough"
        ],
        used=[found.id],
    )


@outline_rule(Question.CONFIDENTIALITY, "LAW-17", from_="2013-04-01", when=Route.PUBLIC_INTEREST)
def public_interest_is_always_for_a_person(use: Outline) -> Finding | None:
    """Overriding public interest is weighed by people, one case at a time, never by a rule."""
    return refer(
        "Whether the public interest overrides confidence is weighed by people, one case at a time.",
        who=GUARDIAN,
        missing=["a documented test of the public interest"],
    )


@kept
def consented(case: Case) -> Weighed[ConsentMaterial]:
    """The consent material relied on that carries the case, and what is wrong with the other."""
    return weigh(case.relied_on(ConsentMaterial), lambda each: _faults_of_consent(case, each))


@kept
def advised(case: Case) -> Weighed[ConsulteeAdvice]:
    """The consultees' advice relied on that reaches the case, and what is wrong with the other."""
    return weigh(case.relied_on(ConsulteeAdvice), lambda each: _faults_of_advice(case, each))


def _unreached(case: Case) -> str:
    """Why no classification of the dataset at that level reaches what would leave."""
    of_dataset = case.facts.having(Classification, "dataset", case.application.dataset)
    found = [each for each in of_dataset if each.level is case.application.level]
    said = [f"{each.id} {listed(faults_of_classification(case, each))}" for each in found]
    return f" On record is: {'; '.join(sorted(said))}." if said else ""


def _faults_of_consent(case: Case, material: ConsentMaterial) -> list[str]:
    found = faults_of_cover(case, material) + faults_of_seen(case, material.seen) + faults_of_study(case, material)
    agreement = case.agreement
    onward = agreement is not None and bool(agreement.onward_sharing.strip())
    if not any(map(str.strip, material.wordings)) or not any(map(str.strip, material.items)):
        found.append("names no wording or no items that people agreed to")
    if not material.people.strip():
        found.append("names no file of people's consents, so nobody's own consent can be looked at")
    if onward and not material.onward_sharing:
        found.append("does not say that the data may be passed on, and the agreement does")
    if not case.application.people_file:
        found.append("cannot be checked without the applicant's file of the people who consented")
    return found


def _of_consent(case: Case, material: ConsentMaterial) -> list[Obligation]:
    checked = OnlyConsenting(
        provisions=("LAW-11", "LAW-11-AGE"),
        consent=material.id,
        wordings=material.wordings,
        items=material.items,
        own_from_age=case.number("consent-own-age"),
        because="Only people whose own consent covers this release are in it.",
    )
    destroyed = DestroyIdentifiers(
        provisions=("LAW-11",), because="Identifiers sent for matching are for matching only."
    )
    return [checked, destroyed]


def _faults_of_advice(case: Case, advice: ConsulteeAdvice) -> list[str]:
    checks = (
        (case.application.purpose is not Purpose.RESEARCH, "is about research, and this is not"),
        (advice.approved is None, "names no approval of the research by an appropriate body"),
    )
    approved = [] if advice.approved is None else faults_of_seen(case, advice.approved)
    faults = [words for wrong, words in checks if wrong] + approved
    return faults + faults_of_cover(case, advice) + faults_of_seen(case, advice.seen) + faults_of_study(case, advice)
