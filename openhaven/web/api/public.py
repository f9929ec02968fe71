"""What everybody may read: catalogue, register, log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query, Router
from ninja.errors import HttpError

from openhaven.haven.catalogue import catalogue
from openhaven.haven.register import register
from openhaven.records import reads
from openhaven.web.api.shapes import LONGEST, MOST, CheckpointOut, EntryOut, Id, Number, Wrong
from openhaven.web.as_of import as_of_now

public = Router()


@public.get("/datasets", tags=["catalogue"], response=list[dict[str, Any]], summary="Every dataset")
def datasets(request: HttpRequest) -> Any:
    """What is held, with fields, where it is from and which opt-outs apply. Counts go by the rule for publication."""
    return catalogue(request.haven)


@public.get("/datasets/{id}", tags=["catalogue"], response={200: dict[str, Any], 404: Wrong}, summary="One dataset")
def dataset(request: HttpRequest, id: Path[Id]) -> Any:
    """One dataset by its id."""
    return _one(catalogue(request.haven), "id", id)


@public.get("/uses", tags=["register"], response=list[dict[str, Any]], summary="Every use of data")
def uses(request: HttpRequest) -> Any:
    """Every release in the log, the latest first, as the register has it."""
    return list(reversed(as_of_now(register, request.haven)["releases"]))


@public.get("/uses/{release}", tags=["register"], response={200: dict[str, Any], 404: Wrong}, summary="One use of data")
def use(request: HttpRequest, release: Path[Id]) -> Any:
    """One release by its id."""
    return _one(as_of_now(register, request.haven)["releases"], "release", release)


@public.get("/not-released", tags=["register"], response=list[dict[str, Any]], summary="What was not released")
def not_released(request: HttpRequest) -> Any:
    """What was refused, or referred to a person."""
    return list(reversed(as_of_now(register, request.haven)["not_released"]))


@public.get("/log", tags=["log"], response=CheckpointOut, summary="How far the log has come")
def log(request: HttpRequest) -> Any:
    """The latest checkpoint."""
    note = reads.checkpoint()
    return {"size": int(note.split("\n")[1]), "checkpoint": note}


@public.get("/log/entries", tags=["log"], response=list[EntryOut], summary="Entries of the log")
def entries(request: HttpRequest, start: Query[Number] = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> Any:
    """Entries from a place on. Entries are public; what they commit to is not."""
    return [{"index": index, "entry": json.loads(data)} for index, data in reads.entries(start, start + limit)]


@public.get(
    "/log/entries/{index}/proof",
    tags=["log"],
    response={404: Wrong},
    summary="The proof of an entry",
    openapi_extra={
        "responses": {200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}},
    },
)
def proof(request: HttpRequest, index: Path[Number]) -> Any:
    """That the log holds an entry, as text (C2SP tlog-proof)."""
    size = int(reads.checkpoint().split("\n")[1])
    if index >= size:
        return JsonResponse({"what": f"the log of {size} entries has no entry {index}"}, status=404)
    return HttpResponse(reads.proof(index), content_type="text/plain; charset=utf-8")


def _one(listed: list[Mapping[str, Any]], name: str, wanted: str) -> Any:
    for each in listed:
        if each[name] == wanted:
            return each
    raise HttpError(404, f"there is no {wanted[:LONGEST]}")
