"""The suites of hts-specs and vcf-validator: what is read, what is refused, and nothing crashes.

Files that the suites reject and that are read all the same are listed in `accepted_vcf.tsv` by
cause; docs/conformance.md says why each cause may be accepted.
"""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from drepano.index.genomes import index_of
from drepano.index.variants import inspect_variants
from drepano.index.walk import stat_entry

pytestmark = pytest.mark.real_data

HERE = Path(__file__).parent
SCRIPT = HERE / "vcf_cases.py"
DOCS = HERE.parents[1] / "docs" / "conformance.md"
SECONDS = 120

WITHOUT_VARIANTS = {
    "passed_body_pos.vcf",  # positions 0, and contigs that are no chromosomes
    "passed_fileformat_header_000.vcf",  # no record
    "passed_fileformat_header_001.vcf",  # no record
    "passed_symbolic_duplicates.vcf",  # symbolic alleles alone
    "boost_55_can_not_decompress_last_line_of_this_bgzipped.vcf.gz",  # contigs of a fruit fly
}
WITHOUT_SAMPLES = {"passed_with_allele_count.vcf", "passed_with_allele_frequencies.vcf"}
"""Valid, and without genotypes there is nothing to read: the index says so."""


def expected(shared: Path) -> dict[Path, str]:
    with (shared / "vcf" / "EXPECTED_accept_reject.tsv").open() as handle:
        rows = csv.DictReader(handle, delimiter="\t")
        return {shared / row["file"]: row["expected"] for row in rows}


@pytest.fixture(scope="module")
def outcomes(shared_data, tmp_path_factory):
    """Take every file the whole way, in a process of its own that ends at the first hang."""
    paths = list(expected(shared_data))
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path_factory.mktemp("cases")],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(paths), f"{paths[len(rows)].name}: {done.stderr[-2000:]}"
    return {path: SimpleNamespace(**row) for path, row in zip(paths, rows, strict=True)}


def of(outcomes, shared, verdict):
    """Return the outcomes of the files that the suites accept or reject, by name."""
    wanted = {path for path, found in expected(shared).items() if found == verdict}
    assert len({path.name for path in wanted}) == len(wanted)
    return {path.name: outcome for path, outcome in outcomes.items() if path in wanted}


def test_every_passed_file_is_read(outcomes, shared_data):
    passed = of(outcomes, shared_data, "accept")
    assert len(passed) == 31
    refused = {name: o.detail for name, o in passed.items() if o.step != "read"}
    assert refused.keys() == WITHOUT_SAMPLES
    assert set(refused.values()) == {"no_sample: no sample columns"}
    empty = {name for name, o in passed.items() if o.step == "read" and not o.dosages}
    assert empty == WITHOUT_VARIANTS


def test_cells_of_passed_files_without_a_dosage_have_their_reason(outcomes, shared_data):
    reasons = {n: set(o.states) for n, o in of(outcomes, shared_data, "accept").items() if o.states}
    assert reasons == {
        "complexfile_passed_000.vcf": {"ref_mismatch"},  # two REFs of one position
        "passed_body_alt.vcf": {"ref_mismatch"},
        "passed_compressed.vcf.bz2": {"ref_mismatch"},
        "passed_compressed.vcf.gz": {"ref_mismatch"},
        "passed_body_filter.vcf": {"filtered"},
        "passed_body_samples.vcf": {"missing_genotype"},  # records with GL or DP alone
        "passed_ploidy_000.vcf": {"out_of_range"},  # three alleles and more
        "passed_ploidy_001.vcf": {"out_of_range"},
    }


def test_no_file_gives_a_dosage_that_its_text_does_not_tell(outcomes):
    assert {path.name: o.wrong for path, o in outcomes.items() if o.wrong} == {}
    assert sum(o.dosages for o in outcomes.values()) > 2500


def test_no_variant_of_a_file_is_absent_from_it(outcomes):
    """The panel is made of the file: a record that is lost on the way would look like this."""
    assert {
        p.name for p, o in outcomes.items() if {"site_absent", "not_acquired"} & {*o.states}
    } == set()


def accepted() -> dict[str, str]:
    with (HERE / "accepted_vcf.tsv").open() as handle:
        return {row["file"]: row["cause"] for row in csv.DictReader(handle, delimiter="\t")}


def test_every_failed_file_is_refused_or_listed_and_no_other(outcomes, shared_data):
    failed = of(outcomes, shared_data, "reject")
    assert len(failed) == 231
    assert {name for name, o in failed.items() if o.step == "read"} == accepted().keys()


def test_a_refusal_is_never_an_error_that_nobody_foresaw(outcomes):
    """Each has a reason of the index or of the reader; `unexpected` is none."""
    for path, outcome in outcomes.items():
        assert outcome.step in {"packing", "index", "reading", "read"}, path.name
        if outcome.step in {"index", "reading"}:
            reason = outcome.detail.split(":")[0]
            assert reason in {"unreadable", "no_sample", "wrong_build", "build_unknown"}, path.name


def test_the_docs_tell_the_share_and_every_cause(outcomes, shared_data):
    listed = Counter(accepted().values())
    text = DOCS.read_text()
    failed = len(of(outcomes, shared_data, "reject"))
    refused = failed - listed.total()
    assert f"{refused} of {failed} failed files are refused ({refused / failed:.0%})" in text
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    told = {
        cause.strip().strip("`"): int(count) for cause, count in rows if count.strip().isdigit()
    }
    assert told == dict(listed)


@pytest.mark.parametrize(
    "name",
    [
        "compressed.vcf.tar.Z",
        "compressed.vcf.tar.xz",
        "compressed.vcf.tar.zip",
        "compressed.vcf.z",
        "passed_compressed.vcf.bz2",
        "passed_compressed.vcf.gz",
    ],
)
def test_other_containers_are_refused_with_a_remedy(shared_data, name):
    """As they come: bzip2 and gzip hold a VCF, and no part of it can be looked up."""
    (path,) = (shared_data / "vcf" / "vcf-validator").rglob(name)
    entry = stat_entry(path)
    fate = inspect_variants(entry, index_of(entry)).fate
    assert fate.reason in {"unreadable", "no_index"}
    assert fate.remedy
