"""How much data lies where: both index formats, uneven data, damaged indexes."""

import gzip
import itertools
import random
import struct
from pathlib import Path

import pysam
import pytest

from drepano.genomics.assignment import File
from drepano.genomics.scan import pieces
from drepano.genomics.scan.file_index import DamagedIndexError, read_extents
from drepano.genomics.scan.pieces import LAST, Cutter, Piece, piece_bytes

HEADER = """##fileformat=VCFv4.3
##contig=<ID=chr3,length=198295559>
##contig=<ID=chr11,length=135086622>
##contig=<ID=chrX,length=156040895>
##INFO=<ID=N,Number=1,Type=String,Description="noise, so that it does not compress">
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta
"""

CROWDED = 3000


def positions() -> list[int]:
    """Most of the records lie in 1 % of the chromosome."""
    draw = random.Random(5)
    crowded = draw.sample(range(50_000_000, 51_000_000), CROWDED)
    return sorted(crowded + draw.sample(range(1, 130_000_000), 1000))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One file as VCF with .tbi, as VCF with .csi and as BCF; chromosome 3 holds nothing."""
    folder = tmp_path_factory.mktemp("indexed")
    draw = random.Random(6)
    lines = [
        f"{chrom}\t{p}\t.\tA\tG\t.\t.\tN={draw.randbytes(300).hex()}\tGT\t0/1"
        for chrom, places in (("chr11", positions()), ("chrX", [5, 70_000_000]))
        for p in places
    ]
    text = folder / "text.vcf"
    text.write_text(HEADER + "\n".join(lines) + "\n")
    for name, csi in (("tbi.vcf.gz", False), ("csi.vcf.gz", True)):
        pysam.tabix_compress(str(text), str(folder / name))
        pysam.tabix_index(str(folder / name), preset="vcf", csi=csi)
    with (
        pysam.VariantFile(str(text)) as records,
        pysam.VariantFile(str(folder / "x.bcf"), "wb", header=records.header) as out,
    ):
        for record in records:
            out.write(record)
    pysam.tabix_index(str(folder / "x.bcf"), preset="bcf", csi=True)
    return folder


FORMATS = ("tbi.vcf.gz", "csi.vcf.gz", "x.bcf")


def file_of(path, **row) -> File:
    suffix = ".tbi" if path.name.startswith("tbi") else ".csi"
    given = {
        "path": str(path),
        "index_path": str(path) + suffix,
        "contig_prefix": "chr",
        "samples": 20,
        "size": path.stat().st_size,
    }
    return File(given | row, frozenset({"11", "X"}), None)


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "_LEAST", 1 << 14)
    monkeypatch.setattr(pieces, "_PIECES", 12)


@pytest.mark.parametrize("name", FORMATS)
def test_pieces_hold_like_amounts_of_data_however_uneven_it_lies(folder, name, small_pieces):
    cut = Cutter(file_of(folder / name)).cut("11", None)
    assert len(cut.pieces) > 8
    assert not cut.regions
    bounds = [(piece.first, piece.last) for piece, _ in cut.pieces]
    assert bounds[0][0] == 1
    assert bounds[-1][1] == LAST
    assert all(end + 1 == start for (_, end), (start, _) in itertools.pairwise(bounds))
    held = [sum(first <= p <= last for p in positions()) for first, last in bounds]
    assert sum(held) == CROWDED + 1000
    assert max(held) < 2.5 * sum(held) / len(held)


@pytest.mark.parametrize("name", FORMATS)
def test_sizes_of_pieces_add_up_to_the_data_of_the_chromosome(folder, name, small_pieces):
    path = folder / name
    cut = Cutter(file_of(path)).cut("11", None)
    assert sum(size for _, size in cut.pieces) == pytest.approx(path.stat().st_size, rel=0.05)


@pytest.mark.parametrize("name", FORMATS)
def test_few_places_are_fetched_and_many_are_passed_over(folder, name, small_pieces, monkeypatch):
    monkeypatch.setattr(pieces, "SEEK_BYTES", 1 << 10)
    cutter = Cutter(file_of(folder / name))
    few = cutter.cut("11", [(p, p) for p in range(1_000_000, 49_000_000, 4_000_000)])
    assert few.regions
    assert [piece for piece, _ in few.pieces] == [Piece("11")]
    assert not cutter.cut("11", [(p, p) for p in range(1_000_000, 130_000_000, 30_000)]).regions
    assert not cutter.cut("11", [(50_000_000, 51_000_000)]).regions  # where most data lies


def test_an_index_that_leads_behind_the_end_of_its_file_is_not_believed(folder):
    file = file_of(folder / "tbi.vcf.gz", size=1000)
    assert [piece for piece, _ in Cutter(file).cut("11", None).pieces] == [Piece("11")]


def test_a_chromosome_under_two_names_stays_whole(folder):
    path = folder / "two.vcf.gz"
    lines = ["chr23\t5\t.\tA\tG\t.\t.\tN=x\tGT\t0/1", "chrX\t5\t.\tA\tG\t.\t.\tN=x\tGT\t0/1"]
    text = folder / "two.vcf"
    text.write_text(HEADER + "\n".join(lines) + "\n")
    pysam.tabix_compress(str(text), str(path))
    pysam.tabix_index(str(path), preset="vcf")
    file = file_of(path, index_path=f"{path}.tbi", size=1 << 40)
    assert [piece for piece, _ in Cutter(file).cut("X", None).pieces] == [Piece("X")]


def damaged(data: bytes) -> dict[str, bytes]:
    whole = gzip.decompress(data)
    return {
        "cut off in the middle": data[: len(data) // 2],
        "numbers cut off": gzip.compress(whole[: len(whole) // 2]),
        "other magic": gzip.compress(b"BAI\1" + whole[4:]),
        "a billion contigs": gzip.compress(whole[:4] + struct.pack("<i", 10**9) + whole[8:]),
        "negative contigs": gzip.compress(whole[:4] + struct.pack("<i", -5) + whole[8:]),
        "not compressed": whole,
        "nothing": b"",
    }


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("damage", damaged(gzip.compress(bytes(100))))
def test_a_damaged_index_leaves_chromosomes_whole(folder, tmp_path, name, damage):
    good = file_of(folder / name)
    index = tmp_path / "index"
    index.write_bytes(damaged(Path(good.row["index_path"]).read_bytes())[damage])
    if not (damage.endswith("contigs") and name != "tbi.vcf.gz"):  # a .csi has other numbers there
        with pytest.raises(DamagedIndexError):
            read_extents(index, ["chr3", "chr11", "chrX"])
    cut = Cutter(file_of(folder / name, index_path=str(index))).cut("11", [(5, 5)])
    assert [piece for piece, _ in cut.pieces] == [Piece("11")]
    assert not cut.regions


def test_flipped_bytes_of_an_index_end_in_an_answer(folder):
    draw = random.Random(7)
    for name in ("tbi.vcf.gz.tbi", "csi.vcf.gz.csi", "x.bcf.csi"):
        whole = bytearray(gzip.decompress((folder / name).read_bytes()))
        for _ in range(300):
            mutated = bytearray(whole)
            for _ in range(draw.randint(1, 8)):
                mutated[draw.randrange(len(whole))] = draw.randrange(256)
            path = folder / "mutated"
            path.write_bytes(gzip.compress(bytes(mutated), 1))
            try:
                found = read_extents(path, ["chr3", "chr11", "chrX"])
            except DamagedIndexError:
                continue
            for extent in found.values():
                cuts = extent.cuts(9)
                assert cuts == sorted(set(cuts))
                assert all(cut > 0 for cut in cuts)


def test_size_of_pieces_depends_on_the_file_alone():
    mib = 1 << 20
    assert piece_bytes(34 * mib, 3200) == pytest.approx(34 * mib / 32, rel=0.01)
    assert piece_bytes(5 * mib, 3200) == mib
    assert piece_bytes(20 << 30, 500) == 64 * mib
    assert piece_bytes(100 << 30, 20_000) == (100 << 30) // 25  # few rows, whatever the size
    assert piece_bytes(5 * mib, 1) == 64 * mib
    assert piece_bytes(24 << 30, 1) == 1 << 30
