"""A package is made whole, verified offline and opened by its recipient alone; whatever is altered is named."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import package_story as story
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.log import Entry, EntryType, commitment, verifier_key
from openhaven.model.certificate import Line, Output
from openhaven.model.errors import BadInput, HavenError, NotVerified
from openhaven.model.obligation import Checker, Evidence, OnlyFields, SmallNumbers, Standing
from openhaven.model.words import Precision
from openhaven.package import sealing
from openhaven.package.build import build, finish
from openhaven.package.open import open_package
from openhaven.package.report import Mark
from openhaven.package.verify import read_trust, verify

FILES = (
    "certificate.html",
    "certificate.json",
    "data/contents.json.age",
    "data/episodes.parquet.age",
    "entry.json",
    "key.age",
    "letter.html",
    "manifest.dsse.json",
    "release.tlog-proof",
    "ro-crate-metadata.json",
)


def failures(report):
    return " | ".join(check.found for check in report.checks if check.mark is Mark.FAILED)


# ---- whole


def test_a_package_holds_what_it_should_and_verifies(whole):
    present = sorted(path.relative_to(whole.package).as_posix() for path in whole.package.rglob("*") if path.is_file())
    assert present == sorted(FILES)
    report = verify(whole.package, trust=story.TRUST)
    assert report.verified and report.status == 0 and report.release == "R-2026-0007"
    report.require()
    assert report.as_text().endswith("Verified.\n") and report.as_text().count("✓") == 6
    assert report.as_plain()["verified"] is True
    assert "not witnessed" in report.as_text()


def test_the_recipient_opens_the_very_file_and_verifies_it(whole, tmp_path):
    opened = open_package(whole.package, key_file=whole.key_file, out=tmp_path / "opened")
    assert [path.name for path in opened] == ["episodes.parquet", "contents.json"]
    assert opened[0].read_bytes() == whole.plain.read_bytes()
    assert os.stat(opened[0]).st_mode & 0o077 == 0
    for against in (tmp_path / "opened", opened[0]):
        report = verify(whole.package, trust=story.TRUST, against=against)
        assert report.verified, report.as_text()
        assert len(report.checks) == 12


def test_nothing_in_clear_tells_of_the_plain_data(whole):
    output = story.output(whole.plain)
    for name in FILES:
        text = (whole.package / name).read_bytes()
        assert output.sha256.encode() not in text and whole.built.identity.encode() not in text
        assert b"3127" not in text and b"3,127" not in text


def test_only_the_key_stands_between_the_package_and_its_data(whole):
    # any age program does: first key.age with the recipient's key, then the data with what is in it
    identity = sealing.unseal_bytes(
        (whole.package / "key.age").read_bytes(), identity=story.RECIPIENT_IDENTITY, where="key.age"
    )
    data = (whole.package / "data/episodes.parquet.age").read_bytes()
    assert sealing.unseal_bytes(data, identity=identity.decode().strip(), where="data") == whole.plain.read_bytes()


# ---- who signed


def test_without_keys_it_says_signed_by_an_unknown_key_and_does_not_verify(whole):
    report = verify(whole.package)
    assert report.status == 6 and "signed by an unknown key: haven.example/log/packages+" in failures(report)
    with pytest.raises(NotVerified, match="signed by an unknown key") as error:
        report.require()
    assert error.value.status == 6


def test_each_key_is_needed(whole):
    for key in story.TRUST:
        assert not verify(whole.package, trust=[key]).verified


def test_a_key_trusted_for_another_log_does_not_speak_for_this_one(tmp_path, whole):
    private = Ed25519PrivateKey.generate()
    witness = verifier_key("witness.example", private)
    made = build(story.package_input(whole.plain, key=witness, signer=private), tmp_path / "out")
    finish(
        tmp_path / "out",
        entered=story.entered(made),
        identity=made.identity,
        recipient_key=story.RECIPIENT_KEY,
    )
    report = verify(tmp_path / "out", trust=[*story.TRUST, str(witness)])
    assert not report.verified and "no key of that log" in failures(report)


def test_keys_are_read_from_a_file(whole, tmp_path):
    file = tmp_path / "keys.txt"
    file.write_text("# North Haven\n\n" + "\n".join(story.TRUST) + "\n")
    assert verify(whole.package, trust=read_trust(file)).verified
    with pytest.raises(BadInput):
        read_trust(tmp_path / "missing.txt")
    with pytest.raises(BadInput):
        verify(whole.package, trust=["not a key"])


def test_what_is_no_package_is_refused(tmp_path, whole):
    for path in (tmp_path / "missing", whole.plain):
        with pytest.raises(BadInput, match="is not a package"):
            verify(path, trust=story.TRUST)
        with pytest.raises(BadInput, match="is not a package"):
            open_package(path, key_file=whole.key_file, out=tmp_path / "out")


# ---- tampering


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.data())
def test_a_byte_altered_in_any_file_is_seen_and_the_file_named(whole, data):
    name = data.draw(st.sampled_from(FILES))
    file = whole.package / name
    before = file.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    flip = data.draw(st.integers(1, 255))
    try:
        file.write_bytes(before[:place] + bytes([before[place] ^ flip]) + before[place + 1 :])
        report = verify(whole.package, trust=story.TRUST)
    finally:
        file.write_bytes(before)
    assert not report.verified and name in failures(report)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    report = verify(copy, trust=story.TRUST)
    assert not report.verified and name in failures(report)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_named(copy, name):
    whole_file = (copy / name).read_bytes()
    for length in (0, len(whole_file) // 2, len(whole_file) - 1):
        (copy / name).write_bytes(whole_file[:length])
        report = verify(copy, trust=story.TRUST)
        assert not report.verified and name in failures(report)


@pytest.mark.parametrize("name", ["extra.txt", "data/extra.parquet", ".hidden", "deep/er/file", "data/key.age"])
def test_an_extra_file_is_named(copy, whole, tmp_path, name):
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_text("more")
    assert f"{name} is not listed" in failures(verify(copy, trust=story.TRUST))
    with pytest.raises(NotVerified, match="is not listed"):
        open_package(copy, key_file=whole.key_file, out=tmp_path / "out")


def test_links_and_empty_folders_are_not_passed_over(copy, whole):
    (copy / "empty").mkdir()
    assert "empty" in failures(verify(copy, trust=story.TRUST))
    (copy / "empty").rmdir()
    for name in ("letter.html", "key.age"):
        (copy / name).unlink()
        (copy / name).symlink_to(whole.package / name)
        assert name in failures(verify(copy, trust=story.TRUST))


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_package_does_not_pass(copy, other, name):
    if (copy / name).read_bytes() != (other.package / name).read_bytes():
        shutil.copy(other.package / name, copy / name)
        assert not verify(copy, trust=story.TRUST).verified


def test_entry_proof_and_key_of_another_release_do_not_pass_together(copy, other, whole, tmp_path):
    for name in ("entry.json", "release.tlog-proof", "key.age"):
        shutil.copy(other.package / name, copy / name)
    assert "entry.json commits to" in failures(verify(copy, trust=story.TRUST))
    with pytest.raises(NotVerified, match=r"key\.age: opens another package"):
        open_package(copy, key_file=whole.key_file, out=tmp_path / "out")


def test_a_replayed_key_does_not_open(copy, other, whole, tmp_path):
    shutil.copy(other.package / "key.age", copy / "key.age")
    assert "key.age has the hash" in failures(verify(copy, trust=story.TRUST))
    with pytest.raises(NotVerified, match="opens another package"):
        open_package(copy, key_file=whole.key_file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---- opening


def test_the_wrong_recipient_gets_a_plain_answer_and_nothing_else(whole, tmp_path):
    stranger = tmp_path / "stranger.key"
    stranger.write_text(sealing.new_identity() + "\n")
    with pytest.raises(BadInput, match="does not open the package") as error:
        open_package(whole.package, key_file=stranger, out=tmp_path / "out")
    assert error.value.status == 2 and not (tmp_path / "out").exists()


def test_a_package_that_is_not_finished_says_so(copy, whole, tmp_path):
    (copy / "key.age").unlink()
    with pytest.raises(NotVerified, match="not been entered in the log"):
        open_package(copy, key_file=whole.key_file, out=tmp_path / "out")


@pytest.mark.parametrize("name", sorted(set(FILES) - {"entry.json", "release.tlog-proof"}))
def test_a_package_altered_anywhere_that_matters_does_not_open(copy, whole, tmp_path, name):
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(NotVerified, match=name.split("/")[-1]):
        open_package(copy, key_file=whole.key_file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_left_when_the_data_turns_out_wrong_while_it_is_decrypted(whole, tmp_path, monkeypatch):
    # the hashes hold, and the ciphertext goes bad between the check and the reading
    out = tmp_path / "out"
    out.mkdir()
    package = Path(shutil.copytree(whole.package, tmp_path / "package"))
    sealed = package / "data/episodes.parquet.age"
    monkeypatch.setattr("openhaven.package.open.file_problems", lambda path, manifest: [])
    for spoiled in (sealed.read_bytes()[:-40], sealed.read_bytes()[:-1] + b"?"):
        sealed.write_bytes(spoiled)
        with pytest.raises(NotVerified, match=r"data/episodes\.parquet\.age"):
            open_package(package, key_file=whole.key_file, out=out)
        assert list(out.iterdir()) == []


def test_a_break_in_the_middle_leaves_nothing(whole, tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("openhaven.package.open.os.fsync", broken)
    with pytest.raises(KeyboardInterrupt):
        open_package(whole.package, key_file=whole.key_file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_disk_that_fills_up_at_the_very_end_leaves_nothing(whole, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("openhaven.package.open.os.fsync", full)
    with pytest.raises(HavenError, match="No space left on device"):
        open_package(whole.package, key_file=whole.key_file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_there_already_is_not_overwritten(whole, tmp_path):
    (tmp_path / "episodes.parquet").write_text("mine")
    with pytest.raises(BadInput, match="is there already"):
        open_package(whole.package, key_file=whole.key_file, out=tmp_path)
    assert (tmp_path / "episodes.parquet").read_text() == "mine"
    assert not (tmp_path / "contents.json").exists()


# ---- making


def test_a_file_that_changed_after_it_was_measured_does_not_leave(tmp_path):
    plain = tmp_path / "episodes.parquet"
    pq.write_table(story.table(), plain)
    package = story.package_input(plain)
    pq.write_table(story.table(people=61), plain)
    with pytest.raises(HavenError, match="not the file that the certificate measured"):
        build(package, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["episodes.parquet"]


@pytest.mark.parametrize("step", ["seal_file", "as_html", "sign_manifest"])
def test_a_full_disk_leaves_nothing_and_says_so(tmp_path, whole, monkeypatch, step):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"openhaven.package.build.{step}", full)
    with pytest.raises(HavenError, match="No space left on device"):
        build(story.package_input(whole.plain), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_format_that_is_written_down_is_the_one_that_is_made(whole):
    page = Path(__file__).parents[2] / "docs/reference/package.md"
    named = set(
        re.findall(r"`([\w./<>-]+\.(?:json|html|age|tlog-proof))`", page.read_text(encoding="utf-8").split("**The")[0])
    )
    assert {name.replace("<name>", "episodes.parquet") for name in named} == set(FILES)


def test_a_folder_in_use_is_left_alone(tmp_path, whole):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").write_text("mine")
    with pytest.raises(BadInput, match="is in use"):
        build(story.package_input(whole.plain), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


@pytest.fixture
def built(tmp_path, whole):
    return tmp_path / "out", build(story.package_input(whole.plain), tmp_path / "out")


def test_no_key_is_given_before_the_log_holds_the_entry(built):
    out, _ = built
    assert not (out / "key.age").exists()
    assert "entry.json: is missing" in failures(verify(out, trust=story.TRUST))


def test_finishing_again_after_a_break_gives_a_whole_package(built):
    out, made = built
    for _ in range(2):
        finish(out, entered=story.entered(made), identity=made.identity, recipient_key=story.RECIPIENT_KEY)
        assert verify(out, trust=story.TRUST).verified


def test_no_key_is_given_for_an_entry_of_something_else(built, whole):
    out, made = built
    entered = story.entered(made)
    for wrong in (story.entered(whole.built), replace(entered, salt=bytes(32))):
        with pytest.raises(HavenError, match="does not commit"):
            finish(out, entered=wrong, identity=made.identity, recipient_key=story.RECIPIENT_KEY)
    with pytest.raises(HavenError, match="not this package's own"):
        finish(out, entered=entered, identity=whole.built.identity, recipient_key=story.RECIPIENT_KEY)
    assert not (out / "key.age").exists()


def test_no_key_is_given_to_anyone_but_the_recipient_decided(built):
    out, made = built
    stranger = sealing.recipient_of(sealing.new_identity())
    with pytest.raises(HavenError, match="not the recipient's key"):
        finish(out, entered=story.entered(made), identity=made.identity, recipient_key=stranger)
    assert not (out / "key.age").exists()


def test_an_entry_that_is_no_release_or_names_another_does_not_verify(built):
    out, made = built
    finish(out, entered=story.entered(made, release="R-9"), identity=made.identity, recipient_key=story.RECIPIENT_KEY)
    assert "names the release R-9" in failures(verify(out, trust=story.TRUST))
    entry = Entry(EntryType.DECIDED, "2026-11-21T20:00:00Z", {}, {"manifest": commitment(made.body, story.SALT)})
    (out / "entry.json").write_bytes(bytes(entry))
    assert "not a release" in failures(verify(out, trust=story.TRUST))


# ---- opened data, measured again


def against(tmp_path, made, **changes):
    """The report on opened data of a package whose data is `made`, though its certificate says the same as ever."""
    kept = story.make(tmp_path, made=made, **changes)
    open_package(kept.package, key_file=kept.key_file, out=tmp_path / "opened")
    return verify(kept.package, trust=story.TRUST, against=tmp_path / "opened")


def with_column(table, name, values):
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def test_another_file_than_the_sealed_one_is_seen(whole, tmp_path):
    open_package(whole.package, key_file=whole.key_file, out=tmp_path)
    pq.write_table(story.table(people=61), tmp_path / "episodes.parquet")
    report = verify(whole.package, trust=story.TRUST, against=tmp_path)
    assert "sealed were" in failures(report)
    (tmp_path / "episodes.parquet").unlink()
    assert "is missing" in failures(verify(whole.package, trust=story.TRUST, against=tmp_path))
    (tmp_path / "contents.json").unlink()
    assert "open the package again" in failures(verify(whole.package, trust=story.TRUST, against=tmp_path))


def test_opened_data_of_another_package_is_seen(whole, other, tmp_path):
    open_package(other.package, key_file=other.key_file, out=tmp_path)
    assert "contents.json commits to" in failures(verify(whole.package, trust=story.TRUST, against=tmp_path))


def test_a_column_too_many_or_of_another_type_is_seen(tmp_path):
    table = story.table()
    more = against(tmp_path / "a", table.append_column("extra", pa.array([1] * len(table))))
    assert "the file has person" in failures(more)
    typed = against(tmp_path / "b", with_column(table, "days", [str(day) for day in range(len(table))]))
    assert "days is string, not integer" in failures(typed)


@pytest.mark.parametrize("written", ["9990000018", "999 000 0018", "seen by 999-000-0018, again"])
def test_an_nhs_number_in_any_text_is_seen(tmp_path, written):
    table = story.table()
    report = against(tmp_path, with_column(table, "diagnosis", ["I21"] * (len(table) - 1) + [written]))
    assert "diagnosis (1 different)" in failures(report)


def test_an_nhs_number_kept_as_a_whole_number_is_seen(tmp_path):
    table = story.table()
    report = against(tmp_path, with_column(table, "days", [1] * (len(table) - 1) + [9990000018]))
    assert "days (1 different)" in failures(report)


def test_identifiable_data_is_not_searched_for_what_it_must_hold(tmp_path, whole):
    table = story.table()
    plain = tmp_path / "episodes.parquet"
    table = with_column(table, "diagnosis", ["9990000018"] * len(table))
    pq.write_table(table, plain)
    certificate = replace(story.certificate(story.output(plain)), level="identifiable")
    assert against(tmp_path, table, certificate=certificate).verified


def test_a_class_that_is_too_small_is_seen_though_it_has_rows_enough(tmp_path):
    report = against(tmp_path, lonely(story.table()))
    assert "the smallest holds 1 people told apart by person, k is 5; 1 hold fewer" in failures(report)


def lonely(table):
    """The table with nine rows more, of one person alone in a class."""
    rows = table.to_pylist()
    more = [{**rows[0], "age_band": "90 or over"} for _ in range(9)]
    return pa.Table.from_pylist(sorted([*rows, *more], key=lambda row: row["person"]), schema=table.schema)


def test_a_row_key_is_not_taken_for_the_key_to_a_person_where_roles_are_stated(tmp_path):
    """No key to a person leaves, so classes hold rows; the only pseudonym says nothing of people or of the order."""
    made = with_column(story.table(), "diagnosis", [("b", "a")[at % 2] for at in range(len(story.table()))])
    made = made.drop(["person"])
    columns = tuple(
        replace(column, precision="pseudonym", role="key") if column.name == "diagnosis" else column
        for column in story.COLUMNS[1:]
    )
    pq.write_table(made, plain := tmp_path / "episodes.parquet")
    report = against(tmp_path, made, certificate=story.certificate(story.output(plain, columns=columns)))
    assert report.verified, report.as_text()
    assert "rows, k is 5" in report.as_text()


def test_where_no_role_is_stated_the_only_pseudonym_tells_people_apart(tmp_path):
    made = lonely(story.table())
    pq.write_table(made, plain := tmp_path / "episodes.parquet")
    columns = tuple(replace(column, role="") for column in story.COLUMNS)
    report = against(tmp_path, made, certificate=story.certificate(story.output(plain, columns=columns)))
    assert "the smallest holds 1 people told apart by person, k is 5" in failures(report)


def test_people_are_not_guessed_at_where_two_columns_could_tell_them_apart(tmp_path):
    pq.write_table(story.table(), plain := tmp_path / "episodes.parquet")
    columns = tuple(replace(column, role="") for column in story.COLUMNS)
    columns = (*columns[:5], replace(columns[5], precision="pseudonym"), *columns[6:])
    certificate = story.certificate(story.output(plain, columns=columns))
    kind = "k-anonymity"
    lines = tuple(
        replace(line, evidence=replace(line.evidence, measured={"counted": "people"}))
        if line.obligation.kind == kind
        else line
        for line in certificate.lines
    )
    report = against(tmp_path, story.table(), certificate=replace(certificate, lines=lines))
    assert [check.mark for check in report.checks if "enough people" in check.what] == [Mark.NOT_CHECKED]
    assert not report.verified
    with pytest.raises(NotVerified, match="does not say which column"):
        report.require()


def test_a_table_of_counts_is_verified_as_the_text_that_it_is(tmp_path):
    plain = tmp_path / "table.csv"
    plain.write_text('"area, all",episodes\n"North, West",10\n"a\nb",*\n', encoding="utf-8")
    digest = sealing.digest_file(plain)
    output = Output("table.csv", 2, digest.bytes, digest.sha256, ())
    lines = tuple(line for line in story.lines() if line.obligation.kind == "encrypt-to")
    certificate = replace(story.certificate(output), level="aggregate, small numbers suppressed", lines=lines)
    kept = story.packed(tmp_path, plain, certificate=certificate)
    assert "2 rows" in (kept.package / "certificate.html").read_text(encoding="utf-8")
    opened = open_package(kept.package, key_file=kept.key_file, out=tmp_path / "opened")
    report = verify(kept.package, trust=story.TRUST, against=opened[0])
    assert report.verified, report.as_text()
    assert "2 columns of text" in report.as_text()


@pytest.mark.parametrize("count, stands", [("*", True), ("0", True), ("10", True), ("7", False), ("1", False)])
def test_a_small_count_in_a_table_is_seen(tmp_path, count, stands):
    plain = tmp_path / "table.csv"
    plain.write_text(f"age,episodes\n5,10\n60,{count}\n", encoding="utf-8")
    digest = sealing.digest_file(plain)
    why = {"provisions": (), "because": "It is so."}
    small = SmallNumbers(rule="HES-2018", **why)
    fields = OnlyFields(fields=(("age", Precision.AS_HELD),), **why)
    measured = Standing.MEASURED
    lines = tuple(
        Line(each, Evidence(each.kind, measured, "ok", {}, Checker.RECIPIENT, {})) for each in (small, fields)
    )
    output = Output("table.csv", 2, digest.bytes, digest.sha256, ())
    certificate = replace(story.certificate(output), level="aggregate, small numbers suppressed", lines=lines)
    kept = story.packed(tmp_path, plain, certificate=certificate)
    opened = open_package(kept.package, key_file=kept.key_file, out=tmp_path / "opened")
    report = verify(kept.package, trust=story.TRUST, against=opened[0])
    assert report.verified == stands and (stands or f"episodes {count}" in failures(report))


def test_rows_out_of_pseudonym_order_are_seen(tmp_path):
    table = story.table()
    made = pa.concat_tables([table.slice(len(table) - 1), table.slice(0, len(table) - 1)])
    assert "near row 1 one stands before its place" in failures(against(tmp_path, made))


def test_rows_without_a_pseudonym_may_stand_last(tmp_path):
    table = story.table()
    nobody = table.slice(0, 6).set_column(0, "person", pa.nulls(6, pa.string()))
    assert against(tmp_path, pa.concat_tables([table, nobody])).verified


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from([*"pqrstu", None])), min_size=1)
)
def test_people_in_a_class_are_counted_as_the_obvious_way_does(rows):
    from openhaven.package.opened import class_sizes

    table = pa.table(
        {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(("a", "b", "who"))}
    )
    people: dict[tuple[str, str], set[str]] = {}
    for a, b, who in rows:
        people.setdefault((a, b), set()).update([who] if who else [])
    assert sorted(class_sizes(table, by=["a", "b"], person="who")) == sorted(len(each) for each in people.values())
    plain = sorted(sum(row[:2] == key for row in rows) for key in people)
    assert sorted(class_sizes(table, by=["a", "b"], person=None)) == plain


# ---- where nothing else is installed

BARE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {blocked!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
from pathlib import Path
from openhaven.package.open import open_package
from openhaven.package.verify import verify
package, key, out = map(Path, sys.argv[1:4])
open_package(package, key_file=key, out=out)
report = verify(package, trust=sys.argv[4:], against={against})
print(report.as_text())
sys.exit(report.status)
"""


@pytest.mark.parametrize(
    "blocked, with_data",
    [(("django", "duckdb", "pyspark", "narwhals"), True), (("django", "duckdb", "pyarrow", "jinja2", "numpy"), False)],
)
def test_it_is_verified_and_opened_where_neither_django_nor_duckdb_is_installed(whole, tmp_path, blocked, with_data):
    script = BARE.format(blocked=blocked, against="out" if with_data else "None")
    done = subprocess.run(
        [sys.executable, "-c", script, str(whole.package), str(whole.key_file), str(tmp_path / "out"), *story.TRUST],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Verified." in done.stdout and (tmp_path / "out/episodes.parquet").exists()
