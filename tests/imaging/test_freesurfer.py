"""FreeSurfer's names without a table, and its brainmask, which is no mask."""

import numpy as np
import pytest

from drepano.catalogue.freesurfer import freesurfer_labels
from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
from drepano.errors import UnitError
from drepano.imaging import preview
from drepano.imaging.labels import freesurfer_table, label_numbers


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Left-Cerebral-White-Matter", 2),
        ("right-cerebral-white-matter", 41),
        ("Left-Thalamus", 10),
        ("Left-Thalamus-Proper", 10),
        ("Right-Thalamus", 49),
        ("Right-Hippocampus", 53),
        ("Brain-Stem", 16),
        ("WM-hypointensities", 77),
        ("CC_Anterior", 255),
        ("ctx-lh-bankssts", 1001),
        ("ctx-rh-insula", 2035),
        ("ctx_lh_G_and_S_frontomargin", 11101),
        ("ctx_lh_Pole_occipital", 11143),
        ("ctx_rh_S_temporal_transverse", 12175),
    ],
)
def test_names_stand_for_their_numbers(name, number):
    assert label_numbers([name], freesurfer_table()) == [number]


def test_each_name_stands_once_and_sides_mirror_each_other():
    labels = freesurfer_labels()
    names = {name: number for number, name in labels}
    assert len(names) == len(labels) == 277
    apart = {}
    for name, number in names.items():
        for left, right in (("Left-", "Right-"), ("ctx-lh-", "ctx-rh-"), ("ctx_lh_", "ctx_rh_")):
            if name.startswith(left):
                apart[name] = names[right + name.removeprefix(left)] - number
    assert len(apart) == 20 + 36 + 76
    assert {d for n, d in apart.items() if n.startswith("ctx")} == {1000}
    assert {d for n, d in apart.items() if not n.startswith("ctx")} == {1, 32, 36, 39}


def test_names_need_no_table_and_a_wrong_one_is_told(lab, scan, tmp_path):
    labels = np.where(lab.label_voxels() == 1, 17, 0).astype("i2")
    path = lab.write(tmp_path / "aseg.mgz", labels)
    rules = {"names": "freesurfer"}
    regions = {"left": "Left-Hippocampus", "odd": "Left-Hippocamus"}
    values, states = lab.run(lab.imaging_of(regions, rules=rules), scan, path)
    assert values["t1w__left__volume_mm3"] == pytest.approx(648)
    assert states == {"t1w__odd": ("failed", "label_unknown")}
    with pytest.raises(UnitError, match="label_unknown: 'Left-Hippocampus': the region file has"):
        lab.run(lab.imaging_of({"left": "Left-Hippocampus"}), scan, path)


def test_the_preview_knows_the_names(lab):
    row = {
        "subject": "01",
        "session": "",
        "entities": "{}",
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
        "sha256": "x",
        "reason": "",
        "detail": "",
        "remedy": "",
    }
    files = BIDS_FILES.from_rows(
        [
            row | {"path": "/d/t1w", "derivative": False, "suffix": "T1w"},
            row | {"path": "/d/aseg", "derivative": True, "suffix": "dseg"},
        ]
    )
    flags = {"imaging": True, "genomics": False, "clinical": False}
    subjects = SUBJECTS.from_rows([{"subject": "01", "session": ""} | flags])
    regions = {"left": "Left-Hippocampus", "odd": "Left-Hippocamus"}
    imaging = lab.imaging_of(regions, rules={"names": "freesurfer"})
    (told,) = preview(imaging, subjects, files).to_pylist()
    assert told["where"] == "study: imaging.region_sets.set.regions.odd"
    assert told["remedy"] == "Did you mean 'left-hippocampus'?"


def test_the_brainmask_is_the_brain_and_not_the_voxels_of_intensity_1(lab, scan, tmp_path):
    voxels = np.where(lab.label_voxels() == 1, 97, 0).astype("u1")
    voxels[2, 2, 3] = 110
    voxels[15:18, 14, 14] = 1  # erased by hand
    rules = {"suffix": "mask"}
    imaging = lab.imaging_of({"brain": 1}, rules=rules)
    values, _ = lab.run(imaging, scan, lab.write(tmp_path / "brainmask.mgz", voxels))
    assert values["t1w__brain__volume_mm3"] == pytest.approx(6 * 6 * 6 * 3)
    odd = lab.write(tmp_path / "brainmask.mgz", voxels.astype("f4") * 1.03)
    assert lab.run(imaging, scan, odd)[0] != {}
