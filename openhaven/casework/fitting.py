"""What has to fit together in an answer, question by question; what is wrong by the name of the form's field."""

from collections.abc import Callable, Mapping
from typing import Any

from openhaven.law.studies import check_reference
from openhaven.model.application import Comparison
from openhaven.model.errors import BadInput
from openhaven.model.figure import measures_of, word_of
from openhaven.model.words import Precision

from .questions import YES, Answers, Offered, fields_of

Answer = Any
"""What one question was answered with: by the names of its inputs, or for each of its rows."""
Wrong = dict[str, str]
Check = Callable[[Answer, Offered, Answers], Wrong]


def values_in(text: str) -> list[str]:
    """The values of a part of a rule, which commas part."""
    return [each for part in text.split(",") if (each := part.strip())]


def _why_if(choice: str, value: str, why: str) -> Check:
    def check(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
        return {why: "Say more: you answered that this is so"} if answer[choice] == value and not answer[why] else {}

    return check


def _check_period(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    return {"ends": "The last day cannot be before the first"} if answer["ends"] < answer["starts"] else {}


def _check_reasons(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    steps = {each.name: each.precisions for each in fields_of(offered, answers)}
    return {
        f"{each['row']}.precision": f"This field can be given as: {', '.join(steps[each['row']])}"
        for each in answer
        if each["precision"] not in steps[each["row"]]
    }


def _check_table(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    words = [word_of(each) for each in answer.get("figures") or ()]
    measured = measures_of(words)
    if set(measured) & set(answer["by"]):
        return {"by": "A field of which you ask a mean cannot be counted by"}
    if len(measured) > 1:
        return {"figures": "Choose means and medians of one field"}
    if any(word.counted_by not in answer["by"] for word in words if not word.of_amounts):
        return {"figures": "Choose shares by fields that you count by"}
    reasons = answers.get("reasons") or ()
    if any(each["row"] in measured and each["precision"] != Precision.AS_HELD for each in reasons):
        return {"figures": "Ask for this field as it is held: only its figures are given"}
    return {}


def _check_cohort(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    if not answer:
        return {"1.field": "Give at least one part of the rule"}
    wrong: Wrong = {}
    for each in answer:
        for part in ("field", "test", "values"):
            if not each[part]:
                wrong[f"{each['row']}.{part}"] = "Fill in all three parts"
        if each["test"] in (Comparison.IS, Comparison.FROM, Comparison.TO) and len(values_in(each["values"])) != 1:
            wrong[f"{each['row']}.values"] = "Give one value here"
    return wrong


def _check_funders(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    return {
        f"{each['row']}.{part}": "Give the organisation and its line of business"
        for each in answer
        for part in ("organisation", "business")
        if not each[part]
    }


def _check_study(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    try:
        check_reference(answer.get("study", ""), where="study")
    except BadInput as problem:
        return {"study": f"This is not as such a reference is written. {problem.todo}"}
    return {}


def _check_list(answer: Answer, offered: Offered, answers: Answers) -> Wrong:
    odd = set(answer["file"]) & set("/\\") or answer["file"].startswith(".")
    return {"file": "Give the name of the file alone"} if odd else {}


CHECKS: Mapping[str, Check] = {
    "commercial": _why_if("gains", YES, "how"),
    "opt-outs": _why_if("left_in", YES, "why"),
    "setting": _why_if("setting", "extract", "why"),
    "period": _check_period,
    "reasons": _check_reasons,
    "table": _check_table,
    "cohort": _check_cohort,
    "funding": _check_funders,
    "list": _check_list,
    "basis": _check_study,
}
"""The check of each question whose answer has parts that must agree."""
