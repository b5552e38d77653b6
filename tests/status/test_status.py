"""Status: what is there at every point of a run, counted from its tables."""

import json

import pyarrow as pa
import pytest

from drepano.contracts import write_json, write_table
from drepano.contracts.inventory import (
    BIDS_FILES,
    FAILURES,
    OUTCOMES,
    PROBLEMS,
    SUBJECTS,
    UNITS,
)
from drepano.contracts.states import REASONS, STATES, STEP_STATES
from drepano.contracts.values import CLINICAL, IMAGING
from drepano.matrix import dictionary, quality
from drepano.ranks.parts import PartStore, concatenate, to_part
from drepano.ranks.unit import UnitResult
from drepano.release import Content, seal
from drepano.settings import Gates, Study
from drepano.status import as_json, failures_digest, gate_text, render, status, units

SITE = "abuja"


@pytest.fixture
def run(tmp_path):
    """Folders of a run that has not started."""
    return tmp_path / "results", tmp_path / "releases"


def write_index(results):
    keys = [("a", "1"), ("a", "2"), ("b", "1")]
    flags = {"imaging": True, "genomics": False, "clinical": True}
    rows = [{"subject": s, "session": e, **flags} for s, e in keys]
    write_table(results / "index" / "subjects.parquet", SUBJECTS.from_rows(rows), SUBJECTS)
    text = {"where": "w", "found": "f", "expected": "e", "remedy": "r"}
    problems = [{"severity": s, **text} for s in ("error", "warning", "warning")]
    write_table(results / "index" / "problems.tsv", PROBLEMS.from_rows(problems), PROBLEMS)


def write_plan(results, shards):
    for shard, keys in enumerate(shards):
        rows = [{"unit": f"u{k}", "key": k, "cost": 1.0, "payload": "{}"} for k in keys]
        path = results / "units" / "imaging" / f"{shard}.parquet"
        write_table(path, UNITS.from_rows(rows), UNITS)
    planned = results / "units" / "imaging" / "states.parquet"
    write_table(planned, STEP_STATES.empty(), STEP_STATES)


def write_outcomes(results, shard, outcomes):
    rows = [{"unit": f"u{k}", "key": k, "reason": r} for k, r in outcomes.items()]
    path = results / "shards" / "imaging" / f"{shard}.outcomes.parquet"
    write_table(path, OUTCOMES.from_rows(rows), OUTCOMES)


def part(key, *, retry=False):
    return to_part(key, UnitResult(IMAGING.empty(), STEP_STATES.empty()), IMAGING, retry=retry)


def make_release(releases, *, subjects=("a", "b"), gates=None):
    matrix = pa.table({"subject": list(subjects), "session": ["1"] * len(subjects)})
    states = pa.table({n: [] for n in STEP_STATES.names[:5]})
    states = states.cast(pa.schema(list(STEP_STATES.schema)[:5]))
    study = Study.model_validate(
        {"study": "s", "version": "1.0.0", "clinical": {"columns": ["hb"]}}
    )
    counted = quality(matrix, states, [], gates or Gates())
    content = Content(matrix, states, dictionary(study, []), counted)
    return seal(content, site=SITE, key=b"k" * 32, folder=releases)


def report(results, sealed):
    told = {"folder": "f", "version": sealed.version, "promoted": sealed.promoted}
    write_json(results / "release.json", told | {"failed_gates": sealed.failed_gates})


def test_a_run_that_has_not_started(run):
    found = status(*run, SITE)
    assert (found.index, found.steps, found.clinical, found.quality) == (None, [], None, None)
    assert (found.failures, found.seal, found.release) == ([], None, None)
    text = render(found)
    assert text.count("not run") == 8
    assert "no release yet" in text


def test_the_index(run):
    write_index(run[0])
    found = status(*run, SITE)
    assert (found.index.subjects, found.index.sessions) == (2, 3)
    assert found.index.problems == {"error": 1, "warning": 2}
    assert "2 subjects, 3 sessions; problems: 1 error, 2 warnings" in render(found)


def test_units_are_counted_by_key_wherever_they_lie(run):
    results, _ = run
    write_plan(results, [["k1", "k2", "k3"], ["k4", "k5", "k6", "k7"]])
    # One shard ended; it also tells of a unit that is not planned any more.
    write_outcomes(results, 0, {"k1": "", "k2": "unreadable", "gone": "unreadable"})
    store = PartStore(results / "parts" / "imaging", IMAGING)
    store.seal(concatenate([part("k4"), part("k5", retry=True)], IMAGING), shard=1, shards=2)
    loose = store.part_path("k6")
    loose.parent.mkdir(parents=True)
    loose.write_bytes(b"")
    (step,) = status(*run, SITE).steps
    assert (step.step, step.planned, step.finished, step.failed) == ("imaging", 7, 4, 1)
    assert not step.gathered
    text = render(status(*run, SITE))
    assert "7 scans: 4 finished, 1 of them failed, 3 to do; table not there yet" in text
    write_table(results / "imaging.parquet", IMAGING.empty(), IMAGING)
    assert status(*run, SITE).steps[0].gathered
    running = render(status(*run, SITE, running=True))
    assert "run       under way; finished so far: 4 of 7 scans" in running
    assert "under way" not in text


def write_images(results, refused):
    """Files of the index: a scan and a region file, unusable if told so, and a sound scan."""
    keys = ("path", "derivative", "reason")
    same = {"subject": "a", "session": "1", "suffix": "T1w", "entities": "{}", "sha256": ""}
    same |= {"detail": "", "remedy": "", "metadata": "{}"}
    same |= {"companions": "{}", "companions_sha256": ""}
    reason = "unreadable" if refused else ""
    files = [("t1w.nii", False, reason), ("dseg.nii", True, reason), ("flair.nii", False, "")]
    rows = [same | dict(zip(keys, file, strict=True)) for file in files]
    path = results / "index" / "bids_files.parquet"
    write_table(path, BIDS_FILES.from_rows(rows), BIDS_FILES)


@pytest.mark.parametrize("refused", [True, False])
def test_scans_that_the_index_refused_are_told_beside_those_computed(run, refused):
    results, _ = run
    write_plan(results, [["k1", "k2"]])
    write_outcomes(results, 0, {"k1": "", "k2": ""})
    write_table(results / "imaging.parquet", IMAGING.empty(), IMAGING)
    write_images(results, refused)
    (line,) = (x for x in render(status(*run, SITE)).splitlines() if x.startswith("imaging"))
    told = "; 1 scan refused by the index" if refused else ""
    assert line == f"imaging   2 scans computed, 0 failed{told}"


def test_tables_that_a_run_takes_away_meanwhile_stop_nothing(run, monkeypatch):
    results, _ = run
    write_plan(results, [["k1"]])
    write_outcomes(results, 0, {"k1": ""})
    store = PartStore(results / "parts" / "imaging", IMAGING)
    store.seal(concatenate([part("k1")], IMAGING), shard=0, shards=1)
    listed = units._numbered(results / "shards" / "imaging", ".outcomes.parquet")
    for path in (*listed, store.pack_path(0, 1)):
        path.unlink()
    numbered = units._numbered
    monkeypatch.setattr(
        units, "_numbered", lambda folder, s: listed if "out" in s else numbered(folder, s)
    )
    monkeypatch.setattr(type(store.folder), "glob", lambda *_: iter([store.pack_path(0, 1)]))
    assert list(units._outcomes(results, "imaging")) == []
    assert units._packed(store.pack_path(0, 1)) == []


def write_failures(results, rows):
    names = ("session", "reason", "remedy")
    filled = [
        {"step": "imaging", "subject": "Adaeze", "source": "t1w__grey", "detail": "d"}
        | dict(zip(names, row, strict=True))
        for row in rows
    ]
    write_table(results / "imaging_failures.tsv", FAILURES.from_rows(filled), FAILURES)


def test_failures_are_counted_by_kind_with_their_remedy(run):
    results, _ = run
    write_failures(
        results,
        [
            ("", "unreadable", "Copy it again."),
            ("1", "grid_mismatch", "B"),
            ("2", "grid_mismatch", "A"),
            ("3", "grid_mismatch", "B"),
        ],
    )
    names = ("subject", "session", "source", "state", "reason", "remedy")
    rows = [
        ("Adaeze", "", "clin__hb", "excluded_by_quality", "out_of_range", "Check it."),
        ("Adaeze", "", "clin__ldh", "failed", "not_a_number", None),
        ("Bongani", "", "clin__hb", "not_acquired", "no_clinical_row", "Nothing."),
    ]
    states = STEP_STATES.from_rows([dict(zip(names, row, strict=True)) for row in rows])
    write_table(results / "clinical_states.parquet", states, STEP_STATES)
    found = [
        (k.state, k.step, k.reason, k.count, k.subjects, k.remedy) for k in failures_digest(results)
    ]
    assert found == [
        ("failed", "imaging", "grid_mismatch", 3, 1, "B"),
        ("failed", "clinical", "not_a_number", 1, 1, ""),
        ("failed", "imaging", "unreadable", 1, 1, "Copy it again."),
        ("excluded_by_quality", "clinical", "out_of_range", 1, 1, "Check it."),
    ]
    text = render(status(*run, SITE))
    assert "3 sources of 1 subject: imaging grid_mismatch: scan and regions lie on" in text
    assert "to do: B" in text
    failures, excluded = text.split("excluded by quality")
    assert "out_of_range" in excluded
    assert "out_of_range" not in failures
    assert "Adaeze" not in text
    assert "Adaeze" not in as_json(status(*run, SITE))


def test_many_kinds_of_failure_are_cut_to_a_screen(run):
    reasons = [reason for reason in REASONS if reason][:12]
    write_failures(run[0], [(str(i), r, "word " * 60) for i, r in enumerate(reasons)])
    text = render(status(*run, SITE), width=100)
    assert "4 more kinds" in text
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 110
    assert "…" in text
    piped = render(status(*run, SITE))
    assert "…" not in piped
    assert piped.count("word " * 59 + "word") == 8


def test_the_clinical_step(run):
    results, _ = run
    row = {"subject": "a", "session": "", "column": "hb", "number": 8.0}
    write_table(results / "clinical.parquet", CLINICAL.from_rows([row]), CLINICAL)
    write_table(results / "clinical_problems.tsv", PROBLEMS.empty(), PROBLEMS)
    assert "1 value; no problem" in render(status(*run, SITE))


def test_the_latest_release_is_checked_and_counted(run):
    results, releases = run
    sealed = make_release(releases)
    report(results, sealed)
    write_json(results / "quality.json", json.loads((sealed.folder / "quality.json").read_text()))
    found = status(*run, SITE)
    assert found.release.version == sealed.version
    assert found.release.faults == []
    assert found.release.subjects == 2
    assert found.seal.promoted
    text = render(found)
    assert f"{sealed.version}, intact; 2 subjects, 2 rows, 0 columns" in text
    assert "is the latest" in text
    assert "gate min_subjects passed: 2, at least 1" in text
    assert "0 % of the cells missing" in text


def test_a_gate_that_failed_is_told_with_value_and_limit(run):
    results, releases = run
    first = make_release(releases)
    second = make_release(releases, subjects=("a",), gates=Gates(min_subjects=2))
    report(results, second)
    found = status(*run, SITE)
    assert found.release.version == first.version
    text = render(found)
    assert f"{second.version} by the last run; did NOT become the latest" in text
    assert "gate min_subjects FAILED: 1, at least 2" in text
    assert "gate max_missing_fraction passed: 0 %, at most 100 %" in text
    assert "releases  1 other version; all but what latest leads to may be deleted" in text


def test_a_number_and_its_state_stay_on_one_line(run):
    sealed = make_release(run[1])
    quality_file = sealed.folder / "quality.json"
    states = dict.fromkeys(STATES, 1234567)
    told = json.loads(quality_file.read_text()) | {"states": states}
    quality_file.chmod(0o600)
    quality_file.write_text(json.dumps(told))
    lines = render(status(*run, SITE)).splitlines()
    counted = [line for line in lines if "1234567" in line]
    assert len(counted) > 1
    assert sum(line.count(f"1234567 {state}") for line in counted for state in STATES) == len(
        STATES
    )


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("max_failed_fraction", 0.00625, "0.625 %, at most 20 %"),
        ("max_missing_fraction", 0.4, "40 %, at most 20 %"),
    ],
)
def test_fractions_are_told_as_per_cent(name, value, told):
    gate = {"gate": name, "value": value, "limit": 0.2, "passed": False}
    assert gate_text(gate) == f"gate {name} FAILED: {told}"


@pytest.mark.parametrize("name", ["quality.json", "manifest.json", "matrix.parquet"])
def test_a_damaged_release_is_told(run, name):
    sealed = make_release(run[1])
    (sealed.folder / name).write_bytes(b"[")
    text = render(status(*run, SITE))
    assert "DAMAGED: 1 fault;" in text
    assert name in text


def test_a_latest_that_leads_nowhere_is_told(run):
    own = run[1] / SITE
    own.mkdir(parents=True)
    (own / "latest").symlink_to("1.0.0-000000000000")
    assert "DAMAGED" in render(status(*run, SITE))


def test_json_holds_the_same_and_nothing_is_changed(run):
    results, releases = run
    write_index(results)
    report(results, make_release(releases))
    before = sorted((str(p), p.lstat().st_mtime_ns) for p in results.parent.rglob("*"))
    value = json.loads(as_json(status(*run, SITE)))
    assert value["site"] == SITE
    assert value["index"] == {"subjects": 2, "sessions": 3, "problems": {"error": 1, "warning": 2}}
    assert value["release"]["faults"] == []
    assert before == sorted((str(p), p.lstat().st_mtime_ns) for p in results.parent.rglob("*"))
    assert [p.name for p in releases.iterdir()] == [SITE]


def test_a_step_that_the_study_does_not_have_is_not_waited_for(run):
    results, _ = run
    write_plan(results, [["k1"]])
    write_failures(results, [("1", "unreadable", "Copy it again.")])
    write_table(results / "clinical.parquet", CLINICAL.empty(), CLINICAL)
    write_table(results / "clinical_problems.tsv", PROBLEMS.empty(), PROBLEMS)
    found = status(*run, SITE, asked=("genomics",))
    assert (found.steps, found.clinical, found.failures) == ([], None, [])
    lines = dict(line.split(maxsplit=1) for line in render(found).splitlines())
    assert lines["imaging"] == lines["clinical"] == "not in the study"
    assert lines["genomics"] == "not run"
    assert json.loads(as_json(found))["asked"] == ["genomics"]


def test_a_study_that_cannot_be_read_hides_nothing(run):
    results, _ = run
    write_plan(results, [["k1"]])
    write_failures(results, [("1", "unreadable", "Copy it again.")])
    found = status(*run, SITE, asked=None)
    assert [kind.reason for kind in found.failures] == ["unreadable"]
    text = render(found)
    assert "study     cannot be read; `drepano check` tells why" in text
    assert "1 scan: 0 finished" in text
    assert "not in the study" not in text
