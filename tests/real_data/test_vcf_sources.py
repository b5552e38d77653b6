"""Odd files of the field's own tools the whole way, each dosage against the text of its file."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.real_data

SCRIPT = Path(__file__).with_name("vcf_cases.py")
FOLDERS = ("bio2zarr", "cyvcf2", "ensembl-vep", "htslib", "pharmcat", "truvari_sv")

REFUSED = {
    "empty.vcf": "no usable VCF header",  # of cyvcf2: no byte but a newline
    "windows.vcf": "no usable VCF header",  # records alone
    "test_not_ordered.vcf": "OSError",  # unsorted: no index can be made of it
    "homo_sapiens_GRCh38.vcf": "OSError",  # chromosomes 21 and 22 in turns
    "noroundtrip.vcf": "unreadable",  # FORMAT GT:GT, S:S: which of both holds is not told
    "invalid-header.vcf": "no usable VCF header",
}


@pytest.fixture(scope="module")
def outcomes(shared_data, tmp_path_factory):
    """Take every file the whole way; by folder and name."""
    paths = [
        path
        for folder in FOLDERS
        for path in sorted((shared_data / "vcf" / folder).iterdir())
        if ".vcf" in path.name and path.suffix in {".vcf", ".gz", ".bgz"}
    ]
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path_factory.mktemp("cases")],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(paths), f"{paths[len(rows)].name}: {done.stderr[-2000:]}"
    made = {(p.parent.name, p.name): SimpleNamespace(**r) for p, r in zip(paths, rows, strict=True)}
    assert len(made) > 35
    return made


def test_no_dosage_differs_from_its_text_and_no_variant_is_lost(outcomes):
    assert {key: o.wrong for key, o in outcomes.items() if o.wrong} == {}
    assert {key for key, o in outcomes.items() if "site_absent" in o.states} == set()
    assert sum(o.dosages for o in outcomes.values()) > 40_000


def test_what_cannot_be_read_is_refused_and_all_else_is_read(outcomes):
    refused = {key: o for key, o in outcomes.items() if o.step != "read"}
    for (folder, name), outcome in refused.items():
        if (folder, name) != ("bio2zarr", "empty.vcf"):
            assert REFUSED[name] in outcome.detail, (folder, name, outcome.detail)
    assert len(refused) == 5


@pytest.mark.parametrize("name", ["filter.vcf", "boundary.vcf.gz"])
def test_symbolic_star_and_breakend_records_give_no_dosage(outcomes, name):
    assert outcomes["truvari_sv", name].dosages == 0


def test_structural_variants_without_bases_are_never_dosages(outcomes):
    """Sequence-resolved ones are told base by base; the rest has no ALT of bases to be asked."""
    assert outcomes["truvari_sv", "giab.vcf.gz"].dosages > 0
    assert outcomes["truvari_sv", "multi.vcf.gz"].dosages > 5000


def test_contigs_with_and_without_prefix_are_one(outcomes):
    plain, prefixed = (outcomes["pharmcat", f"{name}.vcf"] for name in ("raw", "raw_chr"))
    assert vars(plain) == vars(prefixed)
    assert plain.dosages > 30


def test_chromosomes_by_other_names_are_nobodys(outcomes):
    """PharmCAT's raw_bad_chr: `chromosome1` is not 1."""
    assert outcomes["pharmcat", "raw_bad_chr.vcf"].dosages == 0


@pytest.mark.parametrize("name", ["test_gvcf_block.vcf", "test_not_gvcf_block.vcf"])
def test_blocks_without_depth_and_records_of_two_refs_give_nothing(outcomes, name):
    outcome = outcomes["pharmcat", name]
    assert (outcome.step, outcome.dosages) == ("read", 0)


def test_phase_marks_before_the_first_allele_are_read(outcomes):
    """VCF 4.4: `/0|1` and `|1` are calls of two and of one allele."""
    outcome = outcomes["htslib", "vcf44_1.vcf"]
    assert outcome.dosages == 33
    assert set(outcome.states) == {"missing_genotype", "out_of_range"}
