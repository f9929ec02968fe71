"""The page that sets beside each page of applicants and staff what does the same for programs, or why nothing does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from making.markdown import table

DATA = Path(__file__).with_name("api.toml")
URLS = Path(__file__).parents[2] / "openhaven" / "web" / "urls.py"
INTRO = """# The API beside the pages

Programs do what applicants and staff do on the pages, by the same tables of moves, as their token's person and with its
scopes. The service describes every operation at `/api/openapi.json`, and scopes stand in
[serve](../how-to/serve.md#watch-over-it). Patients have pages alone.

What a person signs, certifies or decides themselves (opinions, recommendations, [answers to what the law leaves to two
people](../how-to/review.md#what-the-law-leaves-to-two-people), approvals and refusals, signatures, decisions about
incidents, and of patients' requests who asks, what is left out, objections and answers) needs a token with the scope
`sign` **and**, in the header `X-One-Time-Code`, the code that the app of the token's person shows now. A code counts
once, here or on the pages; one with which nothing was done, as something else did not fit, is good still.
Wrong ones count with those typed on the pages: after five in five minutes no code is looked
at. Each code shown, wrong or right, leaves a line with the numbers of account and token. Without either the answer is
403, and says on which page it is done. `signs` in a list of acts says where a code is asked for."""


def api_page() -> str:
    """The page."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    at = addresses()
    by = [[f"`/{at[name]}`", ", ".join(f"`{each}`" for each in does)] for name, does in data["by"].items()]
    apart = [[f"`/{at[name]}`", why] for name, why in data["not"].items()]
    parts = [INTRO, table(["page", "operation"], by), "## What no program does", table(["page", "why"], apart)]
    return "\n\n".join(parts)


def addresses() -> Mapping[str, str]:
    """Each address by its name, with the names of its parts alone."""
    found = re.findall(r'path\("([^"]*)", [^)]*name="(\w+)"\)', URLS.read_text(encoding="utf-8"))
    return {name: re.sub(r"<\w+:(\w+)>", r"{\1}", path) for path, name in found}
