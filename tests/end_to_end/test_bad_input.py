"""Bad input of every kind at once: each a clear row, and nothing else lost."""

import gzip
import shutil
import subprocess
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pysam
import pytest
import yaml

pytestmark = pytest.mark.workflow


def replace(path: Path, content: bytes) -> None:
    """Write a file anew: the cohort's files are hard links to those of other tests."""
    path.unlink()
    path.write_bytes(content)


def changed(path: Path, change) -> None:
    """Pass an image through `change(data, affine)`."""
    image = nib.load(path)
    data, affine = change(np.asanyarray(image.dataobj).copy(), image.affine.copy())
    path.unlink()
    nib.Nifti1Image(data, affine).to_filename(path)


def with_nan(data, affine):
    data = data.astype(np.float32)
    data[data.shape[0] // 2 :] = np.nan
    return data, affine


def without_ventricles(data, affine):
    data[data == 5] = 0
    return data, affine


def cropped(data, affine):
    return data[1:-1, 1:-1, 1:-1].copy(), affine


def sheared(data, affine):
    affine[0, 1] += 2.0
    return data, affine


def as_float_labels(data, affine):
    return (data - np.float32(3e-5) * (data > 0)).astype(np.float32), affine


def image(site: Path, subject: str, name: str, session: str = "") -> Path:
    """Find a raw image or a region file of a subject."""
    pattern = f"sub-{subject}{'_ses-' + session if session else ''}_{name}.nii.gz"
    (found,) = (site / "bids").rglob(pattern)
    return found


VCF_HEAD = """##fileformat=VCFv4.2
##contig=<ID={contig},length={length}>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	{sample}
"""
RECORDS = (
    "chr11\t5227002\t.\tT\tA\t.\tPASS\t.\tGT\t0/1\nchr11\t5227003\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n"
)


def vcf(folder: Path, name: str, sample: str, *, length: int, records: str = RECORDS) -> Path:
    path = folder / f"{name}.vcf"
    path.write_text(VCF_HEAD.format(contig="chr11", length=length, sample=sample) + records)
    return path


def plant_genomes(site: Path) -> None:
    """One bad VCF of each kind, each with a subject of its own."""
    folder = site / "genomics" / "more"
    folder.mkdir()
    samples = site / "genomics" / "samples.tsv"
    names = "".join(f"X{i}\tX{i}\n" for i in range(1, 6))
    replace(samples, samples.read_bytes() + names.encode())
    grch38, grch37 = 135086622, 135006516
    plain = vcf(folder, "unindexed", "X1", length=grch38)
    pysam.tabix_compress(str(plain), str(plain) + ".gz")
    plain.unlink()
    cut = vcf(folder, "truncated", "X2", length=grch38)
    pysam.tabix_index(str(cut), preset="vcf")
    whole = (folder / "truncated.vcf.gz").read_bytes()
    (folder / "truncated.vcf.gz").write_bytes(whole[:-28])
    lines = RECORDS.splitlines(keepends=True)
    vcf(folder, "unsorted", "X3", length=grch38, records=lines[1] + lines[0])
    other = vcf(folder, "other_build", "X4", length=grch37)
    pysam.tabix_index(str(other), preset="vcf")
    twice = vcf(folder, "twice", "X5\tX5", length=grch38, records="")
    twice.write_text(twice.read_text())
    pysam.tabix_compress(str(twice), str(twice) + ".gz")
    twice.unlink()


def plant_clinical(site: Path) -> None:
    path = site / "clinical" / "clinical.tsv"
    lines = path.read_text().splitlines()
    header = lines[0].split("\t")
    cells = lines[2].split("\t")
    cells[header.index("mcv")] = "7654321"
    lines[2] = "\t".join(cells)
    again = lines[3].split("\t")
    again[header.index("ldh")] = "1234"
    replace(path, ("\n".join([*lines, "\t".join(again)]) + "\n").encode())


@pytest.fixture(scope="module")
def pair(tmp_path_factory, small_cohort, reference, command, run_tools):
    """The small cohort run as it is, and run with every harm."""
    harmed = run_tools.copy_site(small_cohort, tmp_path_factory.mktemp("harmed") / "site")
    t1w = image(harmed, "01", "T1w", "01")
    replace(t1w, t1w.read_bytes()[: t1w.stat().st_size // 2])
    replace(image(harmed, "01", "FLAIR", "02"), b"")
    t1w = image(harmed, "02", "T1w")
    replace(t1w, gzip.compress(gzip.decompress(t1w.read_bytes())[:352]))
    changed(image(harmed, "02", "FLAIR"), with_nan)
    changed(image(harmed, "04", "space-T1w_desc-tissue_dseg", "01"), without_ventricles)
    changed(image(harmed, "04", "space-T1w_desc-tissue_dseg", "02"), as_float_labels)
    changed(image(harmed, "05", "space-FLAIR_label-lesion_mask"), cropped)
    changed(image(harmed, "06", "T1w"), sheared)
    plant_genomes(harmed)
    plant_clinical(harmed)
    file = harmed / "config" / "site.yaml"
    site = yaml.safe_load(file.read_text())
    site["genomics"]["vcf"] += ["genomics/more/*"]
    file.write_text(yaml.safe_dump(site))
    study = harmed / "config" / "study.yaml"
    values = yaml.safe_load(study.read_text())
    values["imaging"]["max_failed_fraction"] = values["genomics"]["max_failed_fraction"] = 1.0
    values["gates"]["max_failed_fraction"] = 1.0
    study.write_text(yaml.safe_dump(values))
    done = command("run", folder=harmed)
    assert done.returncode == 0, done.stdout + done.stderr
    return reference[0], harmed


def states(site: Path) -> dict[tuple[str, str, str], tuple[str, str]]:
    table = pd.read_parquet(site / "results" / "states.parquet")
    return {
        (row.subject, row.session, row.source): (row.state, row.reason)
        for row in table.itertuples()
    }


REGIONS = ("grey_matter_left", "grey_matter_right", "white_matter", "ventricles")
EXPECTED = {
    **{("01", "01", f"t1w__{r}"): ("failed", "unreadable") for r in REGIONS},
    **{("01", "02", f"flair__{r}"): ("failed", "unreadable") for r in (*REGIONS, "lesion")},
    **{("02", "", f"t1w__{r}"): ("failed", "unreadable") for r in REGIONS},
    ("02", "", "flair__white_matter"): ("failed", "not_finite"),
    ("04", "01", "t1w__ventricles"): ("failed", "label_absent"),
    ("04", "01", "flair__ventricles"): ("failed", "label_absent"),
    ("05", "", "flair__lesion"): ("failed", "grid_mismatch"),
    **{("06", "", f"t1w__{r}"): ("failed", "bad_geometry") for r in REGIONS},
    ("X1", "", "gen__hbb_rs334"): ("failed", "no_index"),
    ("X2", "", "gen__hbb_rs334"): ("failed", "unreadable"),
    ("X3", "", "gen__hbb_rs334"): ("failed", "no_index"),
    ("X4", "", "gen__hbb_rs334"): ("failed", "wrong_build"),
    ("X5", "", "gen__hbb_rs334"): ("failed", "unreadable"),
}


@pytest.mark.parametrize("source", sorted(EXPECTED), ids="-".join)
def test_each_harm_has_its_state(pair, source):
    assert states(pair[1])[source] == EXPECTED[source]


def test_a_value_out_of_range_is_a_state_and_a_problem_that_does_not_tell_it(pair):
    changed_states = {
        key: value
        for key, value in states(pair[1]).items()
        if key[2].startswith("clin__") and states(pair[0]).get(key) not in (None, value)
    }
    assert set(changed_states.values()) == {
        ("excluded_by_quality", "out_of_range"),
        ("indeterminate", "conflicting_rows"),
    }
    problems = (pair[1] / "results" / "clinical_problems.tsv").read_text()
    assert "mcv" in problems
    assert "7654321" not in problems


def test_each_bad_file_is_named_with_what_to_do(pair):
    problems = pd.read_csv(pair[1] / "results" / "index" / "problems.tsv", sep="\t", dtype=str)
    assert problems["remedy"].notna().all()
    named = " ".join(problems["where"])
    for name in (
        "sub-01_ses-01_T1w",
        "sub-01_ses-02_FLAIR",
        "sub-02_T1w",
        "sub-06_T1w",
        "unindexed.vcf.gz",
        "truncated.vcf.gz",
        "unsorted.vcf",
        "other_build.vcf.gz",
        "twice.vcf.gz",
    ):
        assert name in named


def test_nothing_else_is_lost(pair):
    """Every value of the sound run whose source was not harmed is there, bit for bit."""
    sound, harmed = (
        pd.read_parquet(site / "results" / "matrix.parquet").set_index(["subject", "session"])
        for site in pair
    )
    assert list(sound.columns) == list(harmed.columns)
    before, after = states(pair[0]), states(pair[1])
    touched = {key for key in before if after[key] != before[key]}
    assert len(touched) < 40
    for key, row in sound.iterrows():
        kept = [c for c in sound.columns if (*key, "__".join(c.split("__")[:2])) not in touched]
        pd.testing.assert_series_equal(
            row[kept], harmed.loc[key][kept], check_exact=True, check_names=False
        )
    assert {s for s, _ in harmed.index} - {s for s, _ in sound.index} == {
        "X1",
        "X2",
        "X3",
        "X4",
        "X5",
    }


def test_labels_stored_as_floats_are_rounded(pair):
    sound, harmed = (
        pd.read_parquet(site / "results" / "matrix.parquet").set_index(["subject", "session"])
        for site in pair
    )
    column = "t1w__grey_matter_left__volume_mm3"
    assert harmed.loc[("04", "02"), column] == sound.loc[("04", "02"), column] > 0


def mounted(folder: Path, options: str) -> None:
    """Mount a tmpfs, or skip: containers and plain users may not."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a tmpfs")


@pytest.fixture
def unmount(tmp_path):
    yield
    for folder in tmp_path.rglob("*"):
        if folder.is_dir() and folder.is_mount():
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.usefixtures("unmount")
def test_a_read_only_output_folder_is_named(site_of, command):
    site = site_of("read_only")
    mounted(site / "results", "size=1m,ro")
    done = command("run", folder=site)
    assert done.returncode == 2
    assert "a read-only file system" in done.stderr
    assert "to do:" in done.stderr


@pytest.mark.usefixtures("unmount")
def test_a_full_disk_is_named_and_what_was_finished_is_kept(site_of, command, run_tools, reference):
    site = site_of("full")
    mounted(site / "results", "size=2m")
    ballast = site / "results" / "ballast"
    ballast.write_bytes(bytes(1_950_000))
    done = command("run", folder=site)
    assert done.returncode == 2
    assert "no space left on the device" in done.stdout + done.stderr
    assert not list((site / "results").rglob("*.tmp"))
    ballast.unlink()
    done = command("run", folder=site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_tools.bytes_of(site) == reference[1]


def test_too_many_failures_stop_the_step_after_all_are_told(site_of, command):
    site = site_of("many")
    for scan in (site / "bids").glob("sub-*/**/*_T1w.nii.gz"):
        changed(scan, with_nan_in_header_only)
    study = site / "config" / "study.yaml"
    values = yaml.safe_load(study.read_text())
    values["gates"]["max_failed_fraction"] = 0.01
    study.write_text(yaml.safe_dump(values))
    done = command("run", folder=site)
    assert done.returncode == 3
    assert "gate max_failed_fraction FAILED" in done.stderr
    assert not (site / "releases" / "demo" / "latest").exists()
    shutil.rmtree(site)


def with_nan_in_header_only(data, affine):
    return np.full(data.shape, np.nan, np.float32), affine
