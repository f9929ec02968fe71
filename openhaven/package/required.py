"""What each obligation demands, in one plain sentence for the certificate."""

from functools import singledispatch

from openhaven.model import obligation as o
from openhaven.model.application import Condition
from openhaven.model.protection import Spread
from openhaven.model.words import Access, Precision


@singledispatch
def required(obligation: o.Obligation) -> str:
    """One sentence. An obligation without a sentence of its own is described by its class."""
    return (type(obligation).__doc__ or obligation.kind).split("\n")[0]


@required.register
def _(obligation: o.OnlyFields) -> str:
    names = [
        name if precision is Precision.AS_HELD else f"{name} ({precision})" for name, precision in obligation.fields
    ]
    return f"Only these fields leave, no finer than agreed: {', '.join(names)}."


@required.register
def _(obligation: o.OnlyCohort) -> str:
    if not obligation.conditions:
        return "Every row of the dataset may leave: the decision sets no condition on rows."
    return f"Only rows leave where {' and '.join(map(_condition, obligation.conditions))}."


@required.register
def _(obligation: o.OnlyConsenting) -> str:
    return (
        f"Only people leave whose own consent ({obligation.consent}) covers this release, checked one by one: "
        f"wording {', '.join(obligation.wordings)}; items {', '.join(obligation.items)}."
    )


@required.register
def _(obligation: o.DestroyIdentifiers) -> str:
    return "The identifiers sent for matching are destroyed once the release is made."


@required.register
def _(obligation: o.OnlyControllers) -> str:
    declined = f" Left out because they declined: {', '.join(obligation.declined)}." if obligation.declined else ""
    unnamed = f" Left out as no party to the agreement: {', '.join(obligation.unnamed)}." if obligation.unnamed else ""
    return f"Only records of these controllers leave: {', '.join(obligation.controllers)}.{declined}{unnamed}"


@required.register
def _(obligation: o.NationalOptOut) -> str:
    if not obligation.applies:
        return "The national data opt-out is not applied to this release, and the certificate says why."
    return (
        "Whole records of people who opted out are left out, by an answer of the national check "
        f"no older than {obligation.max_age_days} days."
    )


@required.register
def _(obligation: o.Objections) -> str:
    return f"Whole records of people who objected are left out ({', '.join(obligation.lists)})."


@required.register
def _(obligation: o.AtLevel) -> str:
    return f"What leaves is {obligation.level}, measured on the very file."


@required.register
def _(obligation: o.PseudonymScope) -> str:
    return (
        "The person key and other keys leave only as pseudonyms made for "
        f"{obligation.recipient} under agreement {obligation.agreement}, epoch {obligation.epoch}."
    )


@required.register
def _(obligation: o.KAnonymity) -> str:
    return (
        f"Every class of {', '.join(obligation.quasi)} holds at least {obligation.k} people; "
        f"at most {100 * obligation.suppression:g}% of rows are left out for it."
    )


@required.register
def _(obligation: o.LDiversity) -> str:
    at = "" if obligation.at is Precision.AS_HELD else f", told apart by its {obligation.at}"
    how = {
        Spread.DISTINCT: f"at least {obligation.l:g} different values",
        Spread.ENTROPY: f"values whose entropy is that of at least {obligation.l:g}",
        Spread.RECURSIVE: f"values of recursive ({obligation.c}, {obligation.l:g})-diversity",
    }[obligation.spread]
    return f"In every class of {', '.join(obligation.quasi)} the rows have {how} of {obligation.field}{at}."


@required.register
def _(obligation: o.TCloseness) -> str:
    return (
        f"In every class of {', '.join(obligation.quasi)} the values of {obligation.field} are spread as in the whole "
        f"file, but for t = {obligation.t:g} ({obligation.distance} distance)."
    )


@required.register
def _(obligation: o.KOverKeys) -> str:
    return (
        f"What any {obligation.keys} of {', '.join(obligation.quasi)} show together is shared by at least "
        f"{obligation.k} people."
    )


@required.register
def _(obligation: o.KOverEvents) -> str:
    return (
        f"Whoever knows {', '.join(obligation.quasi)} of any {obligation.events} events of a person finds at least "
        f"{obligation.k} people who have such events."
    )


@required.register
def _(obligation: o.NoPersonLink) -> str:
    return "No key leaves that tells which rows are of one person."


@required.register
def _(obligation: o.LocalRecoding) -> str:
    return f"{', '.join(obligation.quasi)} are coarsened class by class, and a column tells the level of each cell."


@required.register
def _(obligation: o.SmallNumbers) -> str:
    return f"Counts leave only under the rule {obligation.rule} for small numbers."


@required.register
def _(obligation: o.Figures) -> str:
    intervals = ", with intervals of 95%" if obligation.intervals else ""
    return f"Beside the counts stand these figures and no others: {', '.join(obligation.figures)}{intervals}."


@required.register
def _(obligation: o.RestrictedCodes) -> str:
    return (
        "Records with legally restricted codes are left out; every coded column is searched for "
        f"{', '.join(obligation.lists) or 'none: no list is set'}."
    )


@required.register
def _(obligation: o.EncryptTo) -> str:
    return f"The package opens only with the key of record of {obligation.recipient}."


@required.register
def _(obligation: o.UsedIn) -> str:
    if obligation.access is Access.SECURE_ENVIRONMENT:
        return "The data is used in a secure environment only, and no rows are taken out of it."
    return "The data is used as an extract, at the recipient's."


@required.register
def _(obligation: o.KeptAt) -> str:
    processors = f" Processed by {_sites(obligation.processors)}." if obligation.processors else ""
    return f"The data is kept by {_sites(obligation.storage)} and nobody else.{processors}"


@required.register
def _(obligation: o.Within) -> str:
    return f"The data is kept and used within {', '.join(obligation.territories)} only."


@required.register
def _(obligation: o.Conditions) -> str:
    return f"Conditions of {obligation.set_by} ({obligation.record}) are kept: {'; '.join(obligation.conditions)}."


@required.register
def _(obligation: o.Review) -> str:
    return f"The {obligation.what} {obligation.record} is reviewed by {obligation.by:%-d %B %Y}."


@required.register
def _(obligation: o.UseUntil) -> str:
    return f"The recipient keeps and uses the data until {obligation.until:%-d %B %Y} and no longer."


@required.register
def _(obligation: o.DestroyBy) -> str:
    return f"The recipient destroys the data by {obligation.by:%-d %B %Y}."


@required.register
def _(obligation: o.Replace) -> str:
    return (
        f"This release replaces {obligation.release} in full, with the same pseudonyms and coarsening; the "
        f"former file is destroyed by {obligation.destroy_former_by:%-d %B %Y}."
    )


@required.register
def _(obligation: o.Register) -> str:
    return "The use is entered in the public register no later than the release."


def _condition(condition: Condition) -> str:
    words = {"is": "is", "in": "is one of", "from": "is at least", "to": "is at most", "starts": "starts with"}
    return f"{condition.field} {words[condition.test]} {', '.join(condition.values)}"


def _sites(sites: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{id} (ODS code {ods})" if ods else id for id, ods in sites)
