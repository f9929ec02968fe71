"""Codes that an Act bars from disclosure (fertility, gender recognition), and apart from them the sensitive by policy.

The bar bites on a record that holds a listed code in any coded column. The settings say which lists hold information
about gender recognition, to which dated Orders make exceptions, and which are sensitive by policy alone."""

from openhaven.model.decision import Finding
from openhaven.model.obligation import RestrictedCodes
from openhaven.model.record.approvals import Exemption
from openhaven.model.words import Level

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case, Outline, kept
from ..evidence import Weighed, faults_of_exemption, faults_of_seen, weigh
from ..plainly import day, listed
from ..words import EXCEPTIONS


@rule(Question.RESTRICTED, "SENS-01", "SENS-01-HFE", "SENS-01-GRA", "SENS-04", from_="2013-04-01")
def restricted_codes_are_looked_for(case: Case) -> Finding | None:
    """Legally restricted codes are looked for in every coded column; identifiable data needs a list to do it with."""
    use, excepted = case.outline, Exemption in case.facts.kinds and bool(_excepted(case).fits)
    return use.kept(("restricted codes", excepted), lambda: _looked_for(use, excepted))


def _looked_for(use: Outline, excepted: bool) -> Finding:
    if use.level is Level.AGGREGATE:
        return permit("The bar is on identifying people; a table with small numbers protected names nobody.")
    policy = use.policy
    lists = (*policy.restricted_lists, *(() if excepted else policy.gender_recognition_lists))
    coded = [field.name for field in use.dataset if field.codes]
    if coded and not policy.restricted_lists:
        return _no_list(use, coded, lists)
    if not lists:
        return permit("No column is described as coded, and no list of restricted codes is loaded.")
    looked = RestrictedCodes(
        provisions=("SENS-01", "SENS-04"),
        lists=lists,
        because="A record with a restricted code in any coded column is left out.",
    )
    return permit(
        lambda: f"Restricted codes of {listed(lists)} are looked for in every coded column.", obligations=[looked]
    )


def _no_list(use: Outline, coded: list[str], others: tuple[str, ...]) -> Finding:
    """Nobody can look for codes without a list: identifiable rows do not leave, and of others a person says it."""
    known = f"only {listed(others)} (gender recognition)" if others else "none"
    missing = ["a list of restricted codes, loaded by files.restricted and named in policy.restricted_lists"]
    if use.level is Level.IDENTIFIABLE:
        return forbid(
            lambda: f"{listed(coded)} could hold restricted codes. Lists of them that are loaded: {known}.",
            missing=missing,
        )
    return refer(
        lambda: (
            f"{listed(coded)} could hold restricted codes. Lists of them that are loaded: {known}, so rows with such "
            "codes would leave, though without a name; whether they may, a person says."
        ),
        who="the Caldicott Guardian",
        missing=missing,
    )


@rule(Question.RESTRICTED, "SENS-01-GRA", "SENS-01-2005", "SENS-01-2022", from_="2022-07-28", needs=Exemption)
def an_order_excepts_gender_recognition(case: Case) -> Finding | None:
    """An exception relied on stands while its Order does: the one of 2005, or the one of 2022 until 27 July 2027."""
    return _exception(case)


@rule(Question.RESTRICTED, "SENS-01-GRA", "SENS-01-2005", from_="2013-04-01", to="2022-07-27", needs=Exemption)
def an_order_excepted_gender_recognition(case: Case) -> Finding | None:
    """An exception relied on stands while its Order does: until July 2022 there was the one of 2005."""
    return _exception(case)


@rule(Question.RESTRICTED, "SENS-05", from_="2013-04-01", only=lambda use: bool(use.policy.sensitive_lists))
def what_is_sensitive_by_policy_needs_an_approval(case: Case) -> Finding | None:
    """Records with codes that are sensitive by policy are left out, unless the agreement admits them by an approval."""
    lists = case.facts.policy.sensitive_lists
    left = tuple(each for each in lists if each not in admitted(case))
    if not left:
        return permit(
            lambda: f"Records with codes of {listed(lists)} are admitted by an approval, protected more strongly."
        )
    because = "A record with a code that is sensitive by policy is left out: no approval admits it."
    looked = RestrictedCodes(provisions=("SENS-05",), lists=left, because=because)
    return permit(lambda: f"{because} Lists: {listed(left)}.", obligations=[looked])


@rule(Question.RESTRICTED, "SENS-05", from_="2013-04-01")
def an_agreement_alone_admits_nothing_sensitive(case: Case) -> Finding | None:
    """An agreement that admits codes sensitive by policy, and shows no approval, is for the Caldicott Guardian."""
    agreement = case.agreement
    if agreement is None or not agreement.sensitive or admitted(case):
        return None
    return refer(
        lambda: f"{agreement.id} admits {listed(agreement.sensitive)}, and nobody is on record as having approved it.",
        who="the Caldicott Guardian",
        missing=["who approved that these codes may leave, and when"],
        used=[agreement.id],
    )


@kept
def admitted(case: Case) -> tuple[str, ...]:
    """The lists, sensitive by policy, whose records an approval of the agreement admits on that day."""
    agreement = case.agreement
    if agreement is None or agreement.sensitive_approved is None or faults_of_seen(case, agreement.sensitive_approved):
        return ()
    return tuple(each for each in agreement.sensitive if each in case.facts.policy.sensitive_lists)


@kept
def _excepted(case: Case) -> Weighed[Exemption]:
    relied = [each for each in case.relied_on(Exemption) if each.code in EXCEPTIONS]
    return weigh(relied, lambda each: faults_of_exemption(case, each, EXCEPTIONS))


def _exception(case: Case) -> Finding | None:
    weighed = _excepted(case)
    if not weighed.fits:
        wanted = (
            f"an exemption on record, named in the application and in force on {day(case.on)}, that covers this use"
        )
        return forbid(lambda: weighed.why("exception"), missing=[wanted]) if weighed.faults else None
    found, *_ = weighed.fits
    coded = EXCEPTIONS[found.code]
    return permit(
        lambda: f"{found.seen.by} found that {coded.title} allows this disclosure.",
        used=[found.id],
        unsure=coded.unsure,
        cites=["SENS-01-GRA", coded.provision],
    )
