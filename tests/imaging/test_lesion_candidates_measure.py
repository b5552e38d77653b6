"""Unread candidates as a measure of a session."""

import nibabel as nib
import numpy as np
import pytest
from pydantic import ValidationError

from drepano.errors import UnitError
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.measures.unit import MeasureUnits
from drepano.ranks import Unit
from drepano.settings import Imaging

AFFINE = np.diag([1.0, 1.0, 1.5, 1.0])
SHAPE = (40, 36, 24)
ALL = "lesion_candidates__all__"
SETS = {"tissue": {"suffix": "dseg", "regions": {"white_matter": 1, "ventricles": 2}}}
WHITE = {"region_set": "tissue", "regions": "white_matter"}
VENTRICLES = {"region_set": "tissue", "regions": "ventricles"}


def imaging_of(**block):
    own = {"white_matter": WHITE, "ventricles": VENTRICLES, "smoothing_mm": 0.0}
    return Imaging(region_sets=SETS, measures={"lesion_candidates": own | block})


def tissue_voxels():
    tissue = np.zeros(SHAPE, dtype="i2")
    tissue[4:36, 4:32, 3:21] = 1
    tissue[18:22, 16:20, 8:14] = 2
    return tissue


def flair_voxels():
    """One candidate of 4 x 4 x 4 voxels, one of 3 x 3 x 3."""
    flair = np.random.default_rng(6).normal(100, 5, SHAPE).astype("f4")
    flair[9:13, 9:13, 8:12] = 180
    flair[28:31, 24:27, 12:15] = 180
    return flair


@pytest.fixture
def measured(tmp_path):
    """Run the measure; give matrix values and rows per candidate."""

    def run(imaging, flair=None, tissue=None):
        voxels = {
            "scan": flair_voxels() if flair is None else flair,
            "regions_tissue": tissue_voxels() if tissue is None else tissue,
        }
        files = {}
        for role, array in voxels.items():
            path = tmp_path / f"{role}.nii.gz"
            nib.save(nib.Nifti1Image(array, AFFINE), path)
            files[role] = [
                {"path": str(path), "label_table": None, "metadata": {}, "companions": {}}
            ]
        (measure,) = measures_of(imaging)
        assert {*measure.inputs()} == {*files}
        payload = {
            "subject": "01",
            "session": "",
            "measure": "lesion_candidates",
            "files": files,
            "absent": {},
            "clinical": {},
        }
        result = MeasureUnits(imaging).compute(Unit("sub-01_c", "0" * 32, 1.0, payload))
        rows = result.values.to_pylist()
        assert result.states.num_rows == 0
        values = {r["column"]: r["value"] for r in rows if not r["item"]}
        assert {*values} == {c.name for c in measure.columns()}
        each = {}
        for r in (r for r in rows if r["item"]):
            each.setdefault(r["item"], {})[r["column"].split("__")[2]] = r["value"]
        return values, each

    return run


def test_candidates_are_counted_and_listed(measured):
    values, each = measured(imaging_of())
    assert values[f"{ALL}count"] == 2
    assert values[f"{ALL}volume"] == pytest.approx((64 + 27) * 1.5 / 1000)
    assert values[f"{ALL}largest_diameter"] == pytest.approx(np.sqrt(36 + 9 + 9))
    assert 0 < values[f"{ALL}searched_volume"] < (tissue_voxels() == 1).sum() * 1.5 / 1000
    assert [each[i]["volume_ml"] for i in (1, 2)] == pytest.approx([0.096, 0.0405])
    assert [each[2][k] for k in ("x_mm", "y_mm", "z_mm")] == pytest.approx([29, 25, 19.5])


def test_no_candidate_is_a_true_zero(measured):
    flair = np.minimum(flair_voxels(), 110)
    values, each = measured(imaging_of(), flair)
    assert each == {}
    assert [values[f"{ALL}{n}"] for n in ("count", "volume", "largest_diameter")] == [0, 0, 0]


def test_where_nothing_can_be_searched_there_is_no_zero(measured):
    with pytest.raises(UnitError, match="region_too_small: no voxel of white matter is as deep"):
        measured(imaging_of(rim_mm=50.0))
    with pytest.raises(UnitError, match="region_too_small"):
        measured(imaging_of(), np.full(SHAPE, np.nan, dtype="f4"))


def test_ventricles_need_not_be_named(measured):
    values, _ = measured(imaging_of(ventricles=None))
    wider = values[f"{ALL}searched_volume"]
    assert wider > measured(imaging_of())[0][f"{ALL}searched_volume"]


def test_its_columns_say_that_nobody_read_them_and_are_apart_from_lesions():
    (measure,) = measures_of(imaging_of())
    for column in measure.columns():
        assert column.name.startswith("lesion_candidates__")
        assert column.state_source == "lesion_candidates"
        assert "UNREAD" in column.meaning


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ({"grow_deviations": 9.0}, "at most seed_deviations"),
        ({"white_matter": WHITE | {"region_set": "tissues"}}, "Did you mean tissue"),
        ({"ventricles": VENTRICLES | {"regions": ["ventricle"]}}, "Did you mean ventricles"),
    ],
)
def test_settings_that_fit_nothing_are_refused(block, found):
    with pytest.raises(ValidationError) as error:
        imaging_of(**block)
    faults = [f for e in error.value.errors() for f in e["ctx"]["faults"]]
    assert any(found in str(fault) for fault in faults)
