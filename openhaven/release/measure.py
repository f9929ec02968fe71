"""Each obligation measured again, on the very file that leaves. One function an obligation, found by its type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from openhaven.model import obligation as o
from openhaven.model.certificate import Line
from openhaven.model.errors import Unmet

from . import beyond, inside, whose
from .counting import Ints
from .evidence import Measure, promised
from .made import Made
from .reading import people_in_file, sizes_on_file


@dataclass(frozen=True, slots=True)
class Certified:
    """The lines of a certificate, and the sizes and rows of the classes on the file where k was measured."""

    lines: tuple[Line, ...]
    sizes: tuple[Ints, Ints] | None


def certify(made: Made) -> Certified:
    """One line for each obligation of the decision. Raises Unmet naming the first that the file does not meet."""
    lines = []
    made = replace(made, sizes=sizes_on_file(made), people_in_file=people_in_file(made))
    for obligation in made.obligations:
        evidence = _measure_of(obligation)(obligation, made)
        if evidence.standing is o.Standing.NOT_MET:
            raise Unmet(f"{obligation.kind} is not met: {evidence.says}", todo="Nothing has left the haven.")
        lines.append(Line(obligation, evidence))
    return Certified(tuple(lines), made.sizes)


def check_measurable(obligations: Sequence[o.Obligation]) -> None:
    """Raises Unmet for the first obligation that nothing here measures or promises, before anything is made."""
    for obligation in obligations:
        if _measure_of(obligation) is _not_kept:
            raise _unkept(obligation)


def _measure_of(obligation: o.Obligation) -> Measure:
    return MEASURES.get(type(obligation), _not_kept)


def _not_kept(obligation: o.Obligation, _: Made) -> o.Evidence:
    raise _unkept(obligation)


def _unkept(obligation: o.Obligation) -> Unmet:
    return Unmet(
        f"the decision demands {obligation.kind}, which the road of this version cannot keep",
        todo="Nothing has left the haven.",
    )


MEASURES: Mapping[type[o.Obligation], Measure] = {
    o.OnlyFields: inside.fields,
    o.OnlyCohort: whose.cohort,
    o.OnlyControllers: whose.controllers,
    o.NationalOptOut: whose.opt_outs,
    o.Objections: whose.objections,
    o.AuditViews: _not_kept,
    o.AtLevel: inside.level,
    o.PseudonymScope: inside.pseudonyms,
    o.KAnonymity: inside.k_anonymity,
    o.LDiversity: beyond.l_diversity,
    o.TCloseness: beyond.t_closeness,
    o.KOverKeys: beyond.over_keys,
    o.KOverEvents: beyond.over_events,
    o.NoPersonLink: beyond.no_person_link,
    o.LocalRecoding: inside.local_recoding,
    o.SmallNumbers: inside.small_numbers,
    o.Figures: inside.figures,
    o.RestrictedCodes: whose.restricted,
    o.OnlyConsenting: whose.consenting,
    o.DestroyIdentifiers: promised(
        lambda each: "the people file that was sent for matching is destroyed", o.Checker.CONTROLLER
    ),
    o.EncryptTo: promised(
        lambda each: f"the package's own key is sealed to the key of record of {each.recipient}", o.Checker.RECIPIENT
    ),
    o.UsedIn: promised(
        lambda each: f"the recipient uses it in the setting agreed: {each.access}", o.Checker.CONTROLLER
    ),
    o.KeptAt: promised(lambda each: "the recipient keeps it at the places agreed", o.Checker.CONTROLLER),
    o.Within: promised(lambda each: "the recipient takes it to no other territory", o.Checker.CONTROLLER),
    o.Conditions: promised(lambda each: "the recipient keeps these conditions", o.Checker.CONTROLLER),
    o.Review: promised(lambda each: f"the operator sees {each.record} reviewed in time", o.Checker.CONTROLLER),
    o.UseUntil: promised(lambda each: "the recipient stops using it when the agreement ends", o.Checker.CONTROLLER),
    o.DestroyBy: promised(lambda each: "the recipient destroys this data, with every copy", o.Checker.CONTROLLER),
    o.Replace: promised(
        lambda each: f"this release replaces {each.release} in full; the recipient destroys the former file",
        o.Checker.CONTROLLER,
    ),
    o.Register: promised(
        lambda each: (
            "the log entry names application, agreement, dataset and recipient; public registers are made from entries"
        ),
        o.Checker.ANYONE,
    ),
}
