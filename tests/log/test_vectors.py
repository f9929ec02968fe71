"""The vectors that we publish: both verifiers, and ours, answer each as it says; what is broken is refused by all."""

import base64
import importlib.util
import json
import subprocess
from pathlib import Path

import pytest
from verifiers import FOLDER, NODE, REFUSED, look_up_py, verify_js, verify_py

from openhaven.log.cosignature import WitnessPolicy, check_witnessed
from openhaven.log.look_up_proof import verify_look_up_proof
from openhaven.log.note import parse_verifier_key
from openhaven.log.person_proof import verify_person_proof
from openhaven.log.proof import parse_proof, verify_proof
from openhaven.model.errors import BadInput, NotVerified

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "reference" / "log-vectors.json"
CASES = json.loads(PUBLISHED.read_text("utf-8"))["cases"]


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def said_by_python(case):
    """What verify.py says, None where it refuses."""
    first, *more = case["given"]
    if case["kind"] == "looked":
        try:
            return look_up_py.looked(first, case["log"], case["witnesses"])
        except REFUSED:
            return None
    data = base64.b64decode(first) if case["kind"] == "entry" else first.encode()
    checks = {"entry": verify_py.logged, "person": verify_py.person, "grown": verify_py.growth}
    second = case["who"] if case["kind"] == "person" else more[0]
    try:
        return checks[case["kind"]](data, second, case["log"], case["witnesses"])
    except REFUSED:
        return None


def shown_by_the_log_room(case):
    """Whether our own code shows it; of growth it is the witness that looks."""
    try:
        log, policy = parse_verifier_key(case["log"]), [parse_verifier_key(each) for each in case["witnesses"]]
        policy = WitnessPolicy(tuple(policy), len(policy))
        if case["kind"] == "person":
            who = "" if case["who"] == "-" else case["who"]
            verify_person_proof(case["given"][0], log=log, policy=policy, nhs_number=who)
        elif case["kind"] == "looked":
            verify_look_up_proof(case["given"][0], log=log, policy=policy)
        else:
            entry, proof = base64.b64decode(case["given"][0]), case["given"][1]
            verify_proof(entry, proof, [log])
            check_witnessed(parse_proof(proof).checkpoint, policy, log=log)
    except (NotVerified, BadInput):
        return False
    return True


def test_the_file_is_what_its_script_makes():
    assert PUBLISHED.read_text("utf-8") == module(ROOT / "docs" / "make_vectors.py").as_text()


def test_the_page_is_what_its_script_makes():
    assert (FOLDER / "check.html").read_text("utf-8") == module(FOLDER / "make_page.py").page()


def test_what_the_page_checks_with_is_one_script_of_at_most_150_lines_that_can_be_read():
    lines = (FOLDER / "verify.js").read_text("utf-8").splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 110


def test_the_vectors_have_cases_to_show_and_to_refuse_of_every_kind():
    assert {(each["kind"], each["shows"] is None) for each in CASES} == {
        (kind, refused) for kind in ("entry", "grown", "person", "looked") for refused in (True, False)
    }
    assert len({each["name"] for each in CASES}) == len(CASES)


@pytest.mark.parametrize("kind", ["entry", "grown", "person", "looked"])
def test_the_python_file_answers_as_published(kind):
    for case in (each for each in CASES if each["kind"] == kind):
        said = said_by_python(case)
        assert (said is None) is (case["shows"] is None), (case["name"], said)
        assert case["shows"] is None or case["shows"] in said, case["name"]


@pytest.mark.parametrize("kind", ["entry", "person", "looked"])
def test_our_own_code_answers_as_published(kind):
    for case in (each for each in CASES if each["kind"] == kind):
        assert shown_by_the_log_room(case) is (case["shows"] is not None), case["name"]


_WITHOUT = """
const [verify, lookUp] = process.argv.slice(1).map((each) => require("fs").readFileSync(each, "utf8"));
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const made = (text, needed, module = {}) =>
  (new Function("module", "require", text)(module, () => needed), module.exports);
const shown = async (which, text) => {
  const own = made(which ? verify : text), all = { ...own, ...made(which ? text : lookUp, own) };
  const bytes = (each) => each.bytes === undefined ? each : Uint8Array.from(Buffer.from(each.bytes, "base64"));
  const answer = ([name, ...given]) => (async () => all[name](...given.map(bytes)))().then(() => 1, () => 0);
  return (await Promise.all(asked.map(answer))).reduce((sum, each) => sum + each, 0);
};
process.on("unhandledRejection", () => 0);
(async () => {
  const found = [];
  for (const [which, text] of [verify, lookUp].entries()) {
    for (const { index } of text.matchAll(/await /g))
      found.push(await shown(which, text.slice(0, index) + text.slice(index + 6)));
  }
  console.log(JSON.stringify(found));
})();
"""


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_a_check_of_the_page_that_nobody_waits_for_shows_nothing_that_is_broken():
    """A promise taken for its answer is how such a script would pass silently: each `await` is left out once."""
    refused = [each for each in CASES if each["shows"] is None]
    every = {"entry": 16, "grown": 16, "person": 3, "looked": 3}  # of each kind so many
    broken = [_asked(each) for at, each in enumerate(refused) if at % every[each["kind"]] == 0]
    done = subprocess.run(
        [NODE, "-e", _WITHOUT, FOLDER / "verify.js", FOLDER / "verify_look_up.js"],
        input=json.dumps(broken), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert len(found) > 20 and not any(found)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_page_answers_as_published_and_in_the_same_words():
    answers = verify_js([_asked(each) for each in CASES])
    for case, (said, why) in zip(CASES, answers, strict=True):
        assert said == said_by_python(case), (case["name"], said, why)
        assert (said is None) is (case["shows"] is None), (case["name"], why)


def _asked(case):
    first, *more = case["given"]
    keys = [case["log"], case["witnesses"]]
    match case["kind"]:
        case "entry":
            return ["logged", {"bytes": first}, more[0], *keys]
        case "person":
            return ["person", first, case["who"], *keys]
        case "looked":
            return ["looked", first, *keys]
    return ["growth", first, more[0], *keys]
