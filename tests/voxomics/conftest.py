"""Phantoms of the engine's tests, made from a seed."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813


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
