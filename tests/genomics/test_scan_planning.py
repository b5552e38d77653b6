"""Which pieces are planned, for whom, and what is said where none is."""

import pytest
import toy_scan

from drepano.genomics import plan_scan
from drepano.genomics.scan import planning, tasks, unit
from drepano.settings import GenomeSource, Genomics

RECORD = "{} 100 . A G . PASS . GT {}"


@pytest.fixture(autouse=True)
def _toys(monkeypatch):
    for module in (planning, unit):
        monkeypatch.setattr(module, "sources_from", toy_scan.toy_sources)


@pytest.fixture
def per_sample(cohort):
    """Write a file with one sample, and give its row and sample."""

    def write(sample: str, *chroms: str, **row):
        path = cohort.write(*(RECORD.format(c, "0/1") for c in chroms), samples=sample, name=sample)
        made = cohort.file(path, contigs=chroms, size=path.stat().st_size) | row
        return made, (path, sample, sample.partition("_")[0])

    return write


def planned(cohort, genome, study, files, subjects):
    tables = cohort.inputs([f for f, _ in files], [s for _, s in files], subjects)
    plan = plan_scan(study, genome, *tables)
    states = {
        (r["subject"], r["source"]): (r["state"], r["reason"]) for r in plan.states.to_pylist()
    }
    return plan, states


ALL = {"all": {}}


def test_nothing_is_planned_where_nothing_is_summed(cohort, genome, per_sample):
    files = [per_sample("a", "11")]
    for study in (None, Genomics()):
        plan, states = planned(cohort, genome, study, files, ["a"])
        assert (plan.units, states) == ([], {})


def test_a_small_file_of_a_sample_is_one_unit_of_its_subject(cohort, genome, per_sample):
    study = toy_scan.study(**ALL)
    files = [per_sample("b", "2", "11", "X"), per_sample("a", "11")]
    plan, states = planned(cohort, genome, study, files, ["a", "b"])
    assert [group for group, _ in plan.units] == ["a", "b"]
    pieces = [u.payload["pieces"] for _, u in plan.units]
    assert [[chrom for chrom, *_ in of_unit] for of_unit in pieces] == [["11"], ["2", "11", "X"]]
    assert states == {
        ("a", "all@2"): ("not_covered", "site_absent"),
        ("a", "all@X"): ("not_covered", "site_absent"),
    }


def test_units_cost_the_bytes_that_they_read(cohort, genome, per_sample):
    files = [per_sample("a", "11"), per_sample("b", "11", size=10_000)]
    plan, _ = planned(cohort, genome, toy_scan.study(**ALL), files, ["a", "b"])
    costs = {group: u.cost for group, u in plan.units}
    assert 0 < costs["a"] <= costs["b"]


def test_a_subject_without_a_usable_file_gets_the_reason(cohort, genome, per_sample):
    broken = {"reason": "no_index", "detail": "none", "remedy": "make one"}
    files = [
        per_sample("a", "11"),
        per_sample("bad", "11", **broken),
        per_sample("old", "11", build="GRCh37"),
        per_sample("two_1", "11"),
        per_sample("two_2", "11"),
    ]
    subjects = ["a", "bad", "old", "two", "untyped"]
    plan, states = planned(cohort, genome, toy_scan.study(**ALL), files, subjects)
    assert [group for group, _ in plan.units] == ["a"]
    assert states == {
        ("bad", "all@11"): ("failed", "no_index"),
        ("old", "all@11"): ("failed", "wrong_build"),
        ("two", "all@11"): ("indeterminate", "sample_conflict"),
        ("untyped", "all@11"): ("not_acquired", "no_sample"),
    }


def test_a_site_without_files_says_so_of_every_source(cohort):
    sites = {"sites": {"11": [(5, "A", "G")]}}
    plan, states = planned(cohort, None, toy_scan.study(all={}, some=sites), [], ["a"])
    assert plan.units == []
    assert states == {
        ("a", "all@genome"): ("not_acquired", "no_sample"),
        ("a", "some@11"): ("not_acquired", "no_sample"),
    }


def test_only_chromosomes_that_are_asked_for_are_planned(cohort, genome, per_sample):
    files = [per_sample("a", "2", "11", "X", "KI270728.1")]
    some = {"within": {"11": [(1, 50)], "5": [(1, 50)], "X": []}}
    plan, states = planned(cohort, genome, toy_scan.study(some=some), files, ["a"])
    assert [u.payload["pieces"][0][0] for _, u in plan.units] == ["11"]
    assert states == {("a", "some@5"): ("not_covered", "site_absent")}


def test_each_unit_names_the_sources_that_ask_for_it(cohort, genome, per_sample):
    files = [per_sample("a", "2", "11", "KI270728.1")]
    study = toy_scan.study(all={}, some={"within": {"11": [(1, 50)]}})
    plan, _ = planned(cohort, genome, study, files, ["a"])
    asked = {u.payload["pieces"][0][0]: list(u.payload["sources"]) for _, u in plan.units}
    assert asked == {"2": ["all"], "11": ["all", "some"]}


def test_samples_of_one_file_that_differ_by_chromosome_are_different_units(cohort, genome):
    wide = cohort.write(
        RECORD.format("2", "0/1 0/0"), RECORD.format("11", "0/1 0/0"), samples="a b", name="wide"
    )
    more = cohort.write(RECORD.format("2", "0/1"), samples="b", name="more")
    rows = [cohort.file(wide, contigs=("2", "11"), samples=2), cohort.file(more, contigs=("2",))]
    tables = cohort.inputs(rows, [(wide, "a", "a"), (wide, "b", "b"), (more, "b", "b")], ["a", "b"])
    plan = plan_scan(toy_scan.study(**ALL), genome, *tables)
    read = {u.payload["pieces"][0][0]: u.payload["samples"] for _, u in plan.units}
    assert read == {"2": [["a", "a"]], "11": [["a", "a"], ["b", "b"]]}
    reasons = {r["source"]: r["reason"] for r in plan.states.to_pylist()}
    assert reasons == {"all@2": "sample_conflict"}


def key_of(cohort, genome, study, file, subjects=("a",)):
    plan, _ = planned(cohort, genome, study, [file], list(subjects))
    return [u.key for _, u in plan.units]


def test_a_key_changes_with_all_that_sums_depend_on_and_with_nothing_else(
    cohort, genome, per_sample, monkeypatch
):
    row, sample = per_sample("a", "11")
    study = toy_scan.study(**ALL)
    base = key_of(cohort, genome, study, (row, sample))
    for changed in ({"sha256": "x"}, {"index_sha256": "x"}, {"contig_prefix": "chr"}):
        assert key_of(cohort, genome, study, (row | changed, sample)) != base
    for gate in ({"min_depth": 3}, {"accepted_filters": ("PASS",)}, {"half_calls": "refuse"}):
        assert key_of(cohort, genome, study.model_copy(update=gate), (row, sample)) != base
    other = toy_scan.study(all={"within": {"11": [(1, 500)]}})
    assert key_of(cohort, genome, other, (row, sample)) != base
    b37 = GenomeSource(build="GRCh37", vcf=("x",))
    assert key_of(cohort, b37, study, (row, sample)) != base
    for same in ({"max_failed_fraction": 0.9}, {"callers": study.callers}):
        assert key_of(cohort, genome, study.model_copy(update=same), (row, sample)) == base
    monkeypatch.setattr(tasks, "ALGORITHM", 99)
    assert key_of(cohort, genome, study, (row, sample)) != base
