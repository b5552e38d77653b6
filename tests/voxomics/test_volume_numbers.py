"""Volumes, fractions and asymmetry of known masks."""

import numpy as np
import pytest

from voxomics.volumes import asymmetry_index, fraction, union, volume_ml


def block(low, high):
    mask = np.zeros((10, 10, 10), dtype=bool)
    mask[low:high] = True
    return mask


def test_voxels_of_several_masks_count_once():
    both = union([block(0, 4), block(2, 6)])
    assert volume_ml(both, 2.5) == pytest.approx(600 * 2.5 / 1000)
    assert volume_ml(block(0, 0), 2.5) == 0.0


def test_masks_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="masks of one shape"):
        union([block(0, 4), np.zeros((2, 2, 2), dtype=bool)])
    with pytest.raises(ValueError, match="masks of one shape"):
        union([])


def test_asymmetry_is_positive_when_the_left_is_larger():
    assert asymmetry_index(3.0, 1.0) == pytest.approx(1.0)
    assert asymmetry_index(1.0, 3.0) == pytest.approx(-1.0)
    assert asymmetry_index(2.0, 2.0) == 0.0
    assert (asymmetry_index(2.0, 0.0), asymmetry_index(0.0, 2.0)) == (2.0, -2.0)
    assert np.isnan(asymmetry_index(0.0, 0.0))


def test_a_fraction_of_nothing_has_no_value():
    assert fraction(1.0, 4.0) == 0.25
    assert np.isnan(fraction(1.0, 0.0))
