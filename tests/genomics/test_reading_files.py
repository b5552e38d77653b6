"""Regions of bgzipped files: every record once, and damage never taken for an end."""

import itertools
import random
from pathlib import Path

import pysam
import pytest

from drepano.errors import UnitError
from drepano.genomics.reading import inflate
from drepano.genomics.reading.vcf import reading
from drepano.genomics.reading.warm import warm

S = "hbb_rs334"
HEAD = (
    '##fileformat=VCFv4.3\n##contig=<ID=1>\n##contig=<ID=11>\n##ALT=<ID=DEL,Description="x">\n'
    '##INFO=<ID=END,Number=1,Type=Integer,Description="x">\n'
    '##INFO=<ID=CSQ,Number=1,Type=String,Description="x">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">\n'
)
TITLE = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"


def pack(folder: Path, text: str, *, csi: bool = False, name: str = "c") -> tuple[Path, Path]:
    """Write text as a bgzipped, indexed VCF."""
    plain, path = folder / f"{name}.vcf", folder / f"{name}.vcf.gz"
    plain.write_text(text, newline="")
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True, csi=csi)
    return path, Path(f"{path}.{'csi' if csi else 'tbi'}")


def records(rng: random.Random, count: int, samples: int) -> list[tuple[str, int, int, str]]:
    """Return contig, first and last position, and line, in the order of a file."""
    made = []
    for contig, many in (("1", count // 3), ("11", count)):
        for position in sorted(rng.choices(range(1, 200_000), k=many)):
            ref, alt, info, end = "T", "A", "CSQ=ENST1", position
            kind = rng.random()
            if kind < 0.05:
                ref = "T" * rng.randint(2, 300)
                end = position + len(ref) - 1
            elif kind < 0.08:
                end = position + rng.randint(1, 60_000)
                alt, info = rng.choice(["<DEL>", "<*>", "."]), f"END={end}"
            cells = rng.choices(["0/0", "0|1", "1/1", "./."], k=samples)
            fields = [contig, str(position), ".", ref, alt, ".", "PASS", info, "GT", *cells]
            made.append((contig, position, end, "\t".join(fields)))
    return made


@pytest.mark.parametrize("csi", [False, True])
@pytest.mark.parametrize("samples", [1, 400])
def test_every_record_of_a_region_comes_once(tmp_path, csi, samples):
    rng = random.Random(samples)
    made = records(rng, 1500, samples)
    names = [f"s{i}" for i in range(samples)]
    text = HEAD + TITLE + "\t".join(names) + "\n" + "".join(f"{r[3]}\n" for r in made)
    path, index = pack(tmp_path, text, csi=csi)

    def expected(intervals):
        return [
            (first, line.split("\t")[3])
            for contig, first, last, line in made
            if contig == "11" and any(first <= b and a <= last for a, b in intervals)
        ]

    with reading(path, index, names, prefix="") as variants:
        assert variants.samples == names
        for _ in range(60):
            first = rng.randint(1, 210_000)
            last = first + rng.choice([0, 0, 1, 50, 3000, 20_000, 1 << 29])
            found = [(r.position, r.ref) for r in variants.fetch("11", first, last)]
            assert found == expected([(first, last)])
            edges = sorted(rng.sample(range(1, 200_000), 8))
            several = list(zip(edges[::2], edges[1::2], strict=True))
            found = [(r.position, r.ref) for r in variants.fetch_all("11", several)]
            assert found == expected(several)
        assert list(variants.fetch("2", 1, 1 << 29)) == []
        assert len(list(variants.fetch("11", 1, 1 << 29))) == 1500


def test_pieces_hold_every_record_once(tmp_path):
    """Records that start in a piece: none is lost or doubled, wherever the borders are."""
    rng = random.Random(3)
    made = records(rng, 900, 50)
    names = [f"s{i}" for i in range(50)]
    text = HEAD + TITLE + "\t".join(names) + "\n" + "".join(f"{r[3]}\n" for r in made)
    path, index = pack(tmp_path, text)
    expected = [r[1] for r in made if r[0] == "11"]
    for pieces in (1, 2, 7):
        borders = [0, *sorted(rng.sample(range(1, 200_000), pieces - 1)), 1 << 29]
        found = []
        with reading(path, index, names, prefix="") as variants:
            for first, last in itertools.pairwise(borders):
                here = variants.fetch("11", first + 1, last)
                found += [r.position for r in here if r.position > first]
        assert found == expected


def line(position: int, cells: str = "0/1", contig: str = "11") -> str:
    return "\t".join([contig, str(position), ".", "T", "A", ".", "PASS", ".", "GT", cells])


def all_of(path: Path, index: Path, first: int = 1) -> list[tuple]:
    with reading(path, index, ["a"], prefix="") as variants:
        found = variants.fetch("11", first, 1 << 29)
        return [(r.position, r.ref, r.alts, r.genotypes()[0].tolist()) for r in found]


def test_lines_may_end_as_on_windows(tmp_path):
    text = (HEAD + TITLE + "a\n" + line(5) + "\n" + line(9, "1/1") + "\n").replace("\n", "\r\n")
    path, index = pack(tmp_path, text)
    assert all_of(path, index) == [(5, "T", ["A"], [[0, 1]]), (9, "T", ["A"], [[1, 1]])]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}{TITLE}a\n{line(5)}\n{line(9, '1/1')}", "its last line has no end"),
        (f"{HEAD}{TITLE}a\ta\n{line(5)}\t0/1\n", "names a sample twice"),
        (f"{HEAD}{TITLE}b\n{line(5)}\n", "does not name the samples"),
        (f"{HEAD}#CHROM\tPOS\n{line(5)}\n", "its columns are not those of a VCF"),
        (f"{line(5)}\n", "does not begin as a VCF 4 file"),
        ("##fileformat=VCFv4.3\n##x\n", "ends before its header does"),
    ],
)
def test_files_that_are_no_vcf_are_unreadable(tmp_path, text, message):
    whole = tmp_path / "whole"
    whole.mkdir()
    _, index = pack(whole, f"{HEAD}{TITLE}a\n{line(5)}\n{line(9, '1/1')}\n")
    plain, path = tmp_path / "c.vcf", tmp_path / "c.vcf.gz"
    plain.write_text(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    if "no end" in message:
        index = Path(pysam.tabix_index(str(path), preset="vcf", force=True) + ".tbi")
    with pytest.raises(UnitError, match=f"unreadable: c.vcf.gz: .*{message}"):
        all_of(path, index)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (line(5).replace("5", "5x", 1), "a POS that is no number"),
        (line(8), "records out of their order"),
        ("11\t5\t.\tT", "a line of too few columns"),
        ("12\t5" + line(5)[4:], "records of another, where its index leads"),
    ],
)
def test_an_index_of_another_file_is_noticed(tmp_path, changed, message):
    """The lines change their content, not their place: the old index leads to them."""
    first = line(5) + " " * (len(changed) - len(line(5)))
    lines = [first.replace(" ", ""), line(7), line(9)]
    _, index = pack(tmp_path, HEAD + TITLE + "a\n" + "\n".join(lines) + "\n", name="old")
    text = HEAD + TITLE + "a\n" + "\n".join([changed, line(7), line(9)]) + "\n"
    plain, path = tmp_path / "c.vcf", tmp_path / "c.vcf.gz"
    plain.write_text(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    with pytest.raises(UnitError, match=message):
        all_of(path, index, 9)


def test_an_index_that_leads_behind_the_file_is_noticed(tmp_path):
    long = [line(position) for position in range(1, 30_000)]
    _, index = pack(tmp_path, HEAD + TITLE + "a\n" + "\n".join(long) + "\n", name="old")
    path, _ = pack(tmp_path, HEAD + TITLE + "a\n" + "\n".join(long[:9000]) + "\n")
    with pytest.raises(UnitError, match="its index"):
        all_of(path, index)


def whole(path: Path, index: Path, right: list[tuple]) -> bool:
    """Return whether a file was read; False if it was refused, and never other than right."""
    try:
        found = all_of(path, index)
    except UnitError as error:
        return error.reason != "unreadable"
    assert found == right
    return True


@pytest.mark.parametrize("library", ["libdeflate", "zlib"])
def test_flipped_bytes_never_give_other_records(tmp_path, library, monkeypatch):
    if library == "zlib":
        monkeypatch.setattr(inflate, "_inflater", lambda: inflate._by_zlib)
    rng = random.Random(5)
    made = [line(p, rng.choice(["0/0", "0|1"])) for p in sorted(rng.sample(range(1, 99_999), 4000))]
    path, index = pack(tmp_path, HEAD + TITLE + "a\n" + "\n".join(made) + "\n")
    right = all_of(path, index)
    assert len(right) == 4000
    content = path.read_bytes()
    refused = 0
    for _ in range(120):
        broken = bytearray(content)
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        if rng.random() < 0.2:
            del broken[rng.randrange(len(broken)) : -28]
        path.write_bytes(broken)
        refused += not whole(path, index, right)
    assert refused > 100


def test_flipped_bytes_of_an_index_are_noticed_or_harmless(tmp_path):
    rng = random.Random(6)
    made = [line(p) for p in sorted(rng.sample(range(1, 99_999), 2000))]
    path, index = pack(tmp_path, HEAD + TITLE + "a\n" + "\n".join(made) + "\n")
    right, content = all_of(path, index), index.read_bytes()
    for _ in range(120):
        broken = bytearray(content)
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        index.write_bytes(broken)
        whole(path, index, right)


def test_the_two_ways_to_inflate_agree(tmp_path):
    path, _ = pack(tmp_path, HEAD + TITLE + "a\n" + line(5) + "\n")
    payload = path.read_bytes()
    size = int.from_bytes(payload[16:18], "little") + 1
    stream, sums = payload[18 : size - 8], payload[size - 8 : size]
    checksum, length = (int.from_bytes(part, "little") for part in (sums[:4], sums[4:]))
    told = inflate._by_zlib(stream, length, checksum)
    assert told == inflate.inflate(stream, length, checksum)
    for wrong in ((stream, length, checksum ^ 1), (stream, length - 1, checksum), (b"", 3, 0)):
        for way in (inflate._by_zlib, inflate.inflate):
            with pytest.raises(inflate.Damage, match=r"a (damaged )?block"):
                way(*wrong)
    with pytest.raises(inflate.Damage, match="larger than any may be"):
        inflate.inflate(stream, 1 << 17, checksum)


def test_a_file_without_samples_is_read(tmp_path):
    title = TITLE.removesuffix("\tFORMAT\t")
    rows = ["11\t5\t.\tT\tA\t.\tPASS\tAC=1", "11\t9\t.\tT\tC\t.\tPASS\t."]
    path, index = pack(tmp_path, HEAD + title + "\n" + "\n".join(rows) + "\n")
    with reading(path, index, [], prefix="") as variants:
        found = [
            (r.position, r.alts, r.info("AC"), r.has("GT")) for r in variants.fetch("11", 1, 9)
        ]
        assert [r.position for r in variants.fetch("11", 7, 9)] == [9]
    assert found == [(5, ["A"], "1", False), (9, ["C"], None, False)]


def test_genotype_phase_set_record_and_probability(cohort, genotype):
    path = cohort.write(
        "11 5227002 . T A . PASS . GT:PS:GP:DP 0|1:77:0,1,0:9 1/0:77:0.1,0.8,0.1:8 1|1:.:.:. 0/.:5",
        "11 5227013 . A G . PASS . DS 1 1 1 1",
        "X 154536002 . C T . PASS . GT 1 0 |1 /0|1",
        samples="a b c d",
    )
    answer = genotype(path, samples="a b c d")
    calls = [answer.calls.get((s, S)) for s in "abc"]
    assert [c["genotype"] for c in calls] == ["0|1", "1/0", "1|1"]
    assert [c["phase_set"] for c in calls] == ["77", None, None]
    assert {c["record"] for c in calls} == {"11:5227002:T"}
    assert [c["probability"] for c in calls] == [1, 0.8, None]
    x = [answer.calls[s, "g6pd_rs1050828"] for s in "abcd"]
    assert [c["genotype"] for c in x] == ["1", "0", "1", "0/1"]
    assert [c["phased"] for c in x] == [None, None, None, False]
    imputed = answer.calls["a", "hbb_rs713040"]
    assert (imputed["dosage"], imputed["genotype"], imputed["probability"]) == (1, None, None)
    assert imputed["record"] == "11:5227013:A"


def test_the_record_that_gave_the_call_is_named(cohort, genotype):
    path = cohort.write(
        "11 5227001 . CT CA . PASS . GT:PS 0|1:3 ./.:.",
        "11 5227002 . T A . PASS . GT:PS 0/1:. 1|0:4",
        samples="a b",
    )
    answer = genotype(path, samples="a b")
    told = [answer.calls[s, S] for s in "ab"]
    assert [c["record"] for c in told] == ["11:5227001:CT", "11:5227002:T"]
    assert [c["phase_set"] for c in told] == ["3", "4"]
    assert [c["genotype"] for c in told] == ["0|1", "1|0"]


def test_kernels_can_be_compiled_beforehand():
    assert warm() > 5
