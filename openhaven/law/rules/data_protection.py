"""Do the Article 6 basis, the Article 9 condition and the Schedule 1 condition fit together and fit this use?

Each controller that receives data states one combination. What a combination rests on is a document on record."""

import datetime as dt
from functools import lru_cache, partial
from typing import NamedTuple

from openhaven.model.decision import Finding
from openhaven.model.obligation import Obligation
from openhaven.model.record.controllers import Authority
from openhaven.model.record.data_protection import DataProtectionDocument
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Level, Purpose, Route

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..bodies import each_titled, titled
from ..case import Case, Outline, Standing, of_standing
from ..evidence import faults_of_seen, weigh
from ..flow import Given, given
from ..owing import reviewed, tied_to
from ..plainly import day, listed, many
from ..reading import MANY
from ..references import normal, read
from ..words import CONDITIONS, PAIRS, WORDS, Pair, is_one_of

_IDS = ("GDPR-10", "GDPR-11", "GDPR-12", "GDPR-13", "GDPR-14", "GDPR-15", "GDPR-16")
OFFICER = "the data protection officer"
INTERESTS = ("6(1)(f)", "6(1)(ea)")


@rule(Question.DATA_PROTECTION, "DPA-1998", from_="2013-04-01", to="2018-05-24")
def the_conditions_of_1998_fit_the_use(case: Case) -> Finding | None:
    """Before 25 May 2018: one condition of Schedule 2 and one of Schedule 3 to the Act of 1998."""
    return _fitting(case, "DPA-1998")


@rule(Question.DATA_PROTECTION, "GDPR-01", "GDPR-17", *_IDS, from_="2018-05-25", to="2026-02-04")
def the_pair_fits_the_use(case: Case) -> Finding | None:
    """The combination is one of those that stand, for this purpose, route and kind of recipient; else it is refused."""
    return _fitting(case, "GDPR-01")


@rule(Question.DATA_PROTECTION, "GDPR-01", "GDPR-17", "GDPR-19", *_IDS, from_="2026-02-05")
def the_pair_fits_the_use_since_2026(case: Case) -> Finding | None:
    """As before, with what the Act of 2025 changed: recognised legitimate interests, and the safeguards of research."""
    return _fitting(case, "GDPR-01", *(["GDPR-19"] if case.application.purpose is Purpose.RESEARCH else []))


@rule(Question.DATA_PROTECTION, "GDPR-17", from_="2018-05-25", only=lambda use: _asked(use)[0] in INTERESTS)
def a_public_authority_weighs_no_interests(case: Case) -> Finding | None:
    """A public authority does not rest its tasks on legitimate interests."""
    recipient = case.recipient
    if not _public(recipient):
        return None
    return forbid(
        lambda: (
            f"{recipient and recipient.name} is a public authority: legitimate interests are no basis for its tasks."
        ),
        missing=["Article 6(1)(e), or (c) where a law requires it"],
    )


@rule(Question.DATA_PROTECTION, "GDPR-01", *_IDS, from_="2018-05-25")
def each_controller_that_gives_data_out_has_grounds_of_its_own(case: Case) -> Finding | None:
    """What the recipient relies on is the recipient's: every controller whose data would leave states a combination of
    its own that stands for this use, in its authority. One that states none has none."""
    given_by, recipient = given(case), case.recipient
    if recipient is None or not given_by.yes:
        return None
    found, waiting, without, cites = _grounds(case, (given_by, _for_a_regulator(case)))
    if without:
        return _without_grounds(case, without)
    if waiting:
        return refer(
            lambda: (
                f"{'; '.join(f'{pair} can fit for {name}' for name, pair in waiting)}, and a person has to check what "
                "it rests on."
            ),
            who=waiting[0][1].person or OFFICER,
            missing=[f"a record of the {pair.needs} of {name}" for name, pair in waiting if pair.needs],
            used=given_by.used,
            cites=_cited(frozenset([pair.provision for _, pair in waiting])),
        )
    return permit(
        lambda: f"{'; '.join(f'{titled(case, id)} gives its data out on {pair}' for id, pair in found.items())}.",
        used=given_by.used,
        cites=cites,
    )


@rule(Question.DATA_PROTECTION, "GDPR-01", from_="2018-05-25")
def who_asks_for_another_has_grounds_too(case: Case) -> Finding | None:
    """Who asks, and lets somebody else receive, may answer for the data as well: then what is stated has to stand for
    it too. Where it does not, a person says whether it does, and on which grounds."""
    ask, recipient = case.application, case.recipient
    if ask.applicant == ask.recipient or recipient is None:
        return None
    applicant = case.sole(Organisation, ask.applicant)
    if applicant is None:
        return None  # who is not of record is refused as such
    pair = _stated(case.outline, applicant.bodies)
    if pair is not None and _stands_alone(case, applicant.id, pair):
        return None
    return refer(
        lambda: (
            f"{applicant.name} asks, and {recipient.name} receives. What is stated does not stand for {applicant.name} "
            "as it is, and a rule cannot see whether it answers for the data too."
        ),
        who=OFFICER,
        missing=[lambda: _for_itself(case, applicant, pair)],
        used=[applicant.id, recipient.id],
    )


@outline_rule(Question.DATA_PROTECTION, "GDPR-01", "GDPR-17", from_="2018-05-25")
def health_data_has_an_article_9_condition(use: Outline) -> Finding | None:
    """Data concerning health needs a condition of Article 9 beside the basis of Article 6."""
    if _asked(use)[1]:
        return None
    return forbid("No Article 9 condition is stated, and this is data concerning health.",
                  missing=["an Article 9 condition that fits the use"])  # fmt: skip


@outline_rule(Question.DATA_PROTECTION, "GDPR-17", "GDPR-17-SCH", from_="2018-05-25")
def schedule_1_follows_the_letter(use: Outline) -> Finding | None:
    """Schedule 1 Part 1 paragraph 2 goes with (h), 3 with (i), 4 with (j), Part 2 with (g), and none with (a)."""
    _, letter, schedule = _asked(use)
    allowed = CONDITIONS.get(letter)
    if allowed is None or (schedule.startswith(allowed) if allowed else not schedule):
        return None
    asked = use.data_protection
    return forbid(
        lambda: f"Article {asked.article_9} does not go with Schedule 1 {asked.schedule_1 or 'none'}.",
        missing=["the condition of Schedule 1 that goes with the Article 9 condition"],
    )


@outline_rule(Question.DATA_PROTECTION, "GDPR-17", from_="2018-05-25", when=Purpose.RESEARCH)
def research_is_not_care(use: Outline) -> Finding | None:
    """Research does not rest on the condition for providing and managing care."""
    if _asked(use)[1] != "9(2)(h)":
        return None
    return forbid("Article 9(2)(h) is for care and its management, and this is research.", missing=["Article 9(2)(j)"])


def _fitting(case: Case, *cites: str) -> Finding | None:
    recipient = case.recipient
    if recipient is None:
        return _nobody_known(case, cites)
    use, bodies = case.outline, recipient.bodies
    stated = use.kept(bodies, lambda: _stated(use, bodies))
    if stated is not None:
        return _rests_on(case, recipient, stated, cites)
    asked, fitting = use.data_protection, _standing(use.on, use.purpose, use.route, bodies, use.ended)
    return forbid(
        lambda: (
            f"{asked}{'' if asked.schedule_1 or asked.of_1998 else ' and Schedule 1 none'} does not stand for "
            f"{case.application.purpose} by {recipient.name}."
        ),
        missing=[
            lambda: (
                f"a combination that fits: {listed(map(str, fitting), last='or')}"
                if fitting
                else f"an application for a purpose, or on a way round the duty, for which {recipient.name} has grounds"
            )
        ],
        used=[recipient.id],
        cites=cites if cites[0] == "DPA-1998" else ("GDPR-01", "GDPR-17"),
    )


def _for_itself(case: Case, applicant: Organisation, pair: Pair | None) -> str:
    """What would do for one that asks for another."""
    if pair is not None and pair.needs:
        return f"a record of the {pair.needs} of {applicant.name}"
    use = case.outline
    fitting = _standing(use.on, use.purpose, use.route, applicant.bodies, use.ended)
    own = f", or for itself on one of: {listed(map(str, fitting), last='or')}" if fitting else ""
    return f"an application of {case.application.recipient} alone{own}"


def _nobody_known(case: Case, cites: tuple[str, ...]) -> Finding:
    """What a body may rest on follows from what it is in law."""
    name = case.application.recipient
    return forbid(
        f"Which grounds fit depends on what {name} is in law, and {name} is not on record.",
        missing=[f"an organisation record of {name}"],
        cites=cites,
    )


def _stated(use: Outline, bodies: tuple[str, ...]) -> Pair | None:
    """The combination asked for, where it stands for a recipient of these kinds."""
    fitting = _standing(use.on, use.purpose, use.route, bodies, use.ended)
    return next((pair for pair in fitting if normal(pair) == _asked(use)), None)


def grounds_for(case: Case, controller: str) -> tuple[Pair, ...]:
    """The combinations that stand for a controller that gives its data out for this use; none where it is not of
    record what it is."""
    return _open_to(case, controller, for_a_regulator=_for_a_regulator(case))


def _open_to(case: Standing, controller: str, *, for_a_regulator: bool) -> tuple[Pair, ...]:
    bodies, use = _is_in_law(case, controller, for_a_regulator=for_a_regulator), case.outline
    return () if bodies is None else _standing(use.on, use.purpose, use.route, bodies, use.ended)


def _is_in_law(case: Standing, controller: str, *, for_a_regulator: bool) -> tuple[str, ...] | None:
    """The kinds of body that it is, as far as its grounds go; None where it is not of record."""
    of = case.sole(Organisation, controller)
    if of is None or not (for_a_regulator and _public(of)):
        return None if of is None else of.bodies
    return (*of.bodies, *WORDS.regulators)  # a public body that serves a regulator's function (GDPR-15)


def _for_a_regulator(case: Case) -> bool:
    return case.recipient is not None and _is_regulator(case.recipient.bodies)


@lru_cache(maxsize=MANY)
def _is_regulator(bodies: tuple[str, ...]) -> bool:
    return is_one_of(bodies, WORDS.regulators)


class _Grounds(NamedTuple):
    """The combination on which each controller gives its data out, of those that have one; of these the ones that a
    person has to look at; the controllers that have none; and the provisions of what was found."""

    found: dict[str, Pair]
    waiting: list[tuple[str, Pair]]
    without: list[str]
    cites: tuple[str, ...]


@of_standing
def _grounds(case: Standing, asked: tuple[Given, bool]) -> _Grounds:
    said_by, for_a_regulator = asked
    found, waiting, without = dict[str, Pair](), list[tuple[str, Pair]](), list[str]()
    for name, said in zip(said_by.yes, said_by.said, strict=True):
        pair = _first(case, _is_in_law(case, name, for_a_regulator=for_a_regulator), said)
        if pair is None:
            without.append(name)
            continue
        found[name] = pair
        if not _stands_alone(case, name, pair):
            waiting.append((name, pair))
    # One that declines gives nothing; that it is on record is asked of it all the same: a no never makes it easier.
    without += [name for name in said_by.declined if not case.facts.called(Organisation, name)]
    return _Grounds(found, waiting, without, _cited(frozenset([pair.provision for pair in found.values()])))


@lru_cache(maxsize=MANY)
def _cited(provisions: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted({"GDPR-01", *provisions} & {"GDPR-01", *_IDS}))


def _first(case: Standing, bodies: tuple[str, ...] | None, said: tuple[Authority, ...]) -> Pair | None:
    """The first of the combinations that its authorities state which stands; rather one that needs no document."""
    use = case.outline
    if bodies is None:
        return None
    stated = [read(each.article_6, each.article_9, each.schedule_1) for one in said for each in one.grounds]
    for words, pair in _by_preference(use.on, use.purpose, use.route, bodies, use.ended):
        if words in stated:
            return pair
    return None


@lru_cache(maxsize=MANY)
def _by_preference(
    on: dt.date, purpose: Purpose, route: Route, bodies: tuple[str, ...], ended: frozenset[str]
) -> list[tuple[tuple[str, str, str], Pair]]:
    standing = _standing(on, purpose, route, bodies, ended)
    return [(normal(pair), pair) for pair in sorted(standing, key=lambda pair: bool(pair.needs or pair.person))]


def _stands_alone(case: Standing, controller: str, pair: Pair) -> bool:
    """Whether it needs no document and no person, or its document is there."""
    if not pair.needs:
        return not pair.person
    return bool(weigh(_documents(case, controller, pair), lambda each: _faults_of_document(case, each)).fits)


def _without_grounds(case: Case, without: list[str]) -> Finding:
    def would(controller: str) -> str:
        standing = grounds_for(case, controller)
        if not standing and case.sole(Organisation, controller) is not None:
            return f"an application for a purpose, or on a way round the duty, for which {controller} has grounds"
        if not standing:
            return f"a record that says what {controller} is in law"
        grounds = listed(map(str, standing), last="or")
        return f"an authority of {titled(case, controller)} with grounds, one of: {grounds}"

    declined = [name for name in without if name in given(case).declined]
    gives = [name for name in without if name not in declined]

    def because() -> str:
        said = [f"What {each_titled(case, declined)} is in law is not on record."] if declined else []
        if gives:
            said.append(
                f"{each_titled(case, gives)} would give data out and {many(gives, 'has', 'have')} no combination of "
                f"Article 6 and Article 9 on record that stands for {case.application.purpose}; what the recipient "
                "relies on is the recipient's."
            )
        return " ".join(said)

    return forbid(
        because,
        missing=[partial(would, each) for each in without],
        used=given(case).used,
        cites=("GDPR-01",),
    )


def _rests_on(case: Case, recipient: Organisation, pair: Pair, cites: tuple[str, ...]) -> Finding:
    """A pair that needs a document stands on it; without one, or where people weigh it, it is for a person."""
    own = cites if pair.provision in cites else (*cites, pair.provision)
    if not pair.needs and not pair.person:
        return permit(
            lambda: f"{pair} fits this use by {recipient.name}.",
            used=[recipient.id],
            obligations=_safeguards(case, pair),
            cites=own,
        )
    found = weigh(_documents(case, recipient.id, pair), lambda each: _faults_of_document(case, each))
    if not pair.needs or not found.fits:
        return refer(
            lambda: (
                f"{pair} can fit, and a person has to check what it rests on."
                + (f" What is on record does not carry it: {'; '.join(found.faults)}." if found.faults else "")
            ),
            who=pair.person or OFFICER,
            missing=[
                f"a record of the {pair.needs} of {recipient.name}" if pair.needs else f"why {pair} fits this use"
            ],
            used=[recipient.id],
            cites=own,
        )
    document, *_ = found.fits
    return permit(
        lambda: f"{pair} fits this use by {recipient.name}, on its {pair.needs} (review due {day(document.review)}).",
        used=[recipient.id, document.id],
        obligations=(
            *reviewed(DataProtectionDocument, document.id, document.review, pair.provision),
            *_safeguards(case, pair),
        ),
        cites=own,
    )


def _safeguards(case: Case, pair: Pair) -> tuple[Obligation, ...]:
    """What those owe who get rows of people on this combination: secrecy for care and public health (Data Protection
    Act 2018, section 11(1) and Schedule 1 paragraph 3), the safeguards of research (section 19, now Article 84C)."""
    return () if case.application.level is Level.AGGREGATE else tied_to(pair.article_9)


def _documents(case: Standing, organisation: str, pair: Pair) -> list[DataProtectionDocument]:
    every = case.facts.having(DataProtectionDocument, "organisation", organisation)
    return [each for each in every if each.what == pair.needs]


def _faults_of_document(case: Standing, document: DataProtectionDocument) -> list[str]:
    checks = (
        (case.on < document.starts, f"starts only on {day(document.starts)}"),
        (case.on > document.review, f"was due for review on {day(document.review)}"),
        (case.outline.purpose not in document.purposes, f"is not about {case.outline.purpose}"),
    )
    return [words for wrong, words in checks if wrong] + faults_of_seen(case, document.seen)


def _public(recipient: Organisation | None) -> bool:
    return recipient is not None and is_one_of(recipient.bodies, WORDS.public_bodies)


@lru_cache(maxsize=MANY)
def _standing(
    on: dt.date, purpose: Purpose, route: Route, bodies: tuple[str, ...], ended: frozenset[str]
) -> tuple[Pair, ...]:
    """The combinations that stand on that day for such a use by a body of these kinds, in their order."""
    return tuple(
        pair
        for pair in PAIRS
        if pair.in_force(on)
        and pair.provision not in ended
        and (not pair.purposes or purpose in pair.purposes)
        and (not pair.routes or route in pair.routes)
        and _is_for(pair, bodies)
    )


def _is_for(pair: Pair, bodies: tuple[str, ...]) -> bool:
    if pair.recipient in ("public", "not public"):
        return is_one_of(bodies, WORDS.public_bodies) is (pair.recipient == "public")
    return pair.recipient == "any" or is_one_of(bodies, WORDS.regulators)


def _asked(use: Outline) -> tuple[str, str, str]:
    return use.kept(_asked, lambda: normal(use.data_protection))
