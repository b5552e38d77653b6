"""Status: what is there at every point of a run, counted from its tables."""

import json

import pyarrow as pa
import pytest

from drepano.contracts import write_json, write_table
from drepano.contracts.inventory import FAILURES, OUTCOMES, PROBLEMS, SUBJECTS, UNITS
from drepano.contracts.states import REASONS, STEP_STATES
from drepano.contracts.values import CLINICAL, IMAGING
from drepano.matrix import dictionary, quality
from drepano.ranks.parts import PartStore, concatenate, to_part
from drepano.ranks.unit import UnitResult
from drepano.release import Content, seal
from drepano.settings import Gates, Study
from drepano.status import as_json, failures_digest, render, status

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
    assert text.count("not run") == 6
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
    assert "7 units: 4 finished, 1 of them failed, 3 to do; table not there yet" in text
    write_table(results / "imaging.parquet", IMAGING.empty(), IMAGING)
    assert status(*run, SITE).steps[0].gathered


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
    found = [(k.step, k.reason, k.count, k.remedy) for k in failures_digest(results)]
    assert found == [
        ("imaging", "grid_mismatch", 3, "B"),
        ("clinical", "not_a_number", 1, ""),
        ("clinical", "out_of_range", 1, "Check it."),
        ("imaging", "unreadable", 1, "Copy it again."),
    ]
    text = render(status(*run, SITE))
    assert "3 imaging grid_mismatch: scan and regions lie on different grids" in text
    assert "to do: B" in text
    assert "Adaeze" not in text
    assert "Adaeze" not in as_json(status(*run, SITE))


def test_many_kinds_of_failure_are_cut_to_a_screen(run):
    reasons = [reason for reason in REASONS if reason][:12]
    write_failures(run[0], [(str(i), r, "word " * 60) for i, r in enumerate(reasons)])
    text = render(status(*run, SITE))
    assert "4 more kinds" in text
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 110


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
    assert "gate min_subjects: 2, at least 1: passed" in text
    assert "0.0% of the cells missing" in text


def test_a_gate_that_failed_is_told_with_value_and_limit(run):
    results, releases = run
    first = make_release(releases)
    second = make_release(releases, subjects=("a",), gates=Gates(min_subjects=2))
    report(results, second)
    found = status(*run, SITE)
    assert found.release.version == first.version
    text = render(found)
    assert f"{second.version} by the last run; did NOT become the latest" in text
    assert "gate min_subjects: 1, at least 2: FAILED" in text


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
    assert "1 unit: 0 finished" in text
    assert "not in the study" not in text
