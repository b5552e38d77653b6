"""Relatedness: families of a seed, marker files, and the genotypes that are kept."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from drepano.errors import ConfigError
from drepano.genomics import declare_interpretation
from drepano.genomics.sample_quality import KINSHIP, kinship
from drepano.genomics.sample_quality.kinship import kinship_of
from drepano.genomics.sample_quality.markers import COLUMNS, read_markers
from drepano.genomics.scan.registry import sources_of

MARKERS = 4000
FAMILY = ("father", "mother", "child", "sibling", "grandchild", "stranger", "twin")
"""The grandchild is of the child and the stranger; the twin is the father once more."""


def gamete(rng, parent):
    """Pass one of both alleles of each marker on; unlinked."""
    chosen = rng.integers(0, 2, MARKERS)
    return parent[np.arange(MARKERS), chosen]


def family(seed, strangers=0):
    """Return haplotypes of `FAMILY` and of more strangers, (people, markers, 2)."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 0.9, MARKERS)

    def founder():
        return (rng.random((MARKERS, 2)) < frequency[:, None]).astype(np.int8)

    father, mother, stranger = founder(), founder(), founder()
    child, sibling = (
        np.stack([gamete(rng, father), gamete(rng, mother)], axis=1) for _ in range(2)
    )
    grandchild = np.stack([gamete(rng, child), gamete(rng, stranger)], axis=1)
    people = [father, mother, child, sibling, grandchild, stranger, father]
    return np.stack(people + [founder() for _ in range(strangers)])


def pairs(genotypes, min_markers=1):
    """Return the kinship of each pair by the definition, marker by marker."""
    count = len(genotypes)
    values = np.full((count, count), np.nan)
    for i in range(count):
        for j in range(count):
            both = (genotypes[i] < 3) & (genotypes[j] < 3)
            one, other = genotypes[i][both].astype(int), genotypes[j][both].astype(int)
            fewest = min((one == 1).sum(), (other == 1).sum())
            if i != j and both.sum() >= min_markers and fewest:
                values[i, j] = 0.5 - ((one - other) ** 2).sum() / (4 * fewest)
    return values


def test_kinship_of_a_family():
    genotypes = family(1).sum(axis=2).astype(np.int8)
    values = pairs(genotypes)
    at = FAMILY.index
    expected = {
        ("father", "child"): 0.25,
        ("mother", "sibling"): 0.25,
        ("child", "sibling"): 0.25,
        ("father", "grandchild"): 0.125,
        ("sibling", "grandchild"): 0.125,
        ("father", "mother"): 0,
        ("mother", "stranger"): 0,
        ("father", "twin"): 0.5,
    }
    for (one, other), value in expected.items():
        assert values[at(one), at(other)] == pytest.approx(value, abs=0.04)
    found = kinship_of(genotypes, 1)
    assert found.closest == pytest.approx(np.fmax.reduce(values, axis=1), abs=1e-12)
    relatives = dict(zip(FAMILY, found.relatives, strict=True))
    # The grandchild has father, mother, child, sibling, stranger and twin.
    assert relatives == {
        "father": 4, "mother": 3, "child": 5, "sibling": 5, "grandchild": 6, "stranger": 1,
        "twin": 4,
    }  # fmt: skip
    assert list(found.duplicates) == [1, 0, 0, 0, 0, 0, 1]


def test_missing_calls_are_left_out_of_a_pair_and_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(3)
    genotypes = family(2, strangers=20).sum(axis=2).astype(np.int8)
    genotypes[rng.random(genotypes.shape) < 0.2] = 3
    genotypes[4, 600:] = 3
    values = pairs(genotypes, min_markers=500)
    found = kinship_of(genotypes, 500)
    assert found.closest == pytest.approx(np.fmax.reduce(values, axis=1), abs=1e-12, nan_ok=True)
    assert (found.relatives == (values > 2**-3.5).sum(axis=1)).all()
    monkeypatch.setattr(kinship, "_BLOCK", 5)
    blocks = kinship_of(genotypes, 500)
    assert np.array_equal(blocks.closest, found.closest, equal_nan=True)
    assert np.array_equal(blocks.relatives, found.relatives)


def test_nobody_and_nothing_heterozygous():
    assert kinship_of(np.zeros((0, 5), np.int8), 1).closest.size == 0
    assert np.isnan(kinship_of(np.zeros((2, 5), np.int8), 1).closest).all()


@pytest.fixture
def marked(tmp_path, gathering):
    """Gather at markers on chromosome 1 that lie ten bases apart, from 10 on."""

    def make(count, *, build="GRCh38", **own):
        path = tmp_path / "markers.tsv"
        rows = [("1", str(10 * (i + 1) + 5), str(10 * (i + 1)), "C", "T") for i in range(count)]
        path.write_text("\n".join("\t".join(row) for row in [COLUMNS, *rows]) + "\n")
        own = {"min_records": 1, "min_markers": 1, "markers": str(path)} | own
        return gathering(build, sample_quality=own)

    return make


def lines(genotypes, first=10, info="."):
    """Write one record for each row of genotypes."""
    for i, cells in enumerate(genotypes):
        yield f"1 {first + 10 * i} . C T . PASS {info} GT {' '.join(cells)}"


def cells_of(haplotypes):
    """Return GT of each marker and person."""
    return [[f"{a}/{b}" for a, b in marker] for marker in haplotypes.transpose(1, 0, 2)]


def test_relatives_of_a_site(cohort, marked):
    names = " ".join(FAMILY)
    made = marked(MARKERS)
    path = cohort.write(*lines(cells_of(family(4))), samples=names)
    whole = made.sums(path, names, ("1", 1, 100_000))
    found = made.conclude(whole, subjects=names)
    assert found.of("sample__kinship__closest", "father") == 0.5
    assert found.of("sample__kinship__closest", "stranger") == pytest.approx(0.25, abs=0.04)
    assert found.of("sample__kinship__duplicates", "twin") == 1
    assert found.of("sample__kinship__relatives", "stranger") == 1
    halves = made.sums(path, names, ("1", 1, 2000), ("1", 2001, 2003), ("1", 2004, 100_000))
    parts = made.conclude(halves, subjects=names)
    assert parts.values.equals(found.values)


def test_one_file_for_each_person_and_markers_by_build(cohort, marked):
    made = marked(4, build="GRCh37")
    cells = [["0/1", "0/1"], ["0/0", "0/0"], ["1/1", "0/1"], ["0/1", "1/1"]]
    sums = []
    for column, name in enumerate("ab"):
        rows = lines([[row[column]] for row in cells], first=15)
        path = cohort.write(*rows, samples=name, name=name)
        sums.append(made.sums(path, name, ("1", 1, 1000)))
    found = made.conclude(*sums, subjects="a b")
    # one marker heterozygous in both, two in each, none opposite
    assert found.of("sample__kinship__closest", "a") == 0.5 - (0 + 0 + 1 + 1) / (4 * 2)


def test_blocks_are_reference_evidence_across_the_border_of_a_piece(cohort, marked):
    made = marked(6)
    block = "1 15 . C <NON_REF> . PASS END=45 GT:DP:GQ {}"
    rows = [
        "1 10 . C T,<NON_REF> . PASS . GT:DP:GQ 0/1:30:50",
        block.format("0/0:30:50"),
        "1 50 . C T,<NON_REF> . PASS . GT:DP:GQ 0/1:30:50",
        "1 55 . C <NON_REF> . PASS END=60 GT:DP:GQ 0/0:3:50",
    ]
    path = cohort.write(*rows)
    for pieces in ([("1", 1, 1000)], [("1", 1, 22), ("1", 23, 33), ("1", 34, 1000)]):
        sums = made.sums(path, "a", *pieces)
        texts = {r["item"]: r["text"] for r in sums.to_pylist() if r["text"] is not None}
        joined = ["."] * 6
        for item, text in texts.items():
            for i, letter in enumerate(text, start=int(item.split(":")[1])):
                joined[i] = letter if joined[i] == "." else joined[i]
        assert "".join(joined) == "10001."


def test_records_that_do_not_type_the_marker_or_contradict_each_other(cohort, marked):
    made = marked(5)
    rows = [
        "1 10 . C G . PASS . GT 0/0",  # another ALT: T was not looked for
        "1 20 . C G,T . PASS . GT 1/2",
        "1 30 . C T . PASS . GT 0/1",
        "1 30 . C T . PASS . GT 1/1",
        "1 40 . C T . LowQual . GT 0/1",
        "1 50 . C T . PASS . GT 1",
    ]
    sums = made.sums(cohort.write(*rows), "a", ("1", 1, 1000))
    assert [r["text"] for r in sums.to_pylist() if r["text"]] == [".1!.."]


def test_subjects_who_cannot_be_compared(cohort, marked):
    made = marked(3)
    full = made.sums(cohort.write(*lines([["0/1"], ["0/0"], ["1/1"]])), "a", ("1", 1, 99))
    alone = made.conclude(full)
    assert alone.of("sample__kinship__closest") == ("undefined", "no_other_subject")
    path = cohort.write(*lines([["0/1"], ["./."], ["1/1"]]), samples="b", name="b")
    variants = made.sums(path, "b", ("1", 1, 99))
    found = made.conclude(full, variants, subjects="a b c")
    assert found.of("sample__kinship__closest", "b") == ("undefined", "variants_only")
    assert found.of("sample__kinship__closest", "c") == ("not_covered", "site_absent")
    path = cohort.write(*lines([["0/0"], ["0/0"], ["1/1"]]), samples="b", name="b")
    homozygous = made.sums(path, "b", ("1", 1, 99))
    found = made.conclude(full, homozygous, subjects="a b")
    assert found.of("sample__kinship__relatives", "a") == ("undefined", "too_few_variants")


def test_the_content_of_the_markers_is_in_the_dictionary(marked):
    columns = {c.name: c for c in declare_interpretation(marked(3).study)}
    column = columns["sample__kinship__closest"]
    assert "3 markers, sha256 " in column.source
    assert "markers.tsv" not in column.source


def test_the_digest_holds_content_and_gates_of_the_markers(marked, gathering):
    def digest(made):
        source = next(s for s in sources_of(made.study, made.build) if s.source == KINSHIP)
        return source.digest()

    made = marked(3)
    own = made.study.sample_quality.model_dump()
    first = digest(made)
    assert digest(gathering(sample_quality=own | {"min_markers": 9})) == first
    assert digest(gathering(sample_quality=own, min_depth=9)) != first
    assert digest(gathering("GRCh37", sample_quality=own)) != first
    assert digest(marked(4)) != first


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["nothing"]),
        ("chrom\tpos\n", ["chrom, pos"]),
        ("\t".join(COLUMNS) + "\n", ["no row"]),
        (
            "\t".join(COLUMNS) + "\nX\t1\t1\tA\tC\n1\t0\t2\tAT\tA\n1\t3\t3\tA\tA\n1\t3\t4\tA\n"
            "1\t3\t9\tA\tC\n",
            ["chrom 'X'", "grch37_pos '0'", "ref 'AT'", "alt 'A'", "4 fields", "a second time"],
        ),
    ],
)
def test_wrong_marker_files_are_refused_with_all_faults(tmp_path, text, faults):
    path = tmp_path / "markers.tsv"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_markers(path)
    for fault in faults:
        assert fault in str(caught.value)
    assert len(caught.value.faults) == len(faults)


def test_a_missing_or_binary_marker_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_markers(tmp_path / "none.tsv")
    (tmp_path / "b.tsv").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_markers(tmp_path / "b.tsv")


@pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed")
def test_kinship_as_plink2_tells_it(cohort, tmp_path):
    rng = np.random.default_rng(7)
    haplotypes = family(6, strangers=5)
    cells = cells_of(haplotypes)
    missing = rng.random((MARKERS, len(haplotypes))) < 0.05
    cells = [
        ["./." if m else c for c, m in zip(row, gone, strict=True)]
        for row, gone in zip(cells, missing, strict=True)
    ]
    names = [f"s{i}" for i in range(len(haplotypes))]
    path = cohort.write(*lines(cells), samples=" ".join(names))
    ids = ["--set-all-var-ids", "@:#", "--out", str(tmp_path / "king")]
    command = ["plink2", "--vcf", str(path), "--make-king", "square", *ids]
    subprocess.run(command, check=True, capture_output=True)
    told = np.loadtxt(tmp_path / "king.king")
    np.fill_diagonal(told, np.nan)
    genotypes = haplotypes.sum(axis=2).astype(np.int8)
    genotypes[missing.T] = 3
    found = kinship_of(genotypes, 1)
    assert found.closest == pytest.approx(np.nanmax(told, axis=1), abs=1e-5)
    assert (found.relatives == (told > kinship.SECOND_DEGREE).sum(axis=1)).all()
    assert Path(f"{tmp_path}/king.king.id").read_text().split()[1:] == names
