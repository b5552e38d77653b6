"""Any region, image and setting: the own engine against pyradiomics' own extractor.

`DREPANO_PARITY_EXAMPLES` draws that many cases from a new seed in place of the few fixed ones.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks" / "compared"))

import agreement
import comparison
import drawn_cases
from hypothesis import HealthCheck, Phase, given, note, settings

from voxomics.rules import RULES

EXAMPLES = int(os.environ.get("DREPANO_PARITY_EXAMPLES", "0"))


@pytest.fixture(scope="module", autouse=True)
def _lent():
    """LBP3D imports what is not there any more."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("scipy.ndimage.interpolation", "trimesh", "trimesh.creation"):
            patch.delitem(sys.modules, name, raising=False)
        comparison.lend_sphere_patterns()
        yield


@given(drawn_cases.cases())
@settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_value_is_that_of_pyradiomics(case):
    """Flat, scattered, thin, touching the border, with holes, absent; every setting there is."""
    for own, expected in agreement.pairs(case):
        note(f"{case.settings}")
        assert list(own) == list(expected)
        assert not comparison.far_apart(own, expected)


def test_every_setting_is_drawn_or_has_a_test_of_its_own():
    elsewhere = {"additionalInfo", "label", "label_channel", "correctMask", "geometryTolerance"}
    text = Path(drawn_cases.__file__).read_text()
    assert {name for name in RULES if f'"{name}"' not in text} == elsewhere


@pytest.mark.parametrize(
    ("feature", "own", "expected", "far"),
    [
        ("firstorder_Mean", 1.0, 1.0 + 2e-9, True),
        ("firstorder_Mean", 1.0, 1.0 + 5e-10, False),
        ("firstorder_Mean", 3e-14, -2e-14, False),
        ("gldm_LowGrayLevelEmphasis", 1e-7, 1.00001e-7, True),
        ("glcm_MCC", 1e-8, 0.0, False),
        ("glcm_MCC", 1e-4, 0.0, True),
        ("glcm_ClusterShade", 1e-12, -1e-12, False),
        ("glcm_Contrast", np.nan, 1.0, True),
        ("glcm_Contrast", 1.0, np.nan, True),
        ("glcm_Contrast", np.nan, np.nan, False),
        ("firstorder_Skewness", 0.5, 0.0, True),
    ],
)
def test_the_measure_tells_noise_from_a_difference(feature, own, expected, far):
    row = {
        "original_firstorder_Minimum": -3.0,
        "original_firstorder_Maximum": 4.0,
        "original_firstorder_Range": 7.0,
        "original_glcm_ClusterProminence": 20.0,
    }
    apart = comparison.difference(f"original_{feature}", own, expected, row)
    assert (apart > comparison.LIMIT) == far


def test_the_measure_sees_a_feature_out_of_place():
    with pytest.raises(ValueError, match="in another order"):
        comparison.Report().add({"a_b_c": 1.0, "a_b_d": 2.0}, {"a_b_d": 2.0, "a_b_c": 1.0})
