"""Normalisation as the study says it: masks, methods, refusals; and landmarks of a sample."""

import numpy as np
import pytest

from drepano.errors import ConfigError, UnitError
from drepano.imaging.preparation.intensity import normalise, standard_landmarks
from drepano.imaging.volumes import Volume
from drepano.settings.load import _validate
from drepano.settings.preparation import Normalisation

AFFINE = np.diag([1.0, 1, 1, 1])
SHAPE = (24, 24, 24)


def scan_of(gain=1.0, offset=0.0, seed=1):
    """Give a scan of white and grey matter in a dark background, with both masks."""
    rng = np.random.default_rng(seed)
    brain, white = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    brain[3:21, 3:21, 3:21] = True
    white[6:18, 6:18, 6:18] = True
    voxels = np.where(white, 700.0, np.where(brain, 400.0, 20.0)) + rng.normal(0, 25, SHAPE)
    return Volume(gain * voxels + offset, AFFINE), brain, white


SCAN, BRAIN, WHITE = scan_of()
LANDMARKS = standard_landmarks([(SCAN, BRAIN), scan_of(2.0, 30.0, 2)[:2]])
METHODS = [
    {"method": "zscore"},
    {"method": "zscore", "within": "white_matter"},
    {"method": "whitestripe"},
    {"method": "nyul", "landmarks": LANDMARKS},
]


@pytest.mark.parametrize("method", METHODS)
def test_two_scanners_give_one_scan(method):
    settings = Normalisation(**method)
    first = normalise(SCAN, BRAIN, WHITE, settings)
    other, _, _ = scan_of(0.31, 12.0)
    second = normalise(other, BRAIN, WHITE, settings)
    np.testing.assert_allclose(second.voxels, first.voxels, rtol=1e-4, atol=1e-4)
    assert first.voxels.dtype == np.float32
    np.testing.assert_array_equal(first.affine, SCAN.affine)


def test_each_method_has_its_zero_and_its_unit():
    by = {
        m["method"] + m.get("within", ""): normalise(SCAN, BRAIN, WHITE, Normalisation(**m))
        for m in METHODS
    }
    assert by["zscore"].voxels[BRAIN].mean() == pytest.approx(0, abs=1e-5)
    assert by["zscore"].voxels[BRAIN].std() == pytest.approx(1, abs=1e-5)
    assert by["zscorewhite_matter"].voxels[WHITE].mean() == pytest.approx(0, abs=1e-5)
    assert np.median(by["whitestripe"].voxels[WHITE]) == pytest.approx(0, abs=2)
    found = np.percentile(by["nyul"].voxels[BRAIN], [*LANDMARKS])
    np.testing.assert_allclose(found, [*LANDMARKS.values()], atol=1e-3)


def test_landmarks_rise_from_0_to_100_and_fit_the_settings():
    assert [*LANDMARKS] == [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99]
    values = [*LANDMARKS.values()]
    assert (values[0], values[-1]) == (0, 100)
    assert values == sorted(values)
    assert standard_landmarks([(SCAN, BRAIN)], [50, 5, 95], (-1, 1)).keys() == {5, 50, 95}


def test_whole_numbers_are_scans_too():
    whole = Volume(np.rint(SCAN.voxels).astype("i2"), AFFINE)
    for method in METHODS:
        settings = Normalisation(**method)
        close = normalise(whole, BRAIN, WHITE, settings).voxels
        exact = normalise(SCAN, BRAIN, WHITE, settings).voxels
        assert np.corrcoef(close.ravel(), exact.ravel())[0, 1] > 0.9999


NOTHING = np.zeros(SHAPE, dtype=bool)


@pytest.mark.parametrize(
    ("method", "brain", "white", "reason"),
    [
        ("zscore", None, WHITE, "brain_empty: normalisation in the brain: there is no mask"),
        ("zscore", NOTHING, WHITE, "brain_empty: normalisation in the brain: the mask has no"),
        ("whitestripe", BRAIN, None, "tissue_empty: normalisation in white matter: there is no"),
        ("whitestripe", BRAIN, NOTHING, "tissue_empty: normalisation in white matter: the mask"),
    ],
)
def test_without_a_tissue_there_is_no_scale(method, brain, white, reason):
    with pytest.raises(UnitError, match=reason):
        normalise(SCAN, brain, white, Normalisation(method=method))


@pytest.mark.parametrize("method", METHODS)
def test_flat_and_lost_tissue_is_refused(method):
    settings = Normalisation(**method)
    flat = Volume(np.full(SHAPE, 3.0), AFFINE)
    with pytest.raises(UnitError, match="intensity_flat: normalisation in"):
        normalise(flat, BRAIN, WHITE, settings)
    lost = Volume(np.full(SHAPE, np.nan), AFFINE)
    with pytest.raises(UnitError, match=r"(brain|tissue)_empty: normalisation in .*finite"):
        normalise(lost, BRAIN, WHITE, settings)


def test_a_sample_that_cannot_teach_is_refused():
    with pytest.raises(UnitError, match="no_scan: no scan to learn"):
        standard_landmarks([])
    flat = Volume(np.full(SHAPE, 3.0), AFFINE)
    with pytest.raises(UnitError, match="intensity_flat"):
        standard_landmarks([(SCAN, BRAIN), (flat, BRAIN)])


@pytest.mark.parametrize(
    "landmarks", [{50: 1}, {1: 0, 99: 0}, {1: 5, 50: 2, 99: 9}, {-1: 0, 99: 1}, {1: 0, 101: 1}]
)
def test_a_study_with_landmarks_that_do_not_rise_is_refused(landmarks):
    settings = {"method": "nyul", "landmarks": landmarks}
    with pytest.raises(ConfigError, match="intensities that do not rise; expected at least two"):
        _validate(settings, Normalisation, "study")
