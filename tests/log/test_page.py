"""The page that checks proofs, opened from disk in a real browser, as a person would; without one, it is skipped."""

import base64
import json

import pytest
from browser import CHROMIUM, browser
from odd_signatures import CASES as SIGNATURES
from test_vectors import CASES
from verifiers import FOLDER

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser is installed")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def page(opened):
    opened.open((FOLDER / "check.html").as_uri())
    return opened


def asked(page, case):
    """What the page says to a case, given to it as a person would: files chosen, fields filled, the button pressed."""
    files = [case["given"][0], *case["given"][1:]]
    data = [each if n == 0 and case["kind"] == "entry" else base64.b64encode(each.encode()).decode() for n, each in
            enumerate(files)]  # fmt: skip
    fields = {"key": case["log"], "witnesses": "\n".join(case["witnesses"]), "who": case["who"].replace("-", "")}
    return page.run(
        """(async (kind, files, fields) => {
            document.querySelector(`input[name=kind][value=${kind}]`).click();
            files.forEach((text, at) => {
                const chosen = new DataTransfer();
                chosen.items.add(new File([Uint8Array.from(atob(text), (each) => each.charCodeAt(0))], "file"));
                document.getElementById(["first", "second"][at]).files = chosen.files;
            });
            for (const [name, value] of Object.entries(fields)) document.getElementById(name).value = value;
            document.querySelector("button").click();
            const says = document.getElementById("says");
            while (says.hidden) await new Promise((again) => setTimeout(again, 5));
            return says.textContent;
        })"""
        + f"({json.dumps(case['kind'])}, {json.dumps(data)}, {json.dumps(fields)})"
    )


def test_it_answers_the_published_vectors(page):
    """Every tenth that is refused, and every one that is shown."""
    some = [each for each in CASES if each["shows"]] + [each for each in CASES if each["shows"] is None][::10]
    for case in some:
        said = asked(page, case)
        if case["shows"] is None:
            assert said.startswith("Not shown: "), (case["name"], said)
        else:
            assert said.startswith("It is so: ") and case["shows"] in said, (case["name"], said)


def test_what_is_forgotten_is_asked_for(page):
    case = next(each for each in CASES if each["kind"] == "person") | {"log": ""}
    assert asked(page, case) == "Not shown: paste the key of the log first."


def test_what_the_browser_takes_for_a_signature_is_what_the_other_verifiers_do(page):
    asked_of = [[base64.b64encode(each).decode() for each in case[1:4]] for case in SIGNATURES]
    said = page.run(
        f"""Promise.all({json.dumps(asked_of)}.map((three) => openhaven.signed(
            ...three.map((each) => Uint8Array.from(atob(each), (one) => one.charCodeAt(0)))).catch(() => false)))"""
    )
    assert said == [case[4] for case in SIGNATURES]


NOT_HTTPS = (
    "This page did not come over https, so it cannot check: save it and open it from your own disk, or use verify.py"
)
TOO_OLD = "This browser is too old to check proofs: use a newer one, or verify.py from where you got this page."
SHOWN = next(each for each in CASES if each["shows"] and each["kind"] == "person")
REFUSED = next(each for each in CASES if each["shows"] is None and each["kind"] == "person")
BROWSERS = {
    "without Ed25519": "SubtleCrypto.prototype.importKey = () => Promise.reject(new Error('NotSupportedError'))",
    "without any of it": "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })",
    "that takes whatever it is given": "SubtleCrypto.prototype.verify = async () => true",
    "that takes nothing": "SubtleCrypto.prototype.verify = async () => false",
    "that answers in other words": "SubtleCrypto.prototype.verify = async () => 'true'",
}


def said_by_itself(page):
    """What stands at the top of the page, once it knows what the browser can do: it does when it has answered."""
    return page.run("(({hidden, textContent}) => hidden ? '' : textContent)(document.getElementById('cannot'))")


def test_where_the_browser_can_check_no_more_is_said(page):
    assert asked(page, SHOWN).startswith("It is so: ") and said_by_itself(page) == ""


@pytest.mark.parametrize("which", BROWSERS)
def test_a_browser_that_cannot_check_says_so_and_shows_nothing(opened, which):
    opened.open((FOLDER / "check.html").as_uri(), before=BROWSERS[which])
    for case in (SHOWN, REFUSED):
        assert asked(opened, case) == f"Not shown: {TOO_OLD[0].lower()}{TOO_OLD[1:]}"
    assert said_by_itself(opened) == TOO_OLD


def test_a_page_that_came_by_an_insecure_way_says_so_and_shows_nothing(opened):
    """Browsers have no Ed25519 there. An address made of the page's own bytes is such a way, and needs no server."""
    opened.open("data:text/html;base64," + base64.b64encode((FOLDER / "check.html").read_bytes()).decode())
    assert opened.run("isSecureContext") is False
    for case in (SHOWN, REFUSED):
        assert asked(opened, case).startswith(f"Not shown: {NOT_HTTPS[0].lower()}{NOT_HTTPS[1:]}")
    assert said_by_itself(opened).startswith(NOT_HTTPS)


def test_it_may_do_nothing_but_its_own_script(page):
    """No network, no script from elsewhere, not even of its own folder."""
    blocked = page.run(
        """(async () => {
            const found = [];
            addEventListener("securitypolicyviolation", (event) => found.push(event.effectiveDirective));
            await fetch("https://example.invalid/").catch(() => 0);
            const script = document.createElement("script");
            script.textContent = "globalThis.slipped = true";
            document.body.append(script);
            const picture = new Image();
            picture.src = "https://example.invalid/x.png";
            await new Promise((later) => setTimeout(later, 100));
            return [found.sort(), globalThis.slipped ?? false];
        })()"""
    )
    assert blocked == [["connect-src", "img-src", "script-src-elem"], False]


def test_each_field_has_a_name_and_the_answer_is_told_to_a_screen_reader(page):
    names = page.run(
        """[...document.querySelectorAll("input, textarea")].map((each) =>
            [...(each.labels ?? [])].map((label) => label.textContent.trim()).join(""))"""
    )
    assert names and all(names[:4]) and len(names) == 9
    assert page.run("document.getElementById('says').getAttribute('role')") == "status"
    assert page.run("document.documentElement.lang") == "en-GB"
