"""Given the demonstration's own papers, when their people apply from an empty form, then each application comes to
its certificate and to the public register, or to a refusal there; and a patient finds the use and checks it herself."""

from __future__ import annotations

import io
import re
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from applying import act, answers_of, apply_in, click
from by_http import Visitor, sessions
from following import follow
from identity_provider import provider_running
from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))

from journeys_haven import Desk, check_again, make_haven

pytestmark = pytest.mark.xdist_group("seven")
ROOT = Path(__file__).parents[2]
WHO = {
    "1-university": "UNIVERSITY",
    "2-cancer-audit": "CANCER-AUDIT",
    "3-insurer": "INSURER",
    "3b-consultancy": "CONSULTANCY",
    "4-health-protection": "HEALTH-PROTECTION",
    "5-commissioner": "COMMISSIONER",
    "6-trial": "TRIALS-UNIT",
    "7-university-refresh": "UNIVERSITY",
}
"""The demonstration's applications, and who applies."""
RELEASED = [name for name in WHO if not name.startswith("3")]
TEAM = {"olu": "case officer", "una": "independent adviser", "sir": "senior information risk owner"}
NOT_RELEASED = {"3-insurer": ("refused", "insurance"), "3b-consultancy": ("refused", "research")}
A_TABLE = "aggregate, small numbers suppressed"
STRANGER = "9990000018"
PATIENCE = 90_000  # milliseconds: a busy machine is no failure


@dataclass
class Road:
    """A haven with its service, everybody who goes the road of an application there, and how far each has come."""

    desk: Desk
    address: str
    browser: Browser
    people: dict[str, Visitor]
    released: dict[str, str] = field(default_factory=dict)

    def page(self, name: str) -> Page:
        """A browser of one person's own, without a session for "anyone"."""
        context = self.browser.new_context()
        context.set_default_timeout(PATIENCE)
        if name in self.people:
            context.add_cookies([{"name": "session", "value": self.people[name].session, "url": self.address}])
        return context.new_page()

    def answers(self, name: str) -> dict[str, object]:
        return answers_of(self.desk.path("applications", f"{name}.toml"))

    def to_the_register(self, name: str) -> str:
        """The whole road of one application, once; the id of its release."""
        if name not in self.released:
            applicant = self.page(WHO[name])
            case = apply_in(applicant, self.address, self.answers(name))
            self.review(case, routine=self.answers(name)["level"] == {"level": A_TABLE})
            self.an_agreement_is_signed(case)
            self.list_is_sent(applicant, name, case)
            self.released[name] = self.release(case)
        return self.released[name]

    def review(self, case: str, *, routine: bool) -> None:
        """The team checks it, the advisers say what they think, the risk owner approves."""
        said = {"says": "supports", "text": "It serves patients.", "conditions": ""}
        self.does("olu", case, "check")
        if routine:
            self.does("olu", case, "routine", **said)
        else:
            self.does("olu", case, "advisers")
            self.does("una", case, "opinion", says="supports", text="Sound.")
            self.does("olu", case, "minute", **said)
        self.does("sir", case, "approve", text="Worth it.", conditions="")

    def does(self, name: str, case: str, act_name: str, **typed: str) -> None:
        """One act of one person, which is taken."""
        answer = act(self.people[name], case, act_name, **typed)
        assert answer.status == 302, (act_name, answer.text)

    def an_agreement_is_signed(self, case: str) -> None:
        """It is on record already, by `haven record agreement`, and the application names it."""

    def list_is_sent(self, applicant: Page, name: str, case: str) -> None:
        """The applicant sends the list of people, where the application asks for people on one."""
        file = self.answers(name)["list"]["file"]  # type: ignore[index]
        if file:
            applicant.goto(f"{self.address}/applications/{case}")
            follow(applicant.get_by_role("link", name="Send the list of people"))
            wrong = {"name": file, "mimeType": "text/csv", "buffer": b"study_id,nhs_number,date_of_birth\nS1,,1.1.80\n"}
            for each, said in ((wrong, "line 2"), (self.desk.path("applications", file), "We have your list")):
                applicant.get_by_label("The file with your list").set_input_files(each)
                click(applicant, "Send it")
                expect(applicant.locator("main").get_by_text(said).first).to_be_visible()
            (lies,) = (self.desk.home / "vault" / "cohorts").glob("*")
            assert (lies.name, lies.stat().st_mode & 0o777) == (f"{case}.csv", 0o600)

    def release(self, case: str) -> str:
        """A case officer asks for the release, and sees it made."""
        olu = self.page("olu")
        olu.goto(f"{self.address}/desk/releases/start")
        follow(olu.locator(f'a[href^="/desk/releases/start/{case}"]').first)
        click(olu, f"Release {case}")
        there = olu.get_by_role("link", name=f"Go to release {case}")
        stopped = olu.get_by_text("Try again")
        expect(there.or_(stopped).first).to_be_visible(timeout=PATIENCE)
        assert there.count(), olu.inner_text("main")
        follow(there)
        assert not list((self.desk.home / "vault" / "cohorts").glob("*")), "a list of people was destroyed"
        olu.wait_for_url(f"**/desk/releases/{case}.R*")
        return olu.url.rpartition("/")[2]

    def a_month_passes(self) -> None:
        """Each trust delivers again in full, and what it had delivered is replaced."""
        live = {
            each["ids"]["controller"]: each["ids"]["delivery"]
            for each in self.desk.entries()
            if each["type"] == "delivery_accepted"
        }
        for controller, delivery in live.items():
            _, again = sorted(self.desk.path("incoming").glob(f"*/episodes_{controller}.*"))
            done = self.desk.deliver(again, "--replaces", delivery, controller=controller)
            assert done.status == 0, done.err

    def not_released(self) -> list[str]:
        """What the public register says was not released, row by row, the latest first."""
        anyone = self.page("anyone")
        anyone.goto(f"{self.address}/uses/not-released")
        return anyone.locator("main tbody tr").all_inner_texts()


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    """A haven with everything on record that the applications rely on, and nothing released yet."""
    folder = tmp_path_factory.mktemp("seven")
    check_again(folder, make_haven(folder, people=5_000, episodes=30_000))  # of fewer, a table is mostly small counts
    return Desk(folder)


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    """Its service with a worker, where patients sign in too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with provider_running(client="a-haven", back=f"http://127.0.0.1:{port}/my/back") as provider:
        key = desk.home / "keys" / "patients.pem"
        key.write_bytes(provider.client_key)
        key.chmod(0o600)
        with (desk.home / "haven.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'\n[patients]\nissuer = "{provider.issuer}"\nclient_id = "a-haven"\n')
        command = [Path(sys.executable).with_name("haven"), "--haven", desk.home, "serve", "--port", str(port)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
            try:
                assert served.stderr is not None
                said = served.stderr.readline()
                assert said.startswith("http://"), said
                yield said.strip()
            finally:
                served.terminate()


@pytest.fixture(scope="module")
def road(desk: Desk, address: str, browser: Browser) -> Iterator[Road]:
    """Everybody at their place."""
    posts = {name: [[role, ""]] for name, role in TEAM.items()}
    posts |= {organisation: [["applicant", organisation]] for organisation in WHO.values()}
    found = sessions(desk.home, [{"email": f"{name}@example.org", "posts": each} for name, each in posts.items()])
    people = {name: Visitor(address, found[f"{name}@example.org"]) for name in posts}
    expect.set_options(timeout=PATIENCE)
    yield Road(desk, address, browser, people)
    for context in browser.contexts:
        context.close()


@pytest.mark.parametrize("name", RELEASED)
def test_from_an_empty_form_to_certificate_and_public_register(road: Road, name: str) -> None:
    # given the paper of the demonstration, when its people apply, and everybody does their part
    if name == "7-university-refresh":
        earlier = road.to_the_register("1-university")
        road.a_month_passes()
    release = road.to_the_register(name)
    if name == "7-university-refresh":
        olu = road.page("olu")
        olu.goto(f"{road.address}/desk/releases/{release}/compare")
        assert earlier in olu.inner_text("main")
    # then the recipient reads the certificate, on which every obligation stands that was measured
    recipient = road.page(WHO[name])
    recipient.goto(f"{road.address}/desk/releases/{release}/certificate")
    expect(recipient.get_by_role("heading", level=1)).to_contain_text(f"Certificate of {release}")
    assert "Measured on the file" in recipient.inner_text("main")
    # and the public finds the use in the register, by its title
    title = road.answers(name)["title"]["title"]  # type: ignore[index]
    anyone = road.page("anyone")
    anyone.goto(f"{road.address}/uses")
    anyone.get_by_label("Look for a word").fill(release)
    click(anyone, "Search")
    follow(anyone.get_by_role("link", name=str(title)))
    expect(anyone.get_by_role("heading", level=1)).to_have_text(re.compile(f"Release {release}.*{title}", re.S))


@pytest.mark.parametrize("name", ["3-insurer", "3b-consultancy"])
def test_from_an_empty_form_to_refusal_in_the_public_register(road: Road, name: str) -> None:
    before = road.not_released()
    # given an insurer, or a consultancy with its money, when they apply
    applicant = road.page(WHO[name])
    case = apply_in(applicant, road.address, road.answers(name))
    outcome = {"3-insurer": "it would be refused", "3b-consultancy": "a person would have to decide"}[name]
    assert outcome in applicant.inner_text("main")
    road.does("olu", case, "check")
    if name == "3b-consultancy":  # a person has to judge it: another body is asked first
        road.does("sir", case, "refer", text="The National Data Guardian is asked.")
        applicant.goto(f"{road.address}/applications/{case}")
        assert "Referred elsewhere on" in applicant.inner_text("main")
        road.does("olu", case, "take-up", text="The answer came: they advise against it.")
    road.does("sir", case, "refuse", text="Data is not given for insurance.")
    # then the applicant is told, and the public finds one more that was not released
    applicant.goto(f"{road.address}/applications/{case}")
    assert "Refused on" in applicant.inner_text("main")
    first, *rest = road.not_released()
    assert rest == before
    assert all(word in first for word in NOT_RELEASED[name])


def test_a_patient_finds_the_use_and_verifies_it_without_a_network(road: Road, tmp_path: Path) -> None:
    # given somebody whose record the cancer audit received
    release = road.to_the_register("2-cancer-audit")
    number = _somebody_in(road, release, tmp_path)
    # when she signs in, finds the use among "where your data was used", and saves its proof and the log's key
    page = road.page("anyone")
    page.goto(f"{road.address}/my")
    click(page, "Prove who you are")
    page.get_by_label("Who").fill(f"{number}.P9")
    click(page, "Go on")
    masked = page.locator("details", has_text=release)
    masked.locator("summary").click()
    with page.expect_download() as given:
        masked.get_by_role("button", name="Get the proof").click()
    given.value.save_as(tmp_path / "proof.json")
    (tmp_path / "log-key.txt").write_text(page.request.get(f"{road.address}/log-key.txt").text())
    # then the verifier, opened from disk where there is no network, says that her record was held
    held = "HELD"
    assert held in _checked_in_a_browser(road.browser, number, tmp_path)
    assert held in _checked_by_the_script(number, tmp_path)
    # and of somebody else it does not
    assert held not in _checked_in_a_browser(road.browser, STRANGER, tmp_path)


def _somebody_in(road: Road, release: str, folder: Path) -> str:
    """An NHS number from the file that the recipient took away, and opened with their own key."""
    sent = road.people[WHO["2-cancer-audit"]].get(f"/desk/releases/{release}/package.tar")
    assert sent.status == 200
    with tarfile.open(fileobj=io.BytesIO(sent.body)) as tar:
        tar.extractall(folder / "package", filter="data")
    opened = folder / "opened"
    key = road.desk.path("keys", "cancer_audit.txt")
    assert road.desk.haven("open", folder / "package" / release, "--key", key, "--out", opened).status == 0
    (file,) = opened.rglob("*.parquet")
    return str(min(pq.read_table(file, columns=["nhs_number"])["nhs_number"].to_pylist()))


def _checked_in_a_browser(browser: Browser, number: str, folder: Path) -> str:
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    page.goto((ROOT / "verifier" / "check.html").as_uri())
    page.get_by_label("The proof file").set_input_files(folder / "proof.json")
    page.get_by_label("Your NHS number").fill(number)
    page.get_by_label("The key of the log").fill((folder / "log-key.txt").read_text())
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#says")).to_be_visible()
    assert [url for url in asked if not url.startswith("file:")] == []
    said = page.locator("#says").inner_text()
    context.close()
    return said


NO_NETWORK = """
import runpy, sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise SystemExit("it asked for a network")
sys.addaudithook(refuse)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _checked_by_the_script(number: str, folder: Path) -> str:
    command = [sys.executable, "-I", "-c", NO_NETWORK, ROOT / "verifier" / "verify.py", "person",
               folder / "proof.json", number, folder / "log-key.txt"]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return told.stdout
