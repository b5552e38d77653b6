"""Real images: IBSI's phantom and cuts of MNI152, against pyradiomics' own extractor."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS / "compared"))

import comparison  # noqa: E402 - its folder is known only now

import voxomics  # noqa: E402

FAMILIES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
CLASSES = {"featureClass": dict.fromkeys(FAMILIES)}


def assert_same(image, mask, settings, labels):
    """Compare every value of labels that are measured together."""
    own = voxomics.extract(image, mask, settings)
    compared = 0
    for label in labels:
        expected = comparison.reference(image, mask, settings, label)
        row = own.loc[label].to_dict()
        assert list(row) == list(expected)
        assert not comparison.far_apart(row, expected), label
        compared += len(row)
    return compared


@pytest.mark.real_data
@pytest.mark.parametrize("setting", [{"binWidth": 1}, {"binCount": 3}, {"force2D": True}])
def test_the_digital_phantom(setting, shared_data):
    folder = shared_data / "ibsi/ibsi_1_digital_phantom/nifti"
    image = sitk.ReadImage(str(folder / "image/phantom.nii.gz"))
    mask = sitk.ReadImage(str(folder / "mask/mask.nii.gz"))
    assert assert_same(image, mask, CLASSES | {"setting": setting}, (1,)) == 107


@pytest.fixture(scope="module")
def make_case():
    """The maker of the benchmark's cases."""
    pytest.importorskip("nilearn", reason="MNI152 comes with nilearn")
    place = BENCHMARKS / "radiomics_cases.py"
    spec = importlib.util.spec_from_file_location("benchmark_cases", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_case


ELEVEN = CLASSES | {
    "imageType": {"Original": {}, "LoG": {"sigma": [1.0, 3.0]}, "Wavelet": {"wavelet": "coif1"}},
    "setting": {"binWidth": 25},
}


@pytest.mark.parametrize(
    ("case", "step", "labels"), [("A", 5, [1]), ("B", 4, [1, 34, 67, 100])], ids=["A", "B"]
)
def test_every_nth_voxel_of_mni152(case, step, labels, make_case):
    image, mask = (one[::step, ::step, ::step] for one in make_case(case))
    assert assert_same(image, mask, ELEVEN, labels) == len(labels) * (14 + 11 * 93)


def test_lesions_of_mni152(make_case):
    image, mask = make_case("C")
    labels = sitk.GetArrayViewFromImage(mask)
    for label in (1, 15, 30):
        lower = np.argwhere(labels == label).min(axis=0)[::-1].tolist()
        cut = tuple(slice(max(a - 12, 0), a + 22) for a in lower)
        assert assert_same(image[cut], mask[cut], ELEVEN, [label]) == 14 + 11 * 93
