"""A certificate's face as one page that prints on A4: no script, nothing remote, pictures drawn in place."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from openhaven.model.obligation import Standing
from openhaven.package.certificate import Face
from openhaven.package.uneven import uneven_by

SHOWN = 12
"""Most values of one characteristic on the page; the JSON has all."""

ALMOST = "under 0.1%"

_TITLES = {"age": "Age", "sex": "Sex", "ethnicity": "Ethnicity", "area": "Area"}
_HELD = {
    "one": "any 1 of their rows",
    "two": "any 2 of their rows",
    "three": "any 3 of their rows",
    "all_rows": "all of their rows",
}
_HELD |= {"1": _HELD["one"], "2": _HELD["two"], "3": _HELD["three"], "all": _HELD["all_rows"]}


@dataclass(frozen=True, slots=True)
class Naming:
    """Titles of provisions by id, and names of organisations by id. What has none is shown by its id."""

    provisions: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)

    def organisation(self, id: str) -> str:
        """The name with the id behind it, or the id alone."""
        name = self.organisations.get(id, "")
        return f"{name} ({id})" if name and name != id else id


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture: `share` from 0 to 1 is its length, `text` stands beside it; None is protected."""

    label: str
    share: float | None
    text: str
    before: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A bar chart and the table beside it. The last columns of each row are figures."""

    id: str
    title: str
    says: str
    bars: tuple[Bar, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str = ""


def as_html(face: Face, *, naming: Naming) -> str:
    """The page of a face, in British English."""
    return (
        _environment()
        .get_template("certificate.html")
        .render(
            face=face,
            naming=naming,
            optout=next((line for line in face["lines"] if line["obligation"]["kind"] == "national-opt-out"), None),
            measured=[line for line in face["lines"] if line["standing"] != Standing.PROMISED],
            promised=[line for line in face["lines"] if line["standing"] == Standing.PROMISED],
            reasons=_reasons(face),
            uneven=uneven_by(face),
            sizes=class_sizes(face),
            singled=singled_out(face),
            removed=removed(face),
            steps=steps(face),
            pseudonyms=any(
                column["role"] == "person" or column["precision"] == "pseudonym" for column in face["output"]["columns"]
            ),
        )
    )


def class_sizes(face: Face) -> Picture | None:
    """How many rows stand in classes of how many people; before and after, or after alone."""
    classes = face["classes"]
    after, before = classes.get("after", []), classes.get("before", [])
    if not after and not before:
        return None
    largest = max((_number(bar["rows"]) or 0 for bar in [*after, *before]), default=0) or 1
    bars, rows = [], []
    for low, high in sorted({(bar["low"], bar["high"]) for bar in [*after, *before]}):
        label, row = _span(low, high), [_span(low, high)]
        for which, is_before in ((before, True), (after, False)):
            if not which:
                continue
            bar = next((each for each in which if (each["low"], each["high"]) == (low, high)), None)
            rows_in, count = (bar["rows"], bar["classes"]) if bar else (0, 0)
            bars.append(
                Bar(label if is_before or not before else "", _part(rows_in, largest), figure(rows_in), is_before)
            )
            row += [figure(count), figure(rows_in)]
        rows.append(tuple(row))
    heads = ["People in a class"]
    heads += ["Classes before", "Rows before"] if before else []
    heads += ["Classes that leave", "Rows in them"] if before else ["Classes", "Rows in them"]
    says = "Rows by the number of people in their class" + (", before and after" if before else "")
    return Picture("sizes", "Rows by size of class", says, tuple(bars), tuple(heads), tuple(rows))


def singled_out(face: Face) -> Picture | None:
    """The share of people told apart from everybody else by 1, 2, 3 and all of their rows."""
    shares = face["singled_out"]
    if not shares:
        return None
    known = [(name, shares[name]) for name in _HELD if name in shares]
    known += [(name, share) for name, share in shares.items() if name not in _HELD]
    bars = tuple(Bar(_HELD.get(name, name.replace("_", " ")), _share(share), _per_cent(share)) for name, share in known)
    rows = tuple((bar.label, bar.text) for bar in bars)
    return Picture(
        "singled",
        "People singled out",
        "Share of people singled out, by how many of their rows are known",
        bars,
        ("Somebody knows", "Share of people singled out"),
        rows,
    )


def removed(face: Face) -> list[Picture]:
    """For each characteristic: whom suppression removed, as a share of those held; all bars to one scale."""
    pictures: list[Picture] = []
    largest = max((_removed_share(each) or 0.0 for each in face["removed"]), default=0.0) or 1.0
    for by in dict.fromkeys(each["by"] for each in face["removed"]):
        of_this = [each for each in face["removed"] if each["by"] == by]
        if len(of_this) > SHOWN:
            of_this = sorted(of_this, key=lambda each: -(_number(each["removed"]) or 0))
        shown = of_this[:SHOWN]
        title = _title(of_this[0])
        bars = tuple(_removed_bar(each, largest) for each in shown)
        rows = tuple(
            (each["value"], figure(each["removed"]), figure(each["of"]), bar.text)
            for each, bar in zip(shown, bars, strict=True)
        )
        more = f"and {len(of_this) - SHOWN} more values, in certificate.json" if len(of_this) > SHOWN else ""
        pictures.append(
            Picture(
                f"removed-{len(pictures)}",
                title,
                f"Share of rows that suppression removed, by {by}",
                bars,
                (title, "Removed", "Of", "Share"),
                rows,
                more,
            )
        )
    return pictures


def _title(each: Mapping[str, Any]) -> str:
    """What a characteristic is called, which of the four it is, and whether it leaves."""
    title = _TITLES.get(each["by"], spoken(each["by"])[:1].upper() + spoken(each["by"])[1:])
    group = f" ({each['group']})" if each["group"] and each["group"] not in title.lower() else ""
    return f"{title}{group}" + ("" if each["leaves"] else ", which does not leave")


def steps(face: Face) -> Picture | None:
    """The road with what was counted after each step; controllers only."""
    counts: Sequence[Sequence[Any]] = face.get("counts", [])
    if not counts:
        return None
    largest = max(count for _, count in counts) or 1
    bars = tuple(Bar(what, count / largest, figure(count)) for what, count in counts)
    return Picture(
        "steps",
        "The road, step by step",
        "What was counted at each step of the road",
        bars,
        ("Step", "Counted"),
        tuple((bar.label, bar.text) for bar in bars),
    )


def figure(value: Any, name: str = "") -> str:
    """A figure for a reader: thousands parted, shares (by their name) as per cents, the rest as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{100 * value:.3g}%" if "share" in name else f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(figure, value)) or "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{spoken(name)} {figure(each)}" for name, each in value.items()) or "none"
    number = _number(value)
    return f"{number:,}" if number is not None else str(value)


def spoken(name: str) -> str:
    """The name of a figure as words: valid_nhs_numbers as valid NHS numbers."""
    return re.sub(r"\bnhs\b", "NHS", name.replace("_", " "))


def sentence(text: str) -> str:
    """A sentence begins with a capital (a symbol such as k does not) and ends with a full stop."""
    text = text.strip()
    symbol = text[1:2] == " " and text[:1] in "klt"
    return (text if symbol else text[:1].upper() + text[1:]) + ("" if not text or text[-1] in ".!?:" else ".")


def kind(type: str) -> str:
    """The type of a column in words, from an Arrow or a Frictionless type."""
    words = {"string": "text", "large_string": "text", "boolean": "yes or no", "bool": "yes or no", "double": "number"}
    if type.startswith(("int", "uint")):
        return "whole number"
    if type.startswith(("timestamp", "datetime")):
        return "date and time"
    return "date" if type.startswith("date") else words.get(type, type)


def long_date(day: str) -> str:
    """2026-11-21 as 21 November 2026."""
    return f"{dt.date.fromisoformat(day):%-d %B %Y}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["figure"], made.filters["long_date"] = figure, long_date
    made.filters["spoken"], made.filters["sentence"], made.filters["kind"] = spoken, sentence, kind
    return made


def _reasons(face: Face) -> list[str]:
    """Why, in a few sentences: what the certificate says, else the reasons of the findings that permit."""
    if face["says"]:
        return list(face["says"])
    return [
        found["because"]
        for question in face["decision"]
        for found in question["findings"]
        if found["effect"] == "permit"
    ][:4]


def _removed_bar(each: Mapping[str, Any], largest: float) -> Bar:
    share = _removed_share(each)
    text = "protected" if share is None else "none" if not share else ALMOST if share < 0.001 else f"{share:.1%}"
    return Bar(each["value"], None if share is None else share / largest, text)


def _removed_share(each: Mapping[str, Any]) -> float | None:
    count, of = _number(each["removed"]), _number(each["of"])
    if count is None or of is None:
        return None
    return min(1.0, count / of) if of else 0.0


def _number(value: Any) -> int | None:
    """A count, also one that went through the publication rule; None where the rule hides it."""
    text = str(value).replace(",", "")
    return int(text) if text.isdecimal() else None


def _part(value: Any, largest: int) -> float | None:
    number = _number(value)
    return None if number is None else number / largest


def _share(share: float | str | None) -> float | None:
    if isinstance(share, str):
        digits = share.removesuffix("%")
        return int(digits) / 100 if digits.isdecimal() else 0.0
    return share


def _per_cent(share: float | str | None) -> str:
    if share is None:
        return "not measured"
    return share if isinstance(share, str) else f"{share:.2%}" if share else "none"


def _span(low: int, high: int) -> str:
    if high >= 1 << 31 or high < low:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
