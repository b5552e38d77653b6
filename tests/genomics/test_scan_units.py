"""Pieces of files to sums: nothing is lost at a border, nothing is counted twice."""

import itertools
import json
from pathlib import Path

import pyarrow as pa
import pytest
import toy_scan

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import GENOME_SUMS
from drepano.errors import InputError, UnitError
from drepano.genomics import context_of, plan_scan
from drepano.genomics.scan import planning, tasks, unit
from drepano.genomics.scan.pieces import LAST, Cut, Piece
from drepano.ranks import Unit

RECORDS = (
    "11 100 . A <NON_REF> . PASS END=299 GT:DP:GQ 0/0:30:50 ./.:0:0",
    "11 300 . C T . PASS . GT:DP:GQ 0/1:30:50 1/1:30:50",
    f"11 400 . {'A' * 150} A . PASS . GT:DP:GQ 0/1:30:50 0/0:30:50",
    "11 450 . A G . PASS . GT:DP:GQ 0/0:30:50 0/1:30:50",
    "11 600 . G <NON_REF> . PASS END=900 GT:DP:GQ 0/0:30:50 0/0:9:40",
    "11 900 . G C . PASS . GT:DP:GQ 0/0:30:50 0/1:30:50",
    "X 50 . G A . PASS . GT:DP:GQ 1:30:50 0/1:30:50",
)
SITES = {
    "11": [(150, "A", "G"), (300, "C", "T"), (450, "A", "G"), (700, "G", "A"), (900, "G", "C")],
    "X": [(50, "G", "A")],
}
SOURCES = {"records": {}, "sites": {"sites": SITES}, "region": {"within": {"11": [(500, 700)]}}}


@pytest.fixture
def toys(monkeypatch):
    for module in (planning, unit):
        monkeypatch.setattr(module, "sources_from", toy_scan.toy_sources)


@pytest.fixture
def cut_at(monkeypatch):
    """Cut chromosome 11 behind the given positions; X stays whole, in a unit of its own."""

    def at(*cuts: int, regions: bool = False) -> None:
        class Cutter:
            piece_bytes = 1

            def __init__(self, file) -> None:
                pass

            def cut(self, chrom, _asked):
                ends = [*cuts, LAST] if chrom == "11" else [LAST]
                starts = [1, *(end + 1 for end in ends[:-1])]
                pairs = zip(starts, ends, strict=True)
                return Cut([(Piece(chrom, *p), 1) for p in pairs], regions=regions)

        monkeypatch.setattr(tasks, "Cutter", Cutter)

    return at


@pytest.fixture
def scan(cohort, genome, toys):
    """Plan and compute the records; give sums by source, quantity, item and subject."""

    def run(*records: str, sources=SOURCES, samples: str = "a b"):
        path = cohort.write(*(records or RECORDS), samples=samples)
        row = cohort.file(path, size=path.stat().st_size, samples=len(samples.split()))
        names = samples.split()
        study = toy_scan.study(**sources)
        tables = cohort.inputs([row], [(path, n, n) for n in names], names)
        plan = plan_scan(study, genome, *tables)
        scanning = unit.Scanning(context_of(study, genome))
        results = [scanning.compute(u).values for _, u in plan.units]
        for result in results:
            GENOME_SUMS.check(result, "test")
        return GENOME_SUMS.add_up(pa.concat_tables([GENOME_SUMS.empty(), *results]))

    return run


def told(sums: pa.Table) -> dict[tuple[str, ...], int]:
    names = ("source", "quantity", "item", "subject")
    return {tuple(row[n] for n in names): row["value"] for row in sums.to_pylist()}


def test_what_a_whole_file_gives_is_what_the_records_say(scan):
    found = told(scan())
    assert found["records", "records", "", ""] == 7
    assert found["records", "positions", "on 11", ""] == 100 + 300 + 400 + 450 + 600 + 900
    assert found["records", "alternative", "", "b"] == 5
    unit_dosage = 1 << 14
    # The block speaks of 150 and 700, the record at 900 and the block of 900.
    assert found["sites", "called", "", "a"] == 6
    assert found["sites", "dosage", "", "a"] == 2 * unit_dosage
    assert found["sites", "records", "700", ""] == 1
    assert found["sites", "records", "900", ""] == 2


BORDERS = (99, 100, 101, 199, 299, 300, 399, 400, 449, 450, 500, 549, 600, 650, 699, 700, 899, 900)


def test_no_border_changes_a_sum(scan, cut_at):
    """Borders through a long deletion, through blocks, at their ends, and at every site."""
    whole = told(scan())
    for cuts in [*((c,) for c in BORDERS), *itertools.combinations(BORDERS[::3], 3), BORDERS]:
        cut_at(*cuts)
        assert told(scan()) == whole, cuts


@pytest.mark.parametrize("border", [200, 250])
def test_a_site_behind_a_border_sees_the_block_that_starts_before_it_once(scan, cut_at, border):
    cut_at(border)
    records = ("11 100 . A <NON_REF> . PASS END=299 GT:DP:GQ 0/0:30:50",)
    sites = {"11": [(150, "A", "G"), (270, "T", "C")]}
    found = told(scan(*records, sources={"sites": {"sites": sites}, "all": {}}, samples="a"))
    assert found["sites", "called", "", "a"] == 2
    assert found["sites", "told", "270", ""] == found["sites", "records", "270", ""] == 1
    assert found["all", "records", "", ""] == 1


def test_fetching_regions_gives_what_passing_over_all_gives(scan, cut_at):
    sources = {"sites": {"sites": SITES}}
    whole = told(scan(sources=sources))
    cut_at(regions=True)
    assert told(scan(sources=sources)) == whole


def test_a_record_that_touches_two_regions_is_shown_once(scan, cut_at, monkeypatch):
    monkeypatch.setattr("drepano.genomics.scan.regions.MERGE_BP", 0)
    cut_at(regions=True)
    within = {"11": [(120, 130), (200, 310), (620, 630), (640, 650), (899, 900)]}
    found = told(scan(sources={"some": {"within": within}}))
    assert found["some", "positions", "on 11", ""] == 100 + 300 + 600 + 900
    assert found["some", "records", "", ""] == 4


def inputs(cohort, path):
    row = cohort.file(path, contigs=("11", "X"))
    return cohort.inputs([row], [(path, n, n) for n in "ab"], ["a", "b"])


def units_of(scan_plan) -> list[Unit]:
    return [made for _, made in scan_plan.units]


def test_a_failed_unit_says_so_of_each_subject_source_and_piece(cohort, genome, toys, cut_at):
    cut_at(299)
    path = cohort.write(*RECORDS, samples="a b")
    study = toy_scan.study(**SOURCES)
    tables = inputs(cohort, path)
    scanning = unit.Scanning(context_of(study, genome))
    error = UnitError("unreadable", "a detail", "a remedy")
    refused = [scanning.refuse(u, error) for u in units_of(plan_scan(study, genome, *tables))]
    states = STEP_STATES.check(pa.concat_tables([r.states for r in refused]), "test")
    sources = {row["source"] for row in states.to_pylist()}
    pieces = ("11:1-299", f"11:300-{LAST}")
    of_pieces = {f"{name}@{piece}" for name in SOURCES for piece in pieces}
    assert sources == of_pieces | {"records@X", "sites@X"}
    assert {row["reason"] for row in states.to_pylist()} == {"unreadable"}
    assert states.num_rows == 2 * len(sources)


def test_a_file_that_is_damaged_behind_its_start_fails_its_unit(cohort, genome, toys):
    records = [f"11 {p} . A G . PASS . GT 0/1" for p in range(1, 40_000)]
    path = cohort.write(*records)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    study = toy_scan.study(records={})
    tables = cohort.inputs([cohort.file(path)], [(path, "a", "a")], ["a"])
    (planned,) = units_of(plan_scan(study, genome, *tables))
    with pytest.raises(UnitError) as raised:
        unit.Scanning(context_of(study, genome)).compute(planned)
    assert raised.value.reason == "unreadable"


def test_a_study_file_that_changed_since_the_plan_is_not_computed(cohort, genome, toys):
    path = cohort.write(*RECORDS, samples="a b")
    tables = inputs(cohort, path)
    planned = units_of(plan_scan(toy_scan.study(**SOURCES), genome, *tables))
    other = toy_scan.study(**SOURCES | {"sites": {"sites": {"11": [(150, "A", "T")]}}})
    with pytest.raises(InputError, match="other content than when the work was planned"):
        unit.Scanning(context_of(other, genome)).compute(planned[0])


def test_payloads_are_json_that_a_worker_can_read(cohort, genome, toys):
    path = cohort.write(*RECORDS, samples="a b")
    tables = inputs(cohort, path)
    study = toy_scan.study(**SOURCES)
    (_, planned), *_ = plan_scan(study, genome, *tables).units
    again = Unit(**json.loads(json.dumps({n: getattr(planned, n) for n in Unit.__slots__})))
    scanning = unit.Scanning(context_of(study, genome))
    assert scanning.compute(again).values.equals(scanning.compute(planned).values)
    assert Path(again.payload["path"]) == path
