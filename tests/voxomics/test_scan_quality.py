"""Image quality of a phantom with known noise, blur, ghost, bias field and clipping."""

import numpy as np
import pytest
from scipy import ndimage, stats

from voxomics.scan import Scan
from voxomics.scan_quality import OF_BRAIN, OF_SCAN, OF_TISSUES, measure_quality

ALL = OF_SCAN | OF_BRAIN | OF_TISSUES
OF_AIR = {"fber", "ghost_to_signal", "snr", "snr_white_matter", "cnr"}
SPACING = np.full(3, 3.0)
GREY, WHITE = 200.0, 300.0


def places():
    """Give scalp, skull, brain and white matter of a head in a larger field of view."""
    n = 56
    axis = (np.arange(n) - n / 2 + 0.5) * 3.0
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    r = np.sqrt((x / 55) ** 2 + (y / 62) ** 2 + (z / 50) ** 2)
    return x, r < 1, r < 0.93, r < 0.85, r < 0.6


X, HEAD, SKULL, BRAIN, WHITE_MATTER = places()
GREY_MATTER = BRAIN & ~WHITE_MATTER


def clean():
    image = np.zeros(X.shape)
    for place, value in ((HEAD, 180.0), (SKULL, 20.0), (BRAIN, GREY), (WHITE_MATTER, WHITE)):
        image[place] = value
    return image


def noisy(image, sigma, seed=0):
    """Give magnitudes of two channels with Gaussian noise."""
    real, imaginary = np.random.default_rng(seed).normal(0, sigma, (2, *image.shape))
    return np.hypot(image + real, imaginary)


def quality(image, terms=ALL, **changes):
    masks = {"brain": BRAIN, "grey": GREY_MATTER, "white": WHITE_MATTER} | changes
    return measure_quality(Scan(image, SPACING, **masks), terms)


@pytest.mark.parametrize("sigma", [4.0, 8.0, 16.0])
def test_noise_of_known_strength(sigma):
    found = quality(noisy(clean(), sigma)).values
    assert found["snr"] == pytest.approx(clean()[BRAIN].mean() / sigma, rel=0.02)
    assert found["snr_white_matter"] == pytest.approx(WHITE / sigma, rel=0.02)
    assert found["snr_within_white_matter"] == pytest.approx(WHITE / sigma, rel=0.03)
    assert found["cnr"] == pytest.approx((WHITE - GREY) / sigma, rel=0.02)
    assert found["cjv"] == pytest.approx(2 * sigma / (WHITE - GREY), rel=0.03)
    head = (clean()[HEAD] ** 2).mean() + 2 * sigma**2
    assert found["fber"] == pytest.approx(head / (2 * sigma**2), rel=0.06)
    assert abs(found["ghost_to_signal"]) < 0.002
    above = stats.norm.ppf(1 - 0.0005 / WHITE_MATTER.mean())
    assert found["wm2max"] == pytest.approx(WHITE / (WHITE + above * sigma), rel=0.02)


def test_whole_numbers_change_no_noise():
    plain, whole = (
        quality(i).values["snr"] for i in (noisy(clean(), 8), noisy(clean(), 8).round())
    )
    assert whole == pytest.approx(plain, rel=0.02)


def test_noise_and_ghosts_raise_the_entropy():
    image = noisy(clean(), 4)
    ghost = image + 0.1 * np.roll(image, 28, axis=1)
    entropies = [quality(i, OF_SCAN).values["efc"] for i in (image, noisy(clean(), 16), ghost)]
    assert entropies[0] < min(entropies[1:])
    assert all(0 < e < 1 for e in entropies)


def test_entropy_of_one_voxel_and_of_all():
    one = np.zeros((4, 4, 4))
    one[1, 2, 3] = 7.0
    assert quality(one, {"efc": ALL["efc"]}, brain=None).values["efc"] == 0.0
    flat = np.full((4, 4, 4), 7.0)
    assert quality(flat, {"efc": ALL["efc"]}, brain=None).values["efc"] == pytest.approx(1.0)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_a_ghost_of_known_strength(share):
    image = noisy(clean(), 0.5)
    ghost = noisy(clean() + share * np.roll(clean(), 28, axis=1), 0.5)
    plain, found = quality(image).values, quality(ghost).values
    in_ghost = np.roll(clean(), 28, axis=1)[np.roll(HEAD, 28, axis=1) & ~HEAD].mean()
    expected = share * in_ghost / np.median(clean()[HEAD])
    assert found["ghost_to_signal"] == pytest.approx(expected, rel=0.25)
    assert found["fber"] < plain["fber"]
    assert found["snr"] < plain["snr"]


def test_blur_lowers_sharpness_and_widens_the_point_spread():
    image = noisy(clean(), 4)
    found = [quality(ndimage.gaussian_filter(image, s), OF_BRAIN).values for s in (0.3, 0.6, 1, 2)]
    sharpness = [f["sharpness"] for f in found]
    width = [f["fwhm"] for f in found]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 1.2 * sharpness[-1]
    assert width == sorted(width)


def test_the_width_of_a_known_point_spread():
    rng = np.random.default_rng(3)
    image = 1000 + ndimage.gaussian_filter(rng.normal(0, 100, (48, 48, 48)), 1.5)
    found = measure_quality(Scan(image, np.full(3, 2.0), brain=np.ones_like(image, bool)), OF_BRAIN)
    # White noise under a Gaussian of 1.5 voxels of 2 mm.
    assert found.values["fwhm"] == pytest.approx(1.5 * 2 * 2.3548, rel=0.06)


def test_sharpness_of_a_slope():
    x = np.arange(20.0)[:, None, None] * np.ones((20, 20, 20))
    brain = np.ones(x.shape, dtype=bool)
    spacing = np.array([2.0, 1.0, 1.0])
    found = measure_quality(Scan(100 + 3 * x, spacing, brain=brain), OF_BRAIN)
    assert found.values["sharpness"] == pytest.approx(1.5 / (100 + 3 * 9.5))


@pytest.mark.parametrize("slope", [0.1, 0.2, 0.4])
def test_a_bias_field(slope):
    field = 1 + slope * X / 55
    low, high = np.percentile(field[WHITE_MATTER], [5, 95])
    found = quality(noisy(clean() * field, 2)).values
    flat = quality(noisy(clean(), 2)).values
    assert flat["bias_spread"] < 0.005
    # The window takes some of a slope away at the edges of white matter.
    assert 0.5 * (high - low) < found["bias_spread"] < high - low
    assert found["cjv"] > flat["cjv"]
    assert found["snr"] == pytest.approx(flat["snr"], rel=0.02)


def test_clipping():
    image = noisy(clean(), 4)
    assert quality(image, OF_SCAN).values["clipped_fraction"] < 1e-4
    found = quality(np.minimum(image, 250), OF_SCAN).values["clipped_fraction"]
    assert found == pytest.approx(WHITE_MATTER.sum() / HEAD.sum(), rel=0.05)


def test_a_zeroed_background_has_no_noise_to_look_at():
    found = quality(noisy(clean(), 4) * HEAD)
    assert set(found.undefined) == OF_AIR
    assert set(found.undefined.values()) == {"the background was set to zero"}
    within = found.values["snr_within_white_matter"]
    assert within == pytest.approx(WHITE / 4, rel=0.03)


def test_a_part_of_the_background_may_be_zero():
    image = noisy(clean(), 4)
    image[:3] = 0
    assert quality(image).values["snr"] == pytest.approx(clean()[BRAIN].mean() / 4, rel=0.02)


def test_negative_intensities_leave_what_does_not_depend_on_zero():
    image = noisy(clean(), 4)
    found = quality((image - image.mean()) / image.std())
    assert set(found.values) == {"clipped_fraction", "fwhm", "cjv"}
    assert found.values["cjv"] == pytest.approx(quality(image).values["cjv"])
    assert all("negative" in why for why in found.undefined.values())


def test_a_constant_scan():
    found = quality(np.full(X.shape, 5.0))
    assert {*OF_AIR, "clipped_fraction", "fwhm", "cjv"} <= set(found.undefined)
    assert found.values["sharpness"] == 0.0
    nothing = quality(np.zeros(X.shape))
    assert not nothing.values


def test_nan_and_infinite_voxels_count_as_not_measured():
    image = noisy(clean(), 8)
    expected = quality(image).values
    image[:4] = np.nan
    image[28, 28, 28] = np.inf
    found = quality(image)
    assert not found.undefined
    for term in ("snr", "cnr", "cjv", "efc", "fber", "wm2max"):
        assert found.values[term] == pytest.approx(expected[term], rel=0.05)
    assert set(quality(np.full(X.shape, np.nan)).undefined) == set(ALL)


def test_without_brain_and_tissues():
    found = quality(noisy(clean(), 4), ALL, brain=None, grey=None, white=None)
    assert set(found.values) == set(OF_SCAN)
    assert all("fewer than" in why for why in found.undefined.values())


@pytest.mark.parametrize("brain", [True, False])
def test_a_field_of_view_inside_the_head(brain):
    box = (slice(14, 42),) * 3
    masks = {"brain": BRAIN[box] if brain else None, "grey": GREY_MATTER[box]}
    found = quality(noisy(clean(), 4)[box], white=WHITE_MATTER[box], **masks)
    assert set(found.undefined) >= OF_AIR
    assert found.values["cjv"] == pytest.approx(8 / 100, rel=0.03)


def test_air_on_one_side_alone_shows_no_ghost():
    image = np.full((40, 40, 40), 200.0)
    image[:8] = 0
    found = measure_quality(Scan(noisy(image, 4), SPACING), OF_SCAN)
    assert set(found.undefined) == {"ghost_to_signal"}
    assert "field of view" in found.undefined["ghost_to_signal"]


def test_hardly_any_air():
    image = np.zeros((10, 10, 10))
    image[2:8, 2:8, 2:8] = 200
    found = measure_quality(Scan(noisy(image, 4), SPACING), OF_SCAN)
    assert "voxels of air in the field of view, at least 1000" in found.undefined["fber"]


def test_air_without_noise():
    found = quality(clean() + 7)
    assert found.undefined["snr"] == "the air has the same value everywhere"
    assert found.undefined["snr_within_white_matter"].startswith("white matter has the same")


def test_values_are_the_same_bits_again():
    image = noisy(clean(), 4)
    assert quality(image) == quality(image.copy())
