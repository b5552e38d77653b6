"""Coverage and copy number of the globin loci, from records to what the rules ask."""

import itertools

import pyarrow as pa
import pytest

from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import CLINICAL, GENOME_SUMS, GENOMICS
from drepano.genomics import Long, evidence_of
from drepano.genomics.callers.haemoglobin import Gene
from drepano.genomics.callers.intervals import Interval, covers, reciprocal_overlap
from drepano.genomics.callers.loci import ALPHA, ALPHA_CHANGES, BETA, LOCI
from drepano.genomics.callers.structural import SOURCE, StructureSource
from drepano.genomics.callers.structure import Structure, beta_gene, structures_of
from drepano.genomics.reading.vcf import reading
from drepano.genomics.scan.registry import sources_of
from drepano.settings import GenomeSource, Genomics

HEADER = """##fileformat=VCFv4.3
##FILTER=<ID=LowQual,Description="low quality">
##INFO=<ID=END,Number=1,Type=Integer,Description="end">
##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="length">
##INFO=<ID=SVTYPE,Number=1,Type=String,Description="type">
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="least depth of the block">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">
##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="length of the block">
##FORMAT=<ID=CN,Number=1,Type=Integer,Description="copies">
##contig=<ID=11>
##contig=<ID=16>
"""
BLOCK = "11 {} . {} <NON_REF> . PASS END={} GT:MIN_DP:GQ 0/0:{}:{}"
SEGMENT = "{} {} . N <CNV> . PASS END={};SVTYPE=CNV GT:CN ./.:{}"
GENE = "11 5225000 . A <NON_REF> . PASS END=5228000 GT:MIN_DP:GQ 0/0:30:60"
CLUSTER = SEGMENT.format(11, 5100000, 5300000, 2)


@pytest.fixture
def collect(cohort):
    """Pass over records as the scan does, in pieces; give the evidence of all subjects."""

    def run(*records, samples="a", chrom=BETA, cuts=(), build="GRCh38", **settings):
        lines = [f"#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT\t{samples}"]
        ordered = sorted(records, key=lambda r: (r.split()[0], int(r.split()[1])))
        text = HEADER + "\n".join([*lines, *ordered]).replace(" ", "\t") + "\n"
        path, names = cohort.compress(text, "s"), samples.split()
        source = StructureSource(Genomics(**settings), build)
        ((first, last),) = source.places()[chrom]
        borders = [first, *cuts, last + 1]
        tables = []
        for start, behind in itertools.pairwise(borders):
            with reading(path, path.with_name(path.name + ".tbi"), names, prefix="") as file:
                collector = source.start(file.samples, chrom, start, behind - 1)
                for record in file.fetch(chrom, start, behind - 1):
                    collector.take(record)
                collector.end()
            tables.append(collector.totals.rows(SOURCE))
        sums = pa.concat_tables(tables)
        GENOME_SUMS.check(sums, "test")
        return structures_of(evidence(sums, names, build))

    return run


def evidence(sums, names, build):
    rows = [
        {"subject": s, "session": "", "imaging": False, "genomics": True, "clinical": False}
        for s in names
    ]
    return evidence_of(
        SUBJECTS.from_rows(rows),
        GenomeSource(build=build, vcf=("x",)),
        Long(GENOMICS.empty(), STEP_STATES.empty()),
        Long(sums, STEP_STATES.empty()),
        CLINICAL.empty(),
    )


def gene(structures, subject="a", build="GRCh38"):
    return beta_gene(structures.get((subject, BETA), Structure()), build)


def test_a_block_with_evidence_covers_the_gene_and_segments_check_copies(collect):
    assert gene(collect(GENE, CLUSTER)) == Gene(covered=True, copies_checked=True, changed=False)


def test_nothing_is_known_where_nothing_was_seen(collect):
    assert gene(collect("11 1000 . A C . PASS . GT 0/0")) == Gene()
    assert gene({}) == Gene()


@pytest.mark.parametrize(("depth", "quality"), [(9, 60), (30, 19), (".", 60), (30, ".")])
def test_weak_blocks_cover_nothing(collect, depth, quality):
    assert not gene(collect(BLOCK.format(5225000, "A", 5228000, depth, quality))).covered


def test_each_sample_has_the_length_of_its_own_block(collect):
    """VCF 4.5: a record reaches as far as its longest sample, and each sample as its LEN."""
    record = "11 5225000 . A <*> . PASS END=5228000 GT:MIN_DP:GQ:LEN 0/0:30:60:{} 0/0:30:60:{}"
    found = collect(record.format(3001, 2000), samples="a b")
    assert gene(found, "a").covered
    assert not gene(found, "b").covered
    assert not gene(collect(record.format(3001, "."), samples="a b"), "b").covered


def test_one_base_that_is_not_called_is_not_covered(collect):
    first = BLOCK.format(5225000, "A", 5227001, 30, 60)
    second = BLOCK.format(5227003, "A", 5228000, 30, 60)
    between = "11 5227002 . T A . PASS . GT:DP:GQ {}:30:60"
    assert not gene(collect(first, second)).covered
    assert gene(collect(first, between.format("0/1"), second)).covered
    assert not gene(collect(first, between.format("./."), second)).covered
    assert not gene(collect(first, between.format("0/."), second)).covered
    filtered = between.format("0/1").replace("PASS", "LowQual")
    assert not gene(collect(first, filtered, second)).covered
    weak = {"min_depth": 31}
    assert not gene(collect(first, between.format("0/1"), second, **weak)).covered


def test_a_star_is_no_call_of_its_base(collect):
    """S/* looks like S/A by its dosage: an unknown deletion lies over the other chromosome."""
    first = BLOCK.format(5225000, "A", 5227001, 30, 60)
    second = BLOCK.format(5227003, "A", 5228000, 30, 60)
    star = "11 5227002 . T A,* . PASS . GT:DP:GQ 1/2:30:60"
    assert not gene(collect(first, star, second)).covered


def test_pieces_give_what_the_whole_gives(collect):
    records = [GENE, CLUSTER, SEGMENT.format(11, 5200000, 5226000, 1)]
    whole = gene(collect(*records))
    assert whole == Gene(covered=True, copies_checked=True, changed=True)
    assert gene(collect(*records, cuts=(5225900, 5250000))) == whole


def test_subjects_are_told_apart(collect):
    pair = GENE + " ./.:30:60"
    found = collect(pair, samples="a b")
    assert gene(found, "a").covered
    assert not gene(found, "b").covered


@pytest.mark.parametrize(
    ("record", "changed"),
    [
        ("11 5200000 . N <DEL> . PASS END=5230000;SVTYPE=DEL GT 0/1", True),
        ("11 5225600 . N <DEL> . PASS SVLEN=-30000;SVTYPE=DEL GT 0/1", True),
        ("11 5200000 . N <DEL> . PASS END=5230000;SVTYPE=DEL GT 0/0", False),
        ("11 5200000 . N <DEL> . PASS END=5230000;SVTYPE=DEL GT ./.", False),
        ("11 5200000 . N <DEL> . PASS END=5230000;SVTYPE=DEL GT ./1", True),
        ("11 5200000 . N <DEL> . LowQual END=5230000;SVTYPE=DEL GT 0/1", False),
        ("11 5200000 . N <DEL> . PASS END=5210000;SVTYPE=DEL GT 0/1", False),
        ("11 5200000 . N <DUP> . PASS END=5230000;SVTYPE=DUP GT 0/1", True),
        ("11 5200000 . N <CN0> . PASS END=5230000;SVTYPE=CNV GT 0/1", True),
        ("11 5200000 . N <INV> . PASS END=5230000;SVTYPE=INV GT 0/1", False),
        (f"11 5226000 . {'A' * 60} A . PASS . GT 0/1", True),
        (f"11 5226000 . {'A' * 40} A . PASS . GT 0/1", False),
        (SEGMENT.format(11, 5200000, 5230000, 1), True),
        (SEGMENT.format(11, 5200000, 5230000, 2), False),
        (SEGMENT.format(11, 5200000, 5230000, "."), False),
    ],
)
def test_deletions_and_duplications_of_the_cluster(collect, record, changed):
    assert gene(collect(record)).changed is changed


def test_copies_are_checked_over_the_whole_cluster(collect):
    half = SEGMENT.format(11, 5200000, 5250000, 2)
    rest = SEGMENT.format(11, 5250000, 5300000, 2)
    assert not gene(collect(half)).copies_checked
    assert gene(collect(half, rest)).copies_checked
    unknown = SEGMENT.format(11, 5250000, 5300000, ".")
    assert not gene(collect(half, unknown)).copies_checked


def test_sequence_records_never_check_copies(collect):
    assert not gene(collect(GENE)).copies_checked


def test_both_builds_are_the_same_loci():
    for chrom, offset in ((BETA, 21230), (ALPHA, 49999)):
        new, old = LOCI["GRCh38"][chrom], LOCI["GRCh37"][chrom]
        assert [a - b for a, b in zip(old.copies, new.copies, strict=True)] == [offset, offset]
    old, new = ALPHA_CHANGES["GRCh37"], ALPHA_CHANGES["GRCh38"]
    for name in new:
        assert new[name][1].bases == old[name][1].bases


def test_the_source_is_registered_by_its_callers_alone():
    assert sources_of(Genomics(), "GRCh38") == []
    assert not Genomics(callers={"apol1": True}).scans
    for caller in ("haemoglobin", "alpha_globin"):
        study = Genomics(callers={caller: True})
        (source,) = sources_of(study, "GRCh38")
        assert study.scans
        assert source.source == SOURCE
        assert sorted(source.places()) == [BETA, ALPHA]


def test_the_digest_depends_on_gates_and_build():
    digests = {
        StructureSource(Genomics(**gates), build).digest()
        for gates in ({}, {"min_depth": 5}, {"min_block_quality": 5})
        for build in ("GRCh37", "GRCh38")
    }
    assert len(digests) == 6
    same = Genomics(max_failed_fraction=0.5)
    assert StructureSource(same, "GRCh38").digest() in digests


def test_intervals():
    assert covers([Interval(5, 9), Interval(1, 4)], Interval(1, 9))
    assert covers([Interval(1, 20), Interval(3, 4)], Interval(2, 9))
    assert not covers([Interval(1, 4), Interval(6, 9)], Interval(1, 9))
    assert not covers([], Interval(1, 1))
    assert reciprocal_overlap(Interval(1, 10), Interval(1, 10)) == 1
    assert reciprocal_overlap(Interval(1, 10), Interval(6, 25)) == 0.25
    assert reciprocal_overlap(Interval(1, 10), Interval(11, 20)) == 0
