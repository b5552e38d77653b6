"""The site's FASTA: indels at another place of their repeat, and panel rows that differ."""

from pathlib import Path

import pysam
import pytest

from drepano.catalogue.builds import LENGTHS
from drepano.catalogue.panel import load_panel
from drepano.errors import ConfigError, InputError
from drepano.genomics import Genotyping, context_of, plan
from drepano.genomics.reading.alleles import Target
from drepano.genomics.reading.normalise import trim
from drepano.genomics.reading.reference import FLANK_BP, Reference, disagreeing
from drepano.settings import GenomeSource, Genomics

ABSENT = ("not_covered", "site_absent")
NOT_TYPED = ("not_covered", "allele_not_typed")
MISMATCH = ("failed", "ref_mismatch")

#                   1         11        21        31        41
BASES = "GATTACAGGCTTCACACACACACAGTCCATGGGGGGCATATTGCAANMCT"
ROWS = (
    ("snv", "11", 5, "A", "C"),
    ("insertion", "11", 12, "T", "TCA"),  # before (CA)6 at 13 to 24
    ("deletion", "11", 30, "TGG", "T"),  # of G6 at 31 to 36
    ("row_in_the_middle", "11", 18, "ACA", "A"),
)


@pytest.fixture
def fasta(tmp_path):
    """Write a FASTA with its .fai; contigs by name."""

    def write(name="ref.fa", *, index=True, **contigs: str):
        path = tmp_path / name
        path.write_text("".join(f">{n}\n{b}\n" for n, b in contigs.items()))
        if index:
            pysam.faidx(str(path))
        return path

    return write


@pytest.fixture
def run(cohort, write_panel):
    """Plan and compute one file with a FASTA; return values and states by variant."""

    def go(path, reference, *rows, row=None):
        genome = GenomeSource(build="GRCh38", vcf=("x",), reference=reference)
        study = Genomics(panels=(write_panel(*(rows or ROWS)),))
        files = [cohort.file(path, contigs=("11",), **(row or {}))]
        made = plan(study, genome, *cohort.inputs(files, [(path, "a", "a")], ["a"]))
        calculation = Genotyping(context_of(study, genome))
        results = [calculation.compute(unit) for _, unit in made.units]
        found = {
            r["source"].removeprefix("gen__"): (r["state"], r["reason"])
            for states in (made.states, *(result.states for result in results))
            for r in states.to_pylist()
        }
        calls = [r for result in results for r in result.values.to_pylist()]
        assert not found.keys() & {r["variant"] for r in calls}
        return found | {r["variant"]: r["dosage"] for r in calls}

    return go


@pytest.mark.parametrize(
    ("record", "variant"),
    [
        ("11 22 . A ACA . PASS . GT 0/1", "insertion"),  # in the middle
        ("11 24 . A ACA . PASS . GT 1/1", "insertion"),  # behind the last CA
        ("11 21 . CACA CACACA . PASS . GT 0/1", "insertion"),  # padded
        ("11 13 . C CAC . PASS . GT 0/1", "insertion"),
        ("11 35 . GGC C . PASS . GT 0/1", "deletion"),
        ("11 33 . GGG G . PASS . GT 0/1", "deletion"),
        ("11 12 . TCA T . PASS . GT 0/1", "row_in_the_middle"),
        ("11 22 . ACA A . PASS . GT 0/1", "row_in_the_middle"),
    ],
)
def test_an_indel_at_another_place_of_its_repeat(cohort, fasta, run, record, variant):
    path = cohort.write(record)
    copies = 2 if record.endswith("1/1") else 1
    assert run(path, fasta(**{"11": BASES}))[variant] == copies
    assert run(path, None)[variant] == ABSENT


def test_another_indel_of_the_repeat_is_not_the_panels(cohort, fasta, run):
    path = cohort.write(
        "11 22 . A ACACA . PASS . GT 1/1",
        "11 24 . A AC . PASS . GT 1/1",
        "11 33 . G GG . PASS . GT 1/1",
        "11 34 . G T . PASS . GT 1/1",
    )
    found = run(path, fasta(**{"11": BASES}))
    assert set(found.values()) <= {ABSENT, NOT_TYPED}


def test_one_of_two_alts_at_another_place(cohort, fasta, run):
    path = cohort.write("11 22 . ACA ACACA,A . PASS . GT 1/2")
    found = run(path, fasta(**{"11": BASES}))
    assert (found["insertion"], found["row_in_the_middle"]) == (1, 1)


def test_a_record_of_other_bases_is_not_moved(cohort, fasta, run):
    """Its REF is not the FASTA's, so the repeat of the FASTA is not its own."""
    path = cohort.write("11 5 . A C . PASS . GT 0/1", "11 22 . G GCA . PASS . GT 0/1")
    assert run(path, fasta(**{"11": BASES}))["insertion"] == ABSENT


@pytest.mark.parametrize("name", ["11", "chr11"])
def test_contigs_with_and_without_prefix(cohort, fasta, run, name):
    path = cohort.write("chr11 24 . A ACA . PASS . GT 0/1")
    found = run(path, fasta(**{name: BASES.lower()}), row={"contig_prefix": "chr"})
    assert found["insertion"] == 1


def test_a_row_that_differs_has_no_value_and_the_others_have(cohort, fasta, run):
    path = cohort.write("11 5 . A C . PASS . GT 0/1", "11 12 . T TCA . PASS . GT 0/0")
    wrong = ("wrong_row", "11", 6, "G", "T")
    found = run(path, fasta(**{"11": BASES}), *ROWS, wrong)
    assert (found["snv"], found["insertion"], found["wrong_row"]) == (1, 0, MISMATCH)


def test_what_was_found_is_told(cohort, fasta, write_panel):
    path = cohort.write("11 5 . A C . PASS . GT 0/1")
    genome = GenomeSource(build="GRCh38", vcf=("x",), reference=fasta(**{"11": BASES}))
    study = Genomics(panels=(write_panel(*ROWS, ("wrong", "11", 6, "GG", "T")),))
    tables = cohort.inputs([cohort.file(path)], [(path, "a", "a")], ["a", "b"])
    states = {
        (r["subject"], r["source"]): r for r in plan(study, genome, *tables).states.to_pylist()
    }
    assert states["a", "gen__wrong"]["detail"] == "11:6 is CA in ref.fa, and GG in the panel"
    assert states["b", "gen__wrong"]["reason"] == "no_sample"
    assert ("a", "gen__snv") not in states


def test_codes_of_the_fasta_agree_with_their_bases_and_n_with_none(fasta):
    reference = Reference(fasta(**{"11": BASES}))
    rows = [(47, "N"), (47, "A"), (48, "A"), (48, "C"), (48, "G"), (50, "T"), (50, "TA"), (60, "A")]
    targets = [Target(f"{p}{r}", "11", p, p + len(r), r, "X", trim(p, r, "X")) for p, r in rows]
    assert disagreeing(reference, targets) == {
        "47N": "N",
        "47A": "N",
        "48G": "M",
        "50TA": "T",
        "60A": "",
    }


def test_a_fasta_of_other_bases_is_refused(fasta, run, cohort):
    path = cohort.write("11 5 . A C . PASS . GT 0/1")
    with pytest.raises(ConfigError, match=r"other bases than the panel's REF at 4 of 4 variants;"):
        run(path, fasta(**{"11": "C" * 100}))


def test_a_fasta_that_looks_like_the_other_build_says_so(fasta, cohort, tmp_path, write_panel):
    path = cohort.write("11 5 . A C . PASS . GT 0/1")
    panel = Path(write_panel(*ROWS))
    lines = [line.split("\t") for line in panel.read_text().splitlines()]
    place = lines[0].index("grch38_pos")
    for line in lines[1:]:
        line[place] = str(int(line[place]) + 1)
    panel.write_text("".join("\t".join(line) + "\n" for line in lines))
    study = Genomics(panels=(str(panel),))
    genome = GenomeSource(build="GRCh38", vcf=("x",), reference=fasta(**{"11": BASES}))
    tables = cohort.inputs([cohort.file(path)], [(path, "a", "a")], ["a"])
    with pytest.raises(ConfigError, match="it looks like GRCh37, with whose positions 4 agree"):
        plan(study, genome, *tables)


def test_a_fasta_of_the_other_build_is_known_by_its_lengths(fasta, cohort, write_panel):
    path = fasta(**{"11": BASES})
    index = path.with_name("ref.fa.fai")
    index.write_text(f"11\t{LENGTHS['GRCh37']['11']}\t4\t50\t51\n")
    genome = GenomeSource(build="GRCh38", vcf=("x",), reference=path)
    tables = cohort.inputs([], [], ["a"])
    with pytest.raises(ConfigError, match="found contig lengths of GRCh37; expected a FASTA of GR"):
        plan(Genomics(panels=(write_panel(*ROWS),)), genome, *tables)


def test_missing_files_and_chromosomes_are_faults(fasta, run, cohort, tmp_path):
    path = cohort.write("11 5 . A C . PASS . GT 0/1")
    with pytest.raises(ConfigError, match="no file"):
        run(path, tmp_path / "none.fa")
    with pytest.raises(ConfigError, match=r"no \.fai beside it.*samtools faidx bare\.fa"):
        run(path, fasta("bare.fa", index=False, **{"11": BASES}))
    with pytest.raises(ConfigError, match=r"no chromosome 11.*\n.*no chromosome X"):
        run(path, fasta(**{"2": BASES}), *ROWS, ("x", "X", 5, "A", "C"))


def test_a_fasta_that_ends_early_is_a_fault(fasta, run, cohort):
    path = cohort.write("11 5 . A C . PASS . GT 0/1")
    reference = fasta(**{"11": BASES})
    reference.write_text(f">11\n{BASES[:20]}\n")
    with pytest.raises(ConfigError, match=r"fewer bases of chromosome 11 than its \.fai tells"):
        run(path, reference)


def test_a_gzipped_fasta_is_a_fault(fasta, run, cohort, capfd):
    reference = fasta(**{"11": BASES})
    reference.write_bytes(b"\x1f\x8b\x08\x00" + bytes(40))
    with pytest.raises(ConfigError, match="htslib cannot read as FASTA"):
        run(cohort.write("11 5 . A C . PASS . GT 0/1"), reference)
    assert "ref.fa" not in capfd.readouterr().err


def test_keys_follow_the_bases_around_the_variants_and_not_the_path(
    fasta, cohort, write_panel, tmp_path
):
    path = cohort.write("11 5 . A C . PASS . GT 0/1")
    study = Genomics(panels=(write_panel(*ROWS),))
    tables = cohort.inputs([cohort.file(path, contigs=("11",))], [(path, "a", "a")], ["a"])

    def key(reference):
        genome = GenomeSource(build="GRCh38", vcf=("x",), reference=reference)
        ((_, unit),) = plan(study, genome, *tables).units
        return unit.key

    far = BASES + "A" * (3 * FLANK_BP)
    first = key(fasta(**{"11": far}))
    assert key(fasta("renamed.fa", chr11=far.lower(), **{"12": "ACGT"})) == first
    assert key(fasta(**{"11": far[:-1] + "C"})) == first
    assert key(fasta(**{"11": far[:60] + "C" + far[61:]})) != first
    assert key(None) != first


def test_a_fasta_that_changed_since_the_plan_is_noticed(fasta, cohort, write_panel):
    path = cohort.write("11 5 . A C . PASS . GT 0/1")
    study = Genomics(panels=(write_panel(*ROWS),))
    tables = cohort.inputs([cohort.file(path, contigs=("11",))], [(path, "a", "a")], ["a"])
    genome = GenomeSource(build="GRCh38", vcf=("x",), reference=fasta(**{"11": BASES}))
    ((_, unit),) = plan(study, genome, *tables).units
    fasta(**{"11": BASES[:-1] + "A"})
    with pytest.raises(InputError, match="FASTA: found other bases than when"):
        Genotyping(context_of(study, genome)).compute(unit)


def test_the_windows_of_the_shipped_panels_hold_their_repeats():
    """Longest REF or ALT of the panel is far below the flank."""
    longest = max(len(v.ref) + len(v.alt) for v in load_panel("scd"))
    assert 10 * longest < FLANK_BP
