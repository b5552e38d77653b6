"""The measure of vessels: from a label map on disk to values and states."""

import json

import nibabel as nib
import numpy as np
import pytest

from drepano.errors import ConfigError
from drepano.imaging.measures.measure import Given, GivenFile, Measured, Missing
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.measures.unit import MeasureUnits
from drepano.ranks import Unit
from drepano.settings import Imaging

ARTERIES = {
    "ba": "BA",
    "r_pca": "R-PCA",
    "l_pca": "L-PCA",
    "r_ica": "R-ICA",
    "r_mca": "R-MCA",
    "l_ica": "L-ICA",
    "l_mca": "L-MCA",
    "r_pcom": "R-Pcom",
    "l_pcom": "L-Pcom",
    "acom": "Acom",
    "r_aca": "R-ACA",
    "l_aca": "L-ACA",
    "third_a2": "3rd-A2",
}
PARTS = {
    "L-A1": "l_a1",
    "Acom": "acom",
    "3rd-A2": "third_a2",
    "R-A1": "r_a1",
    "L-Pcom": "l_pcom",
    "L-P1": "l_p1",
    "R-P1": "r_p1",
    "R-Pcom": "r_pcom",
}
AFFINE = np.diag([0.5, 0.5, 0.75, 1.0])


def imaging_of(regions=ARTERIES, when_empty="zero", **vessels):
    rules = {"suffix": "dseg", "regions": regions, "when_empty": when_empty}
    settings = {"region_set": "arteries", "label_table": "topcow"} | vessels
    return Imaging.model_validate(
        {"region_sets": {"arteries": rules}, "measures": {"vessels": settings}}
    )


def find(imaging, path, table=None):
    """Measure, and give values and (state, reason) by column; every column has one of them."""
    (measure,) = measures_of(imaging)
    given = Given({"vessels": GivenFile(path, table, {}, {})}, {}, {}, dict(imaging.region_sets))
    values, states = {}, {}
    for finding in measure.measure(given):
        if isinstance(finding, Measured):
            values[finding.column] = finding.value
        else:
            assert isinstance(finding, Missing)
            states[finding.source] = (finding.state, finding.why.reason)
    assert {*values, *states} == {column.name for column in measure.columns()}
    assert not {*values} & {*states}
    return values, states


def circle_voxels():
    """Give a basilar artery that touches the left PCA, and a right PCA that does not touch it."""
    labels = np.zeros((40, 30, 30), dtype="u1")
    labels[18:22, 13:17, 2:20] = 1
    labels[22:36, 13:17, 18:21] = 3
    labels[3:16, 13:17, 18:21] = 2
    return labels


@pytest.fixture
def circle(tmp_path, lab):
    return lab.write(tmp_path / "circle_dseg.nii.gz", circle_voxels(), AFFINE)


def test_each_artery_and_each_part_of_the_circle(circle):
    values, states = find(imaging_of(circle={}), circle)
    assert values["vessels__ba__volume"] == pytest.approx(4 * 4 * 18 * 0.1875)
    assert values["vessels__ba__length"] == pytest.approx(18 * 0.75, abs=0.5)
    assert values["vessels__ba__tortuosity"] == pytest.approx(1, abs=0.02)
    assert values["vessels__ba__radius"] == pytest.approx(np.sqrt(4 / np.pi), rel=0.03)
    assert values["vessels__ba__smallest_lumen"] == pytest.approx(2 * np.sqrt(4 / np.pi), rel=0.05)
    assert values["vessels__l_pca__component_count"] == 1
    present = {k.split("__")[1]: v for k, v in values.items() if k.endswith("__present")}
    assert present == dict.fromkeys(PARTS.values(), 0.0) | {"l_p1": 1.0}
    assert values["vessels__acom__volume"] == 0.0
    assert values["vessels__acom__component_count"] == 0.0
    assert states["vessels__acom__length"] == ("undefined", "region_empty")


def test_how_the_file_stores_its_axes_does_not_matter(tmp_path, lab, circle):
    turned = circle_voxels()[::-1, ::-1].transpose(2, 0, 1)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[0, 1], affine[1, 2], affine[3, 3] = 0.75, -0.5, -0.5, 1
    affine[:2, 3] = 39 * 0.5, 29 * 0.5
    other = lab.write(tmp_path / "turned_dseg.nii.gz", turned, affine)
    assert find(imaging_of(circle={}), other) == find(imaging_of(circle={}), circle)


def test_an_artery_without_voxels_may_be_unknown(circle):
    values, states = find(imaging_of(circle={}, when_empty="failure"), circle)
    assert states["vessels__acom__volume"] == ("failed", "label_absent")
    assert states["vessels__acom__present"] == ("failed", "label_absent")
    assert states["vessels__l_a1__present"] == ("failed", "label_absent")
    assert values["vessels__l_p1__present"] == 1.0
    assert values["vessels__r_p1__present"] == 0.0


def test_a_mask_of_all_vessels(tmp_path, lab):
    mask = (circle_voxels() > 0).astype("u1")
    path = lab.write(tmp_path / "vessels_mask.nii.gz", mask, AFFINE)
    values, _ = find(imaging_of({"all": 1}, label_table=None), path)
    assert values["vessels__all__volume"] == pytest.approx(mask.sum() * 0.1875)
    assert values["vessels__all__component_count"] == 2


def test_a_speck_has_a_volume_and_no_length(tmp_path, lab):
    labels = np.zeros((9, 9, 9), dtype="u1")
    labels[4, 4, 4] = 1
    path = lab.write(tmp_path / "speck_dseg.nii.gz", labels, AFFINE)
    values, states = find(imaging_of({"ba": 1}), path)
    assert values["vessels__ba__volume"] == pytest.approx(0.1875)
    assert states["vessels__ba__radius"] == ("undefined", "feature_undefined")


def test_a_label_table_of_the_site_comes_first(tmp_path, circle):
    table = tmp_path / "circle_dseg.tsv"
    table.write_text("index\tname\n3\tBA\n")
    values, _ = find(imaging_of({"ba": "BA"}), circle, table)
    assert values["vessels__ba__volume"] == pytest.approx(14 * 4 * 3 * 0.1875)


def test_nothing_of_what_is_asked_is_one_failure(tmp_path, lab):
    path = lab.write(tmp_path / "none_dseg.nii.gz", np.zeros((9, 9, 9), dtype="u1"), AFFINE)
    imaging = imaging_of({"ba": "BA", "acom": "Acom"}, when_empty="failure")
    unit = Unit(
        "sub-01_vessels",
        "0" * 32,
        1.0,
        {
            "subject": "01",
            "session": "",
            "measure": "vessels",
            "files": {
                "vessels": [
                    {
                        "path": str(path),
                        "label_table": None,
                        "metadata": {},
                        "companions": {},
                    }
                ]
            },
            "absent": {},
            "clinical": {},
        },
    )
    with pytest.raises(Exception, match="no voxel has label 1; no voxel has label 10") as caught:
        MeasureUnits(imaging).compute(unit)
    assert caught.value.reason == "label_absent"


def test_columns_follow_from_the_study_alone():
    (measure,) = measures_of(imaging_of(circle={}))
    columns = measure.columns()
    names = [column.name for column in columns]
    assert len(names) == len(set(names)) == 13 * 6 + 8
    assert all(column.state_source == "vessels" and column.unit for column in columns)
    assert json.dumps(measure.settings)


def test_what_the_study_does_not_describe_is_refused_all_at_once():
    with pytest.raises(ConfigError, match="region sets of the study: arteries"):
        measures_of(imaging_of(region_set="veins"))
    with pytest.raises(ConfigError) as caught:
        measures_of(imaging_of({"ba": 1}, circle={"acom": "front"}))
    assert len(caught.value.faults) == 10
    assert "'front'" in str(caught.value)


@pytest.mark.real_data
@pytest.mark.parametrize("kind", ["mr", "ct"])
def test_the_circle_of_a_real_patient(shared_data, kind):
    folder = shared_data / "images" / "topcow_cow_dseg"
    expected = json.loads((folder / "EXPECTED_edges.json").read_text())
    path = folder / f"topcow_{kind}_roi_003.nii.gz"
    values, states = find(imaging_of(circle={}), path)
    for side, names in expected["edge_order"].items():
        for name, there in zip(names, expected["cases"]["003"][side], strict=True):
            assert values[f"vessels__{PARTS[name]}__present"] == there, name
    assert set(states) == {
        f"vessels__third_a2__{f}" for f in ("length", "radius", "smallest_lumen", "tortuosity")
    }
    image = nib.load(path)
    counts = np.bincount(np.asarray(image.dataobj).ravel().astype(int))
    voxel = np.prod(image.header.get_zooms())
    assert values["vessels__ba__volume"] == pytest.approx(counts[1] * voxel, rel=1e-5)


@pytest.mark.real_data
def test_two_scanners_measure_the_same_arteries_of_one_patient(shared_data):
    folder = shared_data / "images" / "topcow_cow_dseg"
    mr, ct = (
        find(imaging_of(), folder / f"topcow_{kind}_roi_003.nii.gz")[0] for kind in ("mr", "ct")
    )
    for artery in ("r_pca", "l_pca", "r_pcom", "l_pcom", "r_aca", "acom"):
        for feature, within in (("length", 0.15), ("radius", 0.16)):
            name = f"vessels__{artery}__{feature}"
            assert mr[name] == pytest.approx(ct[name], rel=within), name
