"""VCF files: headers only, and a message for each that can not be used."""

import gzip
import hashlib
import os
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from drepano.catalogue.builds import LENGTHS, build_of
from drepano.errors import InputError
from drepano.index.variant_headers import read_header


def test_a_whole_vcf_is_recorded(place) -> None:
    path = place.vcf("cohort.vcf.gz", ["01", "sub-02"])
    index = place.index()
    assert index.problems == []
    row = index.genomes[path.name]
    assert row["index_path"] == f"{path}.tbi"
    assert (row["contig_prefix"], row["build"], row["contigs"]) == ("chr", "GRCh38", '["1", "X"]')
    assert (row["samples"], row["reason"], row["detail"]) == (2, "", "")
    assert row["size"] == path.stat().st_size
    assert index.owners == {"01": "01", "sub-02": "02"}
    assert index.flags == {("01", ""): "g", ("02", ""): "g"}


def _only(index, path: Path) -> list[dict[str, str]]:
    return [p for p in index.problems if p["where"].startswith(str(path))]


def test_contigs_without_prefix_and_without_records(place) -> None:
    path = place.vcf("one.vcf.gz", ["01"], prefix="", rows=(("X", 5),))
    row = place.index().genomes[path.name]
    assert (row["contig_prefix"], row["contigs"]) == ("", '["X"]')


def test_a_bcf(place) -> None:
    text = place.text_vcf("a.vcf", ["01"], rows=(("X", 200),))
    path = text.with_suffix(".bcf")
    with (
        pysam.VariantFile(str(text)) as source,
        pysam.VariantFile(str(path), "wb", header=source.header) as target,
    ):
        for record in source:
            target.write(record)
    pysam.bcftools.index("-f", str(path), catch_stdout=False)
    text.unlink()
    row = place.index().genomes[path.name]
    assert (row["reason"], row["contigs"], row["build"]) == ("", '["X"]', "GRCh38")
    assert row["index_path"] == f"{path}.csi"
    Path(f"{path}.csi").write_bytes(b"rubbish")
    assert place.index().genomes[path.name]["reason"] == "unreadable"


def _damage(kind: str, path: Path) -> None:
    content = path.read_bytes()
    index = Path(f"{path}.tbi")
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "truncated":
        path.write_bytes(content[:-40])
    elif kind == "gzip":
        path.write_bytes(gzip.compress(gzip.decompress(content)))
    elif kind == "plain":
        path.write_bytes(gzip.decompress(content))
    elif kind == "text":
        path.write_bytes(b"not a VCF at all, but long enough to look at")
    elif kind == "unindexed":
        index.unlink()
    elif kind == "bad index":
        index.write_bytes(b"rubbish")
    elif kind == "short index":
        index.write_bytes(index.read_bytes()[:50])


@pytest.mark.parametrize(
    ("kind", "reason", "detail", "remedy"),
    [
        ("empty", "unreadable", "an empty file (0 bytes)", "again from its source"),
        ("truncated", "unreadable", "lacks the last BGZF block", "again from its source"),
        ("gzip", "no_index", "compressed with gzip, not with bgzip", "bcftools sort -Oz"),
        ("plain", "no_index", "a file that is not compressed", "bcftools sort -Oz"),
        ("text", "unreadable", "neither VCF nor BCF", "again from its source"),
        ("unindexed", "no_index", "no index (.tbi or .csi)", "bcftools index -t bad.vcf.gz"),
        ("unindexed", "no_index", "no index (.tbi or .csi)", "bcftools sort -Oz"),
        ("bad index", "unreadable", "htslib refuses", "bcftools index -t"),
        ("short index", "unreadable", "htslib refuses", "bcftools index -t"),
    ],
)
def test_a_vcf_that_can_not_be_used(place, kind, reason, detail, remedy) -> None:
    bad = place.vcf("bad.vcf.gz", ["01", "02"])
    place.vcf("good.vcf.gz", ["01", "03"])
    _damage(kind, bad)
    index = place.index()
    row = index.genomes["bad.vcf.gz"]
    assert row["reason"] == reason
    assert detail in row["detail"]
    (problem,) = [p for p in _only(index, bad) if p["severity"] == "error"]
    assert problem["found"] == row["detail"]
    assert remedy in problem["remedy"]
    assert problem["remedy"] == row["remedy"]
    assert index.genomes["good.vcf.gz"]["reason"] == ""
    assert {r["subject"] for r in index.samples if r["path"].endswith("good.vcf.gz")} == {
        "01",
        "03",
    }


def test_an_unsorted_vcf_can_not_be_indexed(place) -> None:
    path = place.vcf("u.vcf.gz", ["01"], index=False, rows=(("X", 9), ("1", 5), ("X", 3)))
    assert place.index().genomes[path.name]["reason"] == "no_index"


def test_subjects_of_an_unusable_file_are_not_lost(place) -> None:
    place.vcf("a.vcf.gz", ["01"], index=False)
    index = place.index()
    assert index.flags == {("01", ""): "g"}


def test_subjects_of_a_file_that_ends_early_are_not_lost(place) -> None:
    path = place.vcf("a.vcf.gz", ["01"])
    path.write_bytes(path.read_bytes()[:-28])
    index = place.index()
    assert index.genomes[path.name]["reason"] == "unreadable"
    assert index.flags == {("01", ""): "g"}


def test_a_vcf_of_the_wrong_build(place) -> None:
    path = place.vcf("b.vcf.gz", ["01"], build="GRCh37")
    index = place.index()
    row = index.genomes[path.name]
    assert (row["build"], row["reason"]) == ("GRCh37", "")
    (problem,) = _only(index, path)
    assert (problem["severity"], problem["found"]) == ("error", "contig lengths of GRCh37")
    assert problem["expected"] == "GRCh38"


def test_a_vcf_of_neither_build(place) -> None:
    path = place.text_vcf("n.vcf", ["01"])
    path.write_text(path.read_text().replace("248956422", "248387328"))
    pysam.tabix_index(str(path), preset="vcf", force=True)
    index = place.index()
    row = index.genomes["n.vcf.gz"]
    assert (row["build"], row["reason"]) == ("", "wrong_build")
    assert "neither GRCh37 nor GRCh38" in row["detail"]


def test_a_header_without_lengths_is_used_with_a_warning(place) -> None:
    path = place.vcf("b.vcf.gz", ["01"], build=None)
    index = place.index()
    assert (index.genomes[path.name]["build"], index.genomes[path.name]["reason"]) == ("", "")
    (problem,) = _only(index, path)
    assert problem["severity"] == "warning"
    assert problem["found"] == "a header that does not tell the genome build"


def test_an_index_older_than_its_file_is_used_with_a_warning(place) -> None:
    path = place.vcf("b.vcf.gz", ["01"])
    os.utime(f"{path}.tbi", (1_000_000, 1_000_000))
    index = place.index()
    assert index.genomes[path.name]["reason"] == ""
    (problem,) = _only(index, path)
    assert (problem["severity"], problem["found"]) == (
        "warning",
        "an index that is older than its file",
    )


def test_the_index_has_its_own_hash(place) -> None:
    path = place.vcf("b.vcf.gz", ["01"])
    digest = hashlib.sha256(Path(f"{path}.tbi").read_bytes()).hexdigest()
    assert place.index().genomes[path.name]["index_sha256"] == digest


def test_a_sample_that_stands_twice(place) -> None:
    path = place.vcf("d.vcf.gz", ["01", "02", "01"], index=False)
    row = place.index().genomes[path.name]
    assert row["reason"] == "unreadable"
    assert row["detail"] == "1 sample names that stand twice in the header"


def test_sites_without_samples(place) -> None:
    path = place.vcf("s.vcf.gz", [])
    row = place.index().genomes[path.name]
    assert (row["reason"], row["samples"]) == ("no_sample", 0)


def test_contigs_with_and_without_prefix(place) -> None:
    path = place.text_vcf("m.vcf", ["01"], rows=())
    path.write_text(
        path.read_text() + "".join(f"{c}\t5\t.\tA\tT\t.\tPASS\t.\tGT\t0/1\n" for c in ("chr1", "1"))
    )
    pysam.tabix_index(str(path), preset="vcf", force=True)
    row = place.index().genomes["m.vcf.gz"]
    assert row["detail"] == "contigs with and without `chr` in one file"


def test_a_header_that_ends_before_its_samples(place) -> None:
    path = place.text_vcf("h.vcf", ["01"])
    path.write_text("##fileformat=VCFv4.2\nchr1\t1\n")
    packed = Path(f"{path}.gz")
    pysam.tabix_compress(str(path), str(packed))
    path.unlink()
    row = place.index().genomes[packed.name]
    assert row["reason"] == "unreadable"
    assert "no line #CHROM" in row["detail"]


def test_a_pattern_that_finds_nothing(place) -> None:
    place.vcf("b.vcf.gz", ["01"])
    place.settings["genomics"]["vcf"] += ["absent/*.bcf", str(place.root / "also.vcf.gz")]
    with pytest.raises(InputError, match=r"genomics.vcf: absent/\*.bcf: found no file at") as told:
        place.index()
    assert len(told.value.faults) == 2


def test_a_link_to_nowhere(place) -> None:
    path = place.vcf("b.vcf.gz", ["01"])
    path.unlink()
    path.symlink_to("gone")
    row = place.index().genomes[path.name]
    assert (row["reason"], row["sha256"]) == ("unreadable", "")


def test_a_vcf_that_can_not_be_opened(place, monkeypatch) -> None:
    path = place.vcf("b.vcf.gz", ["01"])
    opened = Path.open

    def refuse(self: Path, *args: object, **options: object):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert place.index().genomes[path.name]["detail"] == "permission denied"


def test_a_map_names_the_participants(place) -> None:
    place.vcf("c.vcf.gz", ["S1", "S2", "S3"])
    path = place.sample_map("sample\tparticipant_id\nS1\tsub-01\nS2\t02\nS9\t09\n")
    index = place.index()
    assert index.owners == {"S1": "01", "S2": "02"}
    assert "1 samples without a participant: S3" in index.found
    (absent,) = _only(index, path)
    assert (absent["severity"], absent["found"]) == ("warning", "1 samples that no VCF holds: S9")


def test_samples_whose_owner_is_not_sure_are_nobodys(place) -> None:
    place.vcf("c.vcf.gz", ["S1", "S2", "S3", "S4"])
    path = place.sample_map(
        "sample\tparticipant_id\nS1\t01\nS1\t02\nS2\t03\nS3\t03\nS4\t04\nS4\t04\n\t05\nS5\t\nS6\n"
    )
    index = place.index()
    assert index.owners == {"S4": "04"}
    assert "2 samples that share a participant: S2, S3" in index.found
    assert "1 samples without a participant: S1" in index.found
    told = {p["where"].rsplit(" ", 1)[1]: p["found"] for p in _only(index, path)}
    assert told == {
        "3": "a sample that stands above with another subject",
        "8": "a row without sample or participant",
        "9": "a row without sample or participant",
        "10": "a row with more or fewer cells than the header",
    }


def test_two_names_of_one_subject_without_a_map(place) -> None:
    place.vcf("c.vcf.gz", ["01", "sub-01", "02"])
    index = place.index()
    assert index.owners == {"02": "02"}
    assert "2 samples that share a participant: 01, sub-01" in index.found


def test_a_subject_may_be_in_several_files(place) -> None:
    place.vcf("a.vcf.gz", ["01"])
    place.vcf("b.vcf.gz", ["01"])
    assert len(place.index().samples) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [("sample\tperson\nS1\t01\n", "no column 'participant_id'"), ("", "an empty file")],
)
def test_a_map_that_can_not_be_read_maps_nobody(place, text, found) -> None:
    place.vcf("c.vcf.gz", ["S1"])
    path = place.sample_map(text)
    index = place.index()
    assert index.owners == {}
    assert [p["found"] for p in _only(index, path)] == [found]


def test_many_names_are_cut_short(place) -> None:
    place.vcf("c.vcf.gz", [f"S{n}" for n in range(9)])
    place.sample_map("sample\tparticipant_id\nS0\t01\n")
    expected = "8 samples without a participant: S1, S2, S3, S4, S5, and 3 more"
    assert expected in place.index().found


def test_htslib_may_speak_and_disturbs_nothing(place, capfd) -> None:
    path = place.vcf("b.vcf.gz", ["01"])
    Path(f"{path}.tbi").write_bytes(b"rubbish")
    place.index()
    assert capfd.readouterr().out == ""


def test_builds_share_no_length() -> None:
    assert not set(LENGTHS["GRCh37"].items()) & set(LENGTHS["GRCh38"].items())
    assert build_of({"1": 248956422, "X": 155270560}) == "neither"
    assert build_of({"MT": 16569}) == ""


@pytest.mark.real_data
def test_real_headers_tell_their_build(shared_data) -> None:
    """Headers of real files agree with the tables of lengths, each for all its chromosomes."""
    found = {}
    for name in ("bio2zarr", "pharmcat", "truvari_sv", "cyvcf2", "1000G_APOL1"):
        for path in sorted((shared_data / "vcf" / name).rglob("*.vcf*")):
            try:
                lengths = read_header(path).lengths
            except (EOFError, OSError, ValueError):
                continue
            stated = {k.removeprefix("chr"): v for k, v in lengths.items() if v}
            if len(set(stated) & set(LENGTHS["GRCh38"])) == 23:
                found[path.name] = build_of(stated)
    assert set(found.values()) == {"GRCh37", "GRCh38"}


@pytest.mark.real_data
def test_a_real_cohort_is_read(shared_data, place) -> None:
    """1,576 samples of the 1000 Genomes."""
    (source,) = sorted((shared_data / "vcf" / "1000G_APOL1").glob("*.vcf.gz"))
    path = place.vcf("apol1.vcf.gz", ["x"])
    path.write_bytes(source.read_bytes())
    pysam.tabix_index(str(path), preset="vcf", force=True)
    index = place.index()
    row = index.genomes["apol1.vcf.gz"]
    assert (row["reason"], row["samples"], row["contigs"]) == ("", 1576, '["22"]')
    assert len(index.owners) == 1576


def test_a_vcf_whose_name_is_not_utf_8_is_told(place) -> None:
    vcf = place.vcf("c.vcf.gz", ["S1"])
    Path(os.fsdecode(bytes(vcf.parent) + b"/\xef.vcf.gz")).write_bytes(vcf.read_bytes())
    index = place.index()
    assert list(index.genomes) == [vcf.name]
    assert "a name that is not UTF-8" in index.found
