"""The truth about images, against what nibabel and SciPy find in the files."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from bids2table import index_dataset
from scipy import ndimage

LABELS = {
    "grey_matter_left": [1],
    "grey_matter_right": [2],
    "white_matter": [3, 4],
    "ventricles": [5],
}
VOXEL_MM3 = 6.0**3


def load(path: Path):
    image = nibabel.load(path)
    return np.asarray(image.dataobj), image.affine


def one(folder: Path, pattern: str) -> Path | None:
    found = sorted(folder.glob(pattern))
    assert len(found) <= 1
    return found[0] if found else None


def session_folders(cohort: Path, row) -> tuple[Path, Path]:
    level = Path(f"sub-{row['subject']}", *([f"ses-{row['session']}"] if row["session"] else []))
    return cohort / "bids" / level / "anat", cohort / "bids/derivatives/regions" / level / "anat"


def observe(cohort: Path, row):
    """Say what a careful reader finds: state, reason, voxels, components."""
    raw, derivative = session_folders(cohort, row)
    modality, region = row["source"].split("__")
    suffix = {"t1w": "T1w", "flair": "FLAIR"}[modality]
    scan = one(raw, f"*_{suffix}.nii.gz")
    if scan is None:
        return "not_acquired", "no_scan", None, None
    pattern = "*_label-lesion_mask.nii.gz" if region == "lesion" else "*_dseg.nii.gz"
    regions = one(derivative, pattern)
    if regions is None:
        return "not_acquired", "no_regions", None, None
    try:
        voxels, affine = load(scan)
    except EOFError:
        return "failed", "unreadable", None, None
    labels, other = load(regions)
    if labels.shape != voxels.shape or not np.allclose(affine, other):
        return "failed", "grid_mismatch", None, None
    mask = np.isin(labels, LABELS.get(region, [1]))
    if region != "lesion" and not mask.any():
        return "failed", "label_absent", None, None
    components = ndimage.label(mask, np.ones((3, 3, 3)))[1] if region == "lesion" else None
    return "measured", "", int(mask.sum()), components


def test_every_row_is_what_the_files_hold(cohort, truth):
    rows = truth("imaging")
    assert len(rows) == 14 * 9
    for row in rows:
        state, reason, voxels, components = observe(cohort, row)
        where = (row["subject"], row["session"], row["source"])
        assert (row["state"], row["reason"]) == (state, reason), where
        assert row["voxels"] == ("" if voxels is None else str(voxels)), where
        assert row["component_count"] == ("" if components is None else str(components)), where
        if voxels is not None:
            assert float(row["volume_mm3"]) == pytest.approx(voxels * VOXEL_MM3, rel=1e-12)


def test_radiomics_follow_the_size_of_the_region(truth):
    for row in truth("imaging"):
        expected = (row["state"], row["reason"])
        if row["voxels"] == "0":
            expected = ("undefined", "region_empty")
        elif row["voxels"] and int(row["voxels"]) < 8:
            expected = ("undefined", "region_too_small")
        assert (row["radiomics_state"], row["radiomics_reason"]) == expected


def test_every_state_of_imaging_shows(truth):
    found = {(row["radiomics_state"], row["radiomics_reason"]) for row in truth("imaging")}
    assert found == {
        ("measured", ""),
        ("not_acquired", "no_scan"),
        ("not_acquired", "no_regions"),
        ("failed", "unreadable"),
        ("failed", "label_absent"),
        ("failed", "grid_mismatch"),
        ("undefined", "region_empty"),
        ("undefined", "region_too_small"),
    }


def test_each_lesion_is_one_component_of_its_mask(cohort, truth):
    """Lesions are counted by 26-connectivity, and none touches another."""
    rows = truth("lesions")
    assert len(rows) >= 12
    for subject, session in sorted({(r["subject"], r["session"]) for r in rows}):
        own = [r for r in rows if (r["subject"], r["session"]) == (subject, session)]
        _, derivative = session_folders(cohort, own[0])
        path = one(derivative, "*_label-lesion_mask.nii.gz")
        if path is None:
            assert subject == "06"
            continue
        mask, affine = load(path)
        components, count = ndimage.label(mask, np.ones((3, 3, 3)))
        assert count == len(own)
        met = set()
        for row in own:
            centre = [float(row[f"centre_{axis}_mm"]) for axis in "xyz"]
            index = np.linalg.inv(affine) @ [*centre, 1]
            number = components[tuple(np.rint(index[:3]).astype(int))]
            assert int(row["voxels"]) == (components == number).sum()
            assert float(row["volume_mm3"]) == int(row["voxels"]) * VOXEL_MM3
            met.add(number)
        assert met == set(range(1, count + 1))


def test_scans_of_a_session_and_their_dseg_share_a_grid(cohort):
    _, affine = load(cohort / "bids/sub-02/anat/sub-02_T1w.nii.gz")
    for path in (
        "bids/sub-02/anat/sub-02_FLAIR.nii.gz",
        "bids/derivatives/regions/sub-02/anat/sub-02_space-T1w_desc-tissue_dseg.nii.gz",
        "bids/derivatives/regions/sub-02/anat/sub-02_space-FLAIR_label-lesion_mask.nii.gz",
    ):
        assert np.array_equal(load(cohort / path)[1], affine)


def test_some_heads_are_stored_from_right_to_left(cohort):
    codes = {
        sub: "".join(
            nibabel.aff2axcodes(load(cohort / f"bids/sub-{sub}/anat/sub-{sub}_T1w.nii.gz")[1])
        )
        for sub in ("02", "03", "06", "08")
    }
    assert codes == {"02": "RAS", "03": "LAS", "06": "LAS", "08": "RAS"}


@pytest.mark.parametrize("subject", ["08", "09"])
def test_contrasts_are_those_of_the_sequences(cohort, subject):
    raw = cohort / "bids" / f"sub-{subject}" / "anat"
    derivative = cohort / "bids/derivatives/regions" / f"sub-{subject}" / "anat"
    labels, affine = load(one(derivative, "*_dseg.nii.gz"))
    lesion = load(one(derivative, "*_mask.nii.gz"))[0] > 0
    assert lesion.any()
    means = {}
    for suffix in ("T1w", "FLAIR"):
        voxels, own = load(raw / f"sub-{subject}_{suffix}.nii.gz")
        assert voxels.dtype == np.int16
        assert np.array_equal(own, affine)
        grey, white, fluid = (
            voxels[np.isin(labels, numbers) & ~lesion].mean() for numbers in ([1, 2], [3, 4], [5])
        )
        means[suffix] = (fluid, grey, white, voxels[lesion].mean(), voxels[:2].mean())
    fluid, grey, white, bad, air = means["T1w"]
    assert air < fluid < grey < white
    assert bad < white
    fluid, grey, white, bad, air = means["FLAIR"]
    assert air < fluid < white < grey < bad


def test_left_labels_lie_left_in_the_world(cohort):
    for subject in ("02", "03"):  # RAS and LAS
        folder = cohort / f"bids/derivatives/regions/sub-{subject}/anat"
        labels, affine = load(one(folder, "*_dseg.nii.gz"))
        middle = {}
        for number in (1, 2, 3, 4):
            index = np.argwhere(labels == number).mean(axis=0)
            middle[number] = (affine @ [*index, 1])[0]
        assert max(middle[1], middle[3]) < -20
        assert min(middle[2], middle[4]) > 20


def test_bids2table_reads_the_entities_that_the_study_asks_for(cohort):
    raw = index_dataset(cohort / "bids").to_pandas()
    scans = raw[raw["ext"] == ".nii.gz"]
    assert set(scans["suffix"]) == {"T1w", "FLAIR"}
    assert set(scans["sub"]) == {f"{n:02d}" for n in range(1, 13)} - {"07"}
    assert set(scans.loc[scans["sub"] == "04", "ses"]) == {"01", "02"}
    table = index_dataset(cohort / "bids/derivatives/regions").to_pandas()
    regions = table[table["ext"] == ".nii.gz"]
    masks = regions[regions["suffix"] == "mask"]
    assert set(masks["label"]) == {"lesion"}
    assert set(masks["space"]) == {"FLAIR"}
    dsegs = regions[regions["suffix"] == "dseg"]
    assert set(dsegs["desc"]) == {"tissue"}
    assert len(masks) == 12
    assert len(dsegs) == 13


def test_the_datasets_describe_themselves(cohort):
    raw = json.loads((cohort / "bids/dataset_description.json").read_text())
    assert raw["DatasetType"] == "raw"
    folder = cohort / "bids/derivatives/regions"
    derived = json.loads((folder / "dataset_description.json").read_text())
    assert derived["DatasetType"] == "derivative"
    assert derived["GeneratedBy"][0]["Name"] == "drepano synthetic"
    table = (folder / "desc-tissue_dseg.tsv").read_text().splitlines()
    assert table[0] == "index\tname"
    assert table[5] == "5\tventricles"
    people = (cohort / "bids/participants.tsv").read_text().splitlines()[1:]
    listed = {line.split("\t")[0] for line in people}
    assert listed == {p.name for p in (cohort / "bids").glob("sub-*")}
    for scan in (cohort / "bids").glob("sub-*/**/*.nii.gz"):
        assert scan.with_name(scan.name.replace(".nii.gz", ".json")).is_file()
