"""Pages for patients: what they chose, where their data was used, a proof of one use, and what they can ask for."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from openhaven.casework.exemptions import EXEMPTIONS
from openhaven.casework.proxies import EVIDENCE
from openhaven.desk.models import Request
from openhaven.desk.patients import copies, hiding, proxies, requests
from openhaven.desk.patients.proxies import has_died
from openhaven.desk.patients.requests import LONGEST, Kind, Said
from openhaven.haven.looking import look_up
from openhaven.haven.my_uses import my_uses
from openhaven.haven.my_uses_words import CANNOT_SEE, answers, held_words, unknown_words
from openhaven.haven.own_choices import no_of, yes_of
from openhaven.haven.tags import has_tags, proof_of
from openhaven.law.numbers import number
from openhaven.model.errors import BadInput, NotVerified
from openhaven.outside.sign_in import begin, finish
from openhaven.records import reads
from openhaven.records.kept import Looked
from openhaven.web import patients
from openhaven.web.pages import page
from openhaven.web.sending import as_bytes, as_file
from openhaven.web.slowing import an_hour
from openhaven.web.typed import Text

KINDS = {"copy": Kind.COPY, "object": Kind.OBJECTION, "yes": Kind.CONSENT, "no-more": Kind.WITHDRAWAL,
         "complain": Kind.COMPLAINT}  # fmt: skip
FORMER_NOTICES = frozenset({1})
NUMBERS_SAID = {
    "dead_recent": "access-deceased-days-recent",
    "dead": "access-deceased-days",
    "first": "proxy-review-age-first",
    "second": "proxy-review-age-second",
    "grown": "parents-no-longer-age",
}
WHY_IN = "the person themselves, signed in with proven identity"


class Words(forms.Form):
    """What somebody asks, in their own words."""

    words = Text(
        label="Tell us in your own words",
        max_length=LONGEST,
        widget=forms.Textarea,
        error_messages={"required": "Tell us what you want to ask"},
    )


def words_form(request: HttpRequest, number: str) -> Words:
    """The form as it was sent, else with what the person typed there before their time was up."""
    if request.method == "POST":
        return Words(request.POST)
    typed = patients.typed_before(request, number)
    return Words(initial={"words": typed[1]} if typed and typed[0] == request.path else {})


@never_cache
def my(request: HttpRequest) -> HttpResponse:
    """What there is for patients, and the way in."""
    return page(request, "my.html", open=patients.provider(request) is not None, inside=patients.who(request))


def sign_in(request: HttpRequest) -> HttpResponse:
    """Off to who proves the person's identity."""
    if (provider := patients.provider(request)) is None:
        return redirect("my")
    try:
        at, begun = begin(provider)
    except NotVerified:
        return _not_in(request)
    answer = redirect(at)
    patients.remember_begun(request, answer, begun)
    return answer


@never_cache
def back(request: HttpRequest) -> HttpResponse:
    """Back from there: let in where everything fits, and only then."""
    provider, begun = patients.provider(request), patients.begun_by(request)
    if provider is None or begun is None:
        return _not_in(request)
    asked = {name: request.GET.get(name, "") for name in ("state", "code")}
    try:
        proven = finish(provider, begun, **asked, now=int(time.time()))
    except NotVerified:
        answer = _not_in(request)
        patients.forget(request, answer, "going")
        return answer
    if has_died(request.haven, proven.nhs_number):
        return _not_in(request)
    typed = patients.typed_before(request, proven.nhs_number)
    answer = redirect(typed[0] if typed else "my_uses")
    patients.let_in(request, answer, proven.nhs_number)
    return answer


def _not_in(request: HttpRequest) -> HttpResponse:
    todo = "We could not be sure who you are, so we show nothing. Go back and try once more."
    return page(request, "wrong.html", status=403, title="You are not signed in", todo=todo)


def leave(request: HttpRequest) -> HttpResponse:
    """Out at once: signed out, and on to a page about something else."""
    answer = redirect(request.haven.settings.patients.leave_to)
    return _out(request, answer)


def out(request: HttpRequest) -> HttpResponse:
    """Signed out."""
    return _out(request, redirect("my"))


def _out(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    patients.over(request, answer)
    answer["Clear-Site-Data"] = '"cache"'
    answer["Cache-Control"] = "no-store"
    return answer


def choices(request: HttpRequest) -> HttpResponse:
    """What opt-outs stop and do not, and where each is set. The same for everyone: nobody's choice is known here."""
    return page(request, "my_choices.html")


@patients.own
def uses(request: HttpRequest, number: str) -> HttpResponse:
    """Which uses held this person's record; entered before it is looked up."""
    haven = request.haven
    look_up(haven, Looked.PERSON, of="my-uses", why=WHY_IN, nhs_number=number)
    found = my_uses(haven, number)
    contact, hides = haven.settings.haven.contact, hiding.hidden(haven, number)
    shown = [{"use": each, "told": answers(each, contact=contact), "masked": each.sensitive} for each in found.uses]
    return page(
        request,
        "my_uses.html",
        held=held_words(found.held),
        uses=shown,
        others=found.others,
        unknown=list(unknown_words(found.unknown)),
        cannot_see=CANNOT_SEE,
        hides=hides,
        sensitive=found.sensitive,
        hiding=bool(hides or proxies.acting_for(haven, number)),
    )


@require_POST
@patients.own
def hide(request: HttpRequest, number: str, release: str) -> HttpResponse:
    """A use is hidden from who acts for the person, or shown to them again."""
    does = hiding.show if request.POST.get("again") else hiding.hide
    try:
        does(request.haven, number, release, why=WHY_IN)
    except BadInput:
        raise Http404(release) from None
    return redirect("my_uses")


@require_POST
@patients.own
def proof(request: HttpRequest, number: str, release: str) -> HttpResponse:
    """The proof of one use, which verifies offline; asked for one at a time."""
    haven, found = request.haven, reads.release(release)
    if found is None or not has_tags(haven, found):
        raise Http404(release)
    look_up(haven, Looked.PERSON, of=f"proof of {release}", why=WHY_IN, nhs_number=number)
    made = proof_of(haven, found, number)
    return as_file(str(made), name="proof.json", content_type="application/json")


@patients.own
def asked(request: HttpRequest, number: str) -> HttpResponse:
    """What the person can ask for, and what they have asked."""
    mine = [(each, requests.told(each)) for each in requests.asked_by(request.haven, number)]
    return page(request, "my_asked.html", kinds=KINDS, asked=mine)


@patients.own
@an_hour(20)
def ask(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """One request: said in their own words, taken in, and given a day."""
    if kind not in KINDS:
        raise Http404(kind)
    form = words_form(request, number)
    if form.is_valid():
        patients.forget_typed(request)
        made = requests.ask(request.haven, KINDS[kind], Said(number, form.cleaned_data["words"]))
        return redirect("my_thanks", made.pk)
    return page(request, "my_ask.html", form=form, kind=kind, title=TITLES[kind])


@patients.own
def thanks(request: HttpRequest, number: str, asked: int) -> HttpResponse:
    """What was asked has a number and a day."""
    return page(request, "my_thanks.html", made=_own_request(request, number, asked))


@require_POST
@patients.own
def copy(request: HttpRequest, number: str, asked: int) -> HttpResponse:
    """The copy that the person asked for."""
    found = _own_request(request, number, asked)
    try:
        content = copies.collect(request.haven, found, nhs_number=number, why=WHY_IN)
    except BadInput:
        return page(request, "my_no_copy.html", status=404)
    return as_bytes(content, name=f"my-copy-{asked}.zip")


@require_POST
@patients.own
def wipe_copy(request: HttpRequest, number: str, asked: int) -> HttpResponse:
    """The person has it: it is wiped here."""
    copies.wipe(request.haven, _own_request(request, number, asked))
    return redirect("my_asked")


def _own_request(request: HttpRequest, number: str, asked: int) -> Request:
    found = next((each for each in requests.asked_by(request.haven, number) if each.pk == asked), None)
    if found is None:
        raise Http404
    return found


@patients.own
def yes(request: HttpRequest, number: str) -> HttpResponse:
    """What the person said yes to; entered before it is looked up."""
    haven = request.haven
    look_up(haven, Looked.PERSON, of="what they said yes to", why=WHY_IN, nhs_number=number)
    return page(request, "my_yes.html", yes=yes_of(haven, number), no=no_of(haven, number))


@require_POST
@patients.own
def take_back(request: HttpRequest, number: str, consent: str) -> HttpResponse:
    """A yes is taken back: it is on record at once, or as soon as the haven is free."""
    haven = request.haven
    look_up(haven, Looked.PERSON, of="what they said yes to", why=WHY_IN, nhs_number=number)
    mine = next((each for each in yes_of(haven, number) if each.consent == consent and not each.taken_back), None)
    if mine is None:
        raise Http404(consent)
    said = Said(number, f"I take back my yes to {mine.study}.")
    made = requests.ask(haven, Kind.WITHDRAWAL, said, on_record=consent)
    return redirect("my_thanks", made.pk)


TITLES: dict[str, Any] = {
    "copy": "Ask for a copy of your data",
    "object": "Ask us to stop using your data",
    "yes": "Say yes to a study",
    "no-more": "Take back your yes to a study",
    "complain": "Tell us what went wrong",
}


def questions(request: HttpRequest) -> HttpResponse:
    """What people often ask."""
    return page(request, "questions.html")


def privacy(request: HttpRequest, version: int = 0) -> HttpResponse:
    """What is done with data about people: the version that counts, or one before it."""
    if version and version not in FORMER_NOTICES:
        raise Http404(version)
    return page(request, f"privacy_{version}.html" if version else "privacy.html")


def policies(request: HttpRequest) -> HttpResponse:
    """How people are answered: by when, what may be left out, who may ask for another, and whom to complain to."""
    today, chosen = request.haven.today(), request.haven.settings.policy.numbers
    ages = {name: number(id, on=today, chosen=chosen) for name, id in NUMBERS_SAID.items()}
    evidence = [(who.capitalize(), paper) for who, paper in sorted(EVIDENCE.items())]
    return page(request, "policies.html", exemptions=EXEMPTIONS.values(), evidence=evidence, **ages)
