"""Pages for who acts for another: less than the person sees, checked anew for each page, and logged as a proxy's.

Uses whose titles could say something about health are never shown here, nor that there is one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from openhaven.casework.asking import Deed, Stage, Who
from openhaven.desk.models import Proxy, Request
from openhaven.desk.patients import copies, proxies, requests
from openhaven.desk.patients.hiding import hidden
from openhaven.desk.patients.requests import DEEDS, How, Said
from openhaven.haven.looking import look_up
from openhaven.haven.my_uses import my_uses
from openhaven.haven.my_uses_words import PARTIAL, answers, unknown_words
from openhaven.haven.tags import has_tags, proof_of
from openhaven.model.errors import BadInput
from openhaven.records import reads
from openhaven.records.kept import Looked
from openhaven.web import patients
from openhaven.web.pages import page
from openhaven.web.sending import as_bytes, as_file
from openhaven.web.slowing import an_hour
from openhaven.web.views.my import KINDS, words_form


@patients.own
def others(request: HttpRequest, number: str) -> HttpResponse:
    """For whom this person may act, and who may act for them."""
    haven = request.haven
    mine = [(each, proxies.person_of(haven, each)[1]) for each in proxies.acting(haven, number)]
    theirs = [(each, sorted(proxies.noun_of(haven, each).may)) for each in proxies.acting_for(haven, number)]
    return page(request, "my_others.html", mine=mine, theirs=theirs)


@require_POST
@patients.own
def end(request: HttpRequest, number: str, proxy: int) -> HttpResponse:
    """The person ends what somebody may do for them. Not what a court or a law gave: that they ask staff for."""
    row = next((each for each in proxies.acting_for(request.haven, number) if each.pk == proxy), None)
    if row is None or row.who != Who.CHOSEN:
        raise Http404
    proxies.end(request.haven, row, why="The person ended it.", by="the person themselves")
    return redirect("my_others")


@patients.own
def acting(request: HttpRequest, number: str, proxy: int) -> HttpResponse:
    """What a proxy may do for one person, and where that person's data was used."""
    row = _row(request, number, proxy)
    haven, (of, name) = request.haven, proxies.person_of(request.haven, row)
    shown: dict[str, object] = {}
    if not proxies.why_not_now(haven, row, Deed.SEE_USES):
        look_up(haven, Looked.PERSON, of="my-uses", why=proxies.why_words(row), nhs_number=of)
        found = my_uses(haven, of).without_sensitive(hidden(haven, of))
        contact = haven.settings.haven.contact
        shown = {
            "uses": [(each, answers(each, contact=contact)) for each in found.uses],
            "others": found.others,
            "unknown": list(unknown_words(found.unknown)),
            "partial": PARTIAL,
            "proves": not proxies.why_not_now(haven, row, Deed.PROVE),
        }
    asks = {name: kind for name, kind in KINDS.items() if not proxies.why_not_now(haven, row, DEEDS[kind])}
    asked = [(each, requests.told(each)) for each in requests.asked_for(row)]
    return page(request, "my_for.html", row=row, name=name, seen=shown, asks=asks, asked=asked)


@require_POST
@patients.own
def proof(request: HttpRequest, number: str, proxy: int, release: str) -> HttpResponse:
    """The proof of one use that is not masked."""
    row = _row(request, number, proxy, Deed.PROVE)
    haven, found = request.haven, reads.release(release)
    of, _ = proxies.person_of(haven, row)
    if found is None or not has_tags(haven, found):
        raise Http404(release)
    look_up(haven, Looked.PERSON, of=f"proof of {release}", why=proxies.why_words(row), nhs_number=of)
    if release in my_uses(haven, of).sensitive | hidden(haven, of):
        raise Http404(release)
    return as_file(str(proof_of(haven, found, of)), name="proof.json", content_type="application/json")


@patients.own
@an_hour(20)
def ask(request: HttpRequest, number: str, proxy: int, kind: str) -> HttpResponse:
    """A proxy asks, in their own words."""
    if kind not in KINDS:
        raise Http404(kind)
    row = _row(request, number, proxy, DEEDS[KINDS[kind]])
    of, name = proxies.person_of(request.haven, row)
    form = words_form(request, number)
    if form.is_valid():
        patients.forget_typed(request)
        how = How("signed in with proven identity; " + row.evidence, by="a proxy", proxy=row)
        made = requests.ask(request.haven, KINDS[kind], Said(of, form.cleaned_data["words"]), how)
        return redirect("my_for_thanks", row.pk, made.pk)
    return page(request, "my_for_ask.html", form=form, row=row, name=name, kind=KINDS[kind])


@patients.own
def thanks(request: HttpRequest, number: str, proxy: int, asked: int) -> HttpResponse:
    """What was asked has a number and a day."""
    row = _row(request, number, proxy)
    return page(request, "my_for_thanks.html", made=_request(row, asked), row=row)


@require_POST
@patients.own
def copy(request: HttpRequest, number: str, proxy: int, asked: int) -> HttpResponse:
    """The copy that a proxy asked for."""
    row = _row(request, number, proxy)
    found = _request(row, asked)
    if proxies.why_not_now(request.haven, row, Deed.COLLECT, Stage(found.stage)):
        raise Http404
    of, _ = proxies.person_of(request.haven, row)
    try:
        content = copies.collect(request.haven, found, nhs_number=of, why=proxies.why_words(row))
    except BadInput:
        return page(request, "my_no_copy.html", status=404)
    return as_bytes(content, name=f"copy-{asked}.zip")


@require_POST
@patients.own
def wipe_copy(request: HttpRequest, number: str, proxy: int, asked: int) -> HttpResponse:
    """The proxy has it: it is wiped here."""
    row = _row(request, number, proxy)
    copies.wipe(request.haven, _request(row, asked))
    return redirect("my_for", row.pk)


def _row(request: HttpRequest, number: str, proxy: int, deed: Deed | None = None) -> Proxy:
    """The proxy that this person is, in force now. Raises Http404 for everybody else, and for what was not given."""
    row = next((each for each in proxies.acting(request.haven, number) if each.pk == proxy), None)
    if row is None or (deed is not None and proxies.why_not_now(request.haven, row, deed)):
        raise Http404
    return row


def _request(row: Proxy, asked: int) -> Request:
    found = next((each for each in requests.asked_for(row) if each.pk == asked), None)
    if found is None:
        raise Http404
    return found
