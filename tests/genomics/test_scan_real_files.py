"""A real gVCF in pieces of any size: counted against another reader of the file."""

import pysam
import pytest
import toy_scan

from drepano.contracts.values import GENOME_SUMS
from drepano.genomics import context_of, plan_scan
from drepano.genomics.scan import pieces, planning, unit
from drepano.settings import GenomeSource

pytestmark = pytest.mark.real_data
GENOME = GenomeSource(build="GRCh37", vcf=("x",))


@pytest.fixture
def gvcf(shared_data):
    return shared_data / "vcf" / "bio2zarr" / "CEUTrio.20.21.gatk3.4.g.vcf.bgz"


def spans(path) -> list[tuple[str, int, int]]:
    """Return chromosome, first and last position of every record, as htslib has them."""
    with pysam.VariantFile(str(path)) as records:
        return [(r.chrom, r.pos, r.stop) for r in records]


@pytest.fixture
def scan(cohort, gvcf, monkeypatch):
    for module in (planning, unit):
        monkeypatch.setattr(module, "sources_from", toy_scan.toy_sources)

    def run(study, *, least: int) -> tuple[dict, list]:
        monkeypatch.setattr(pieces, "_LEAST_OF_SAMPLE", least)
        monkeypatch.setattr(pieces, "_PIECES_OF_SAMPLE", 10_000)
        names = ["NA12878"]
        size = gvcf.stat().st_size
        row = cohort.file(gvcf, contigs=("20", "21"), size=size, samples=1)
        tables = cohort.inputs([row], [(gvcf, n, n) for n in names], names)
        planned = [u for _, u in plan_scan(study, GENOME, *tables).units]
        scanning = unit.Scanning(context_of(study, GENOME))
        sums: dict[tuple[str, ...], int] = {}
        for one in planned:
            for row in scanning.compute(one).values.to_pylist():
                key = tuple(row[name] for name in GENOME_SUMS.key)
                sums[key] = sums.get(key, 0) + row["value"]
        return sums, planned

    return run


def test_pieces_of_any_size_count_every_record_once(scan, gvcf):
    found = spans(gvcf)
    sites = {
        chrom: [(p, "A", "G") for c, p, _ in found[::50] if c == chrom] for chrom in ("20", "21")
    }
    study = toy_scan.study(all={}, sites={"sites": sites})
    whole, _ = scan(study, least=1 << 30)
    cut, planned = scan(study, least=1)
    assert len(planned) > 2
    assert cut == whole
    assert whole["", "all", "", "records"] == len(found)
    for chrom in ("20", "21"):
        told = sum(position for c, position, _ in found if c == chrom)
        assert whole["", "all", f"on {chrom}", "positions"] == told


def test_places_are_fetched_with_all_blocks_that_reach_them(scan, gvcf, monkeypatch):
    monkeypatch.setattr(pieces, "SEEK_BYTES", 1)
    monkeypatch.setattr(pieces, "_window", lambda *_: 0)  # the file is small for its places
    monkeypatch.setattr("drepano.genomics.scan.regions.MERGE_BP", 0)
    found = spans(gvcf)
    ends = [(last, last) for chrom, _, last in found[10:3000:300] if chrom == "20"]
    sums, planned = scan(toy_scan.study(some={"within": {"20": ends}}), least=1)
    assert [one.payload["regions"] for one in planned] == [True]
    touching = [
        position
        for chrom, position, last in found
        if chrom == "20" and any(position <= place <= last for place, _ in ends)
    ]
    assert sums["", "some", "", "records"] == len(touching) > 5
    assert sums["", "some", "on 20", "positions"] == sum(touching)
