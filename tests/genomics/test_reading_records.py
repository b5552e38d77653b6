"""Records of generated lines: kernels against a plain reading of the text, and both readers."""

import math
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pysam
import pysam.bcftools
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from drepano.errors import UnitError
from drepano.genomics.reading.alleles import Target, trim
from drepano.genomics.reading.dosages import NO_CALL, UNIT, dosages
from drepano.genomics.reading.evidence import read_calls, typed_gate
from drepano.genomics.reading.record import Record
from drepano.genomics.reading.text import Layout, TextRecord
from drepano.settings import Genomics

ALTS = ("A", "G", "<*>", "*", "<NON_REF>", "TAA", "<DEL>")
SLOW = [HealthCheck.too_slow]


def record_of(line: str, wanted: list[int] | None = None, columns: int | None = None) -> TextRecord:
    """Return a record as the file's reader makes it; blanks separate fields."""
    fields = line.split()
    samples = len(fields) - 9 if columns is None else columns
    asked = np.array(range(samples) if wanted is None else wanted, np.int32)
    layout = Layout(Path("x.vcf.gz"), samples, asked)
    columns_of = "\t".join(fields).encode().split(b"\t", 9)
    return TextRecord(columns_of, int(fields[1]), "11", layout)


def target(alt: str = "A", ref: str = "T", position: int = 5227002) -> Target:
    change = trim(position, ref, alt)
    return Target("v", "11", position, position + len(ref), ref, alt, change)


number = st.one_of(
    st.just("."),
    st.integers(0, 200).map(str),
    st.decimals(0, 3, places=3).map(str),
    st.sampled_from(["1e-3", "2.5E1", "0.1234567890123456789", "-1", "5.", ".5"]),
)


@st.composite
def lines(draw):
    """Return ALTs, FORMAT, and cells of some samples, as a file may hold them."""
    alts = draw(st.lists(st.sampled_from(ALTS), min_size=1, max_size=3, unique=True))
    others = draw(
        st.permutations(["DP", "GQ", "AD", "PL", "MIN_DP"]).flatmap(
            lambda names: st.integers(0, 4).map(lambda k: names[:k])
        )
    )
    allele = st.one_of(st.just("."), st.integers(0, len(alts)).map(str))
    mark = st.sampled_from("/|")
    plain = st.tuples(allele, mark, allele).map("".join)
    usual = st.sampled_from(["0/0", "0|1", "1|0", "1/1", "./."])
    free = st.tuples(
        st.sampled_from(["", "", "", "/", "|"]),
        st.lists(st.tuples(allele, mark), min_size=1, max_size=3),
    ).map(lambda told: told[0] + "".join(a + m for a, m in told[1])[:-1])
    genotype = draw(st.sampled_from([usual, plain, free]))
    samples = draw(st.integers(1, 6))
    cells = []
    for _ in range(samples):
        kept = draw(st.integers(0, len(others)))
        values = [",".join(draw(st.lists(number, min_size=1, max_size=3))) for _ in others[:kept]]
        cells.append(":".join([draw(genotype), *values]))
    filters = draw(st.sampled_from(["PASS", "PASS", ".", "LowQual"]))
    head = f"11 5227002 . T {','.join(alts)} . {filters} . {':'.join(['GT', *others])}"
    wanted = draw(st.lists(st.integers(0, samples - 1), min_size=1, unique=True).map(sorted))
    return f"{head} {' '.join(cells)}", wanted


gates = st.builds(
    Genomics, min_depth=st.sampled_from([0, 8]), min_genotype_quality=st.sampled_from([0, 20])
)


@given(lines(), gates, st.booleans())
@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
def test_dosages_are_those_of_the_calls(line, study, whole):
    text, wanted = line
    record = record_of(text, None if whole else wanted)
    found = dosages(record, target(), study)
    with patch.object(TextRecord, "tally", Record.tally):  # the plain way over arrays
        calls = read_calls(record_of(text, None if whole else wanted), target(), study)
    expected = np.where(calls.called, calls.dosage * UNIT, NO_CALL)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int32


@given(lines(), gates)
@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
def test_one_pass_says_what_the_arrays_say(line, study):
    text, wanted = line
    record = record_of(text, wanted)
    roles = [0 if alt != "A" else 1 for alt in record.alts]
    roles = [
        2 if alt in {"<*>", "<NON_REF>"} else r for alt, r in zip(record.alts, roles, strict=True)
    ]
    gate = typed_gate(study.min_depth, study.min_genotype_quality)
    one, other = record.tally(roles, gate), Record.tally(record, roles, gate)
    np.testing.assert_array_equal(one.small[0], other.small[0])
    np.testing.assert_array_equal(one.small[1:], other.small[1:])
    np.testing.assert_array_equal(one.large, other.large)
    assert one.half == other.half


@given(lines())
@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
def test_genotypes_are_those_of_the_text(line):
    text, _ = line
    cells = [cell.split(":")[0] for cell in text.split()[9:]]
    alleles, phased = record_of(text).genotypes()
    for cell, row, together in zip(cells, alleles.tolist(), phased, strict=True):
        told = cell.lstrip("/|").replace("|", "/").split("/")
        expected = [-1 if a == "." else int(a) for a in told]
        assert [a for a in row if a > -2] == expected
        assert together == ("/" not in cell)


@given(lines(), st.sampled_from(["DP", "GQ", "AD", "PL"]))
@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
def test_numbers_are_those_of_python(line, name):
    text, _ = line
    names = text.split()[8].split(":")
    found = record_of(text).numbers(name)
    for cell, row in zip(text.split()[9:], found, strict=True):
        parts = dict(zip(names, cell.split(":"), strict=False))
        values = [] if parts.get(name) is None else parts[name].split(",")
        told = [math.nan if v == "." or float(v) < 0 else float(v) for v in values]
        np.testing.assert_array_equal(row[: len(told)], told)
        assert np.isnan(row[len(told) :]).all()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("11 5227002 . T A . . . GT 0/1 0/", "a GT that is no genotype"),
        ("11 5227002 . T A . . . GT 0/1 0x1", "a GT that is no genotype"),
        ("11 5227002 . T A . . . GT 0/1 0//1", "a GT that is no genotype"),
        ("11 5227002 . T A . . . GT 0/1 a/1", "a GT that is no genotype"),
        ("11 5227002 . T A . . . GT:DP 0/1:1 :3", "a GT that is no genotype"),
        ("11 5227002 . T A . . . GT 0/1 0/2", "a GT with an allele that the record does not"),
        ("11 5227002 . T A . . . GT 0/1 0/99999999999999999999", "a GT with an allele that"),
        ("11 5227002 . T A . . . GT 0/1 0/1:3", "a sample that is empty, or has more fields"),
        ("11 5227002 . T A . . . GT:DP 0/1:1 0/1:x", "a field that is no number"),
        ("11 5227002 . T A . . . GT:DP 0/1:1 0/1:1_0", "a field that is no number"),
        ("11 5227002 . T A . . . GT:DP 0/1:1 0/1:", "a field that is no number"),
        ("11 5227002 . T A . . . DS 0.5 0..5", "a field that is no number"),
        ("11 5227002 . T A . . . GT 0/1", "another number of columns"),
        ("11 5227002 . T A . . . GT 0/1 0/1 0/1", "another number of columns"),
        ("11 5227002 . T A . . . GT", "another number of columns"),
        ("11 5227002 . T1 A . . . GT 0/1 0/1", "a REF that is not bases"),
        ("11 5227002 . T A,, . . . GT 0/1 0/1", "an ALT that is not an allele"),
        ("11 5227002 . T <A<B>> . . . GT 0/1 0/1", "an ALT that is not an allele"),
        ("11 5227002 . T A . . . GT:GT 0/1:0/1 0/1", "a FORMAT that names a field twice"),
        ("11 5227002 . T A . . . DP:GT 3:0/1 3:0/1", "or GT behind another"),
    ],
)
def test_what_is_no_record_is_unreadable(line, found):
    for way in (dosages, read_calls):
        with pytest.raises(UnitError, match=f"unreadable: x.vcf.gz: 11:5227002 has .*{found}"):
            way(record_of(line, columns=2), target(), Genomics())


def test_an_empty_cell_is_unreadable():
    layout = Layout(Path("x.vcf.gz"), 2, np.array([1], np.int32))
    columns = b"11\t5227002\t.\tT\tA\t.\t.\t.\tGT\t\t0/1".split(b"\t", 9)
    for way in (dosages, read_calls):
        with pytest.raises(UnitError, match="a sample that is empty"):
            way(TextRecord(columns, 5227002, "11", layout), target(), Genomics())


def test_many_alts_and_numbers_of_two_digits():
    alts = ",".join(f"T{'A' * k}" for k in range(1, 12))
    record = record_of(f"11 5227002 . T {alts} . PASS . GT 0/11 11|10 10/1")
    assert dosages(record, target("T" + "A" * 11), Genomics()).tolist() == [UNIT, UNIT, 0]
    assert dosages(record, target("T" + "A" * 10), Genomics()).tolist() == [0, UNIT, UNIT]


def test_imputed_dosages_are_rounded_for_sums_alone():
    record = record_of("11 5227002 . T A . PASS . DS:GP 0.3333:0.6,0.39,0.01 .:. 2.5:.,.,.")
    calls = read_calls(record, target(), Genomics())
    assert calls.dosage[0] == 0.3333
    np.testing.assert_array_equal(calls.probability, [0.6, math.nan, math.nan])
    assert dosages(record, target(), Genomics()).tolist() == [round(0.3333 * UNIT), -1, -1]


def test_dosages_of_haplotypes_are_added_up():
    record = record_of("11 5227002 . T A . PASS . HDS 0.25,0.5 1 .,. 0.5,.")
    calls = read_calls(record, target(), Genomics())
    np.testing.assert_array_equal(calls.dosage, [0.75, 1, math.nan, math.nan])
    assert dosages(record, target(), Genomics()).tolist() == [3 * UNIT // 4, UNIT, -1, -1]
    two = record_of("11 5227002 . T A,G . PASS . HDS 0.25,0.5")
    assert dosages(two, target(), Genomics()).tolist() == [-1]


@pytest.mark.parametrize("fields", ["GT", "GT:DP"])
def test_half_calls_are_refused_where_the_study_says_so(fields):
    rest = ":3" if fields == "GT:DP" else ""
    line = f"11 5227002 . T A . PASS . {fields} 0/1{rest} 0/.{rest} ./.{rest}"
    for way in (dosages, read_calls):
        with pytest.raises(UnitError, match="missing_genotype: 11:5227002:T has a half call"):
            way(record_of(line), target(), Genomics(half_calls="refuse"))
        way(record_of(line, [0, 2]), target(), Genomics(half_calls="refuse"))
    assert dosages(record_of(line), target(), Genomics()).tolist() == [UNIT, -1, -1]


def test_records_elsewhere_and_of_other_alleles():
    beside = record_of("11 5227003 . C T . PASS . GT 0/1")
    assert dosages(beside, target(), Genomics()) is None
    other = record_of("11 5227002 . T <DEL>,*,T[11:6[ . PASS . GT 0/1")
    assert dosages(other, target(), Genomics()).tolist() == [-1]
    block = record_of("11 5226900 . A <*> . PASS END=5227100 GT:DP:GQ 0/0:30:60")
    assert dosages(block, target(), Genomics()).tolist() == [0]


def test_a_sample_whose_block_is_too_short_says_nothing():
    """LEN is the length of each sample's own block (VCF 4.5)."""
    record = record_of("11 5226900 . A <*> . . . GT:DP:GQ:LEN 0/0:30:60:200 0/0:30:60:50 0/0:30:60")
    assert record.end == 5227099
    calls = read_calls(record, target(), Genomics())
    assert calls.called.tolist() == [True, False, False]
    assert calls.code.tolist()[1:] == [1, 1]


def test_info_is_told_as_text():
    record = record_of("11 5227002 . T A . PASS AF=0.5,0.25;DB;CSQ=A|x=y GT 0/1")
    assert record.info("AF") == "0.5,0.25"
    assert record.info("DB") == ""
    assert record.info("CSQ") == "A|x=y"
    assert record.info("AC") is None
    assert record_of("11 5227002 . T A . PASS . GT 0/1").info(".") is None


@given(lines())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
def test_both_readers_say_the_same(tmp_path, line):
    """A VCF as text and the same as BCF by htslib, where htslib takes what the line holds."""
    from drepano.genomics.reading.vcf import reading  # noqa: PLC0415

    text, wanted = line
    fields = text.split()
    assume(not any(cell[0] in "/|" for cell in fields[9:]))  # htslib wants a header of VCF 4.4
    names = [f"s{i}" for i in range(len(fields) - 9)]
    declared = "".join(
        f"##FORMAT=<ID={name},Number=.,"
        f'Type={"String" if name == "GT" else "Float"},Description="x">\n'
        for name in fields[8].split(":")
    )
    head = (
        '##fileformat=VCFv4.3\n##FILTER=<ID=LowQual,Description="x">\n##contig=<ID=11>\n'
        '##ALT=<ID=DEL,Description="x">\n' + declared
    )
    title = "\t".join(["#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".replace(" ", "\t"), *names])
    plain, packed, binary = (tmp_path / f"x.{end}" for end in ("vcf", "vcf.gz", "bcf"))
    plain.write_text(head + title + "\n" + "\t".join(fields) + "\n")
    pysam.tabix_compress(str(plain), str(packed), force=True)
    pysam.tabix_index(str(packed), preset="vcf", force=True)
    pysam.bcftools.view("-Ob", "-o", str(binary), "--no-version", str(packed), catch_stdout=False)
    pysam.bcftools.index("-f", str(binary))
    asked = [names[i] for i in wanted]
    answers = []
    for path, index in ((packed, f"{packed}.tbi"), (binary, f"{binary}.csi")):
        with reading(path, Path(index), asked, prefix="") as variants:
            assert variants.samples == asked
            (record,) = variants.fetch("11", 5227002, 5227002)
            calls = read_calls(record, target(), Genomics())
            answers.append((record.alts, record.end, calls))
    (alts, end, calls), (others, other_end, other) = answers
    assert (alts, end) == (others, other_end)
    for name in ("code", "dosage", "ploidy", "form"):
        np.testing.assert_array_equal(getattr(calls, name), getattr(other, name))
    np.testing.assert_allclose(calls.depth, other.depth, rtol=1e-6)
