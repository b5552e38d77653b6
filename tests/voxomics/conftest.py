"""Phantoms of the engine's tests, made from a seed."""

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics


def as_image(array, spacing=(1.0, 1.0, 1.0)):
    """Make an image of an array (X, Y, Z)."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    image.SetSpacing(spacing)
    return image


@pytest.fixture(scope="session")
def featureextractor():
    """pyradiomics' own module; tests that compare with it skip where it is not installed."""
    return pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")


@pytest.fixture(params=["voxomics", "pyradiomics"])
def engine(request):
    """Name of each engine that is installed."""
    if request.param == "pyradiomics":
        request.getfixturevalue("featureextractor")
    return request.param


@pytest.fixture(scope="session")
def phantom():
    """A noisy int16 image and its label map: two blobs that touch, and one apart."""
    rng = np.random.default_rng(7)
    voxels = (rng.normal(300, 60, (22, 20, 18)) + np.arange(22)[:, None, None] * 8).astype("i2")
    labels = np.zeros(voxels.shape, dtype="u1")
    labels[3:9, 4:12, 3:10] = 1
    labels[9:14, 4:10, 3:9] = 2
    labels[16:20, 14:18, 11:15] = 5
    labels[17, 15, 12] = 0
    spacing = (1.0, 1.2, 2.0)
    return as_image(voxels, spacing), as_image(labels, spacing)


SPACING_MM = (2.0, 1.5, 1.0)
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Places nibabel's X and Y as SimpleITK's."""
AXES = {1: (0,), 2: (1, 0), 3: (2, 1, 0), 4: (2, 1, 0)}


FEW = {"featureClass": {"firstorder": ["Mean"], "shape": ["VoxelVolume"]}}


@pytest.fixture
def measure():
    """Extract few features, where spacing is needed with the spacing of `form`."""

    def extract(image, mask, settings=FEW, labels=None):
        arrays = any(isinstance(one, np.ndarray) for one in (image, mask))
        spacing = SPACING_MM if arrays else None
        return voxomics.extract(image, mask, settings, labels, spacing_mm=spacing)

    return extract


@pytest.fixture
def form(tmp_path):
    """Give an array (Z, Y, X, ...) in each form that `extract` takes."""

    def make(kind, array, origin=(0.0, 0.0, 0.0), spacing=SPACING_MM):
        if kind == "array":
            return array
        if kind == "nibabel":
            affine = np.diag([*spacing[::-1], 1.0])
            affine[:3, 3] = origin
            voxels = np.ascontiguousarray(
                np.moveaxis(array, range(min(array.ndim, 3)), AXES[array.ndim])
            )
            return nib.Nifti1Image(voxels, FLIP @ affine)
        image = sitk.GetImageFromArray(array)
        if array.ndim == 3:
            image.SetSpacing(spacing[::-1])
            image.SetOrigin(origin)
        if kind == "SimpleITK":
            return image
        path = tmp_path / f"{len([*tmp_path.iterdir()])}.nii.gz"
        sitk.WriteImage(image, str(path))
        return path

    return make


@pytest.fixture
def voxels():
    """Image and labels 1 and 2 (Z, Y, X)."""
    labels = np.zeros((6, 7, 8), dtype="u1")
    labels[1:3, 1:4, 1:5] = 1
    labels[4, 4:6, 2:6] = 2
    return np.random.default_rng(0).normal(100, 20, labels.shape).astype("f4"), labels
