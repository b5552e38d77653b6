"""Images, label maps and settings drawn at random by Hypothesis: whatever is legal, and awkward."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from hypothesis import strategies as st

FAMILIES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")

DTYPES = ("i2", "i4", "u2", "f4", "f8")
"""Types whose values the reference does not spoil; bytes overflow there."""

TURNED = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)
MIRRORED = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One image, its label map, and settings.

    Attributes
    ----------
    labels
        Those to measure, one of which the map may not hold.
    """

    image: sitk.Image
    mask: sitk.Image
    labels: tuple[int, ...]
    settings: dict[str, Any]


def as_image(
    voxels: np.ndarray, spacing: tuple[float, ...], direction: tuple[float, ...]
) -> sitk.Image:
    """Return an array (Z, Y, X) as an image."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels))
    image.SetSpacing(spacing)
    image.SetOrigin((-12.5, 30.0, 7.25))
    image.SetDirection(direction)
    return image


def draw_labels(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw a label map with regions of many kinds, one after the other over each other."""
    labels = np.zeros(shape, dtype=np.int32)
    kinds = rng.permutation(
        ["scattered", "box", "ball", "line", "plane", "voxel", "corner", "diagonal", "cheese"]
    )[: rng.integers(1, 4)]
    for number, kind in enumerate(kinds, start=1):
        labels[_draw(rng, kind, shape)] = number
    if labels.all():
        labels[-1, -1, -1] = 0
    return labels


def _draw(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    middle = [int(rng.integers(n)) for n in shape]
    inside = np.zeros(shape, dtype=bool)
    if kind in ("scattered", "cheese"):
        inside[:] = rng.random(shape) < (0.25 if kind == "scattered" else 0.8)
    elif kind == "box":
        inside[tuple(slice(c - c // 2, c + 3) for c in middle)] = True
    elif kind == "ball":
        grid = np.indices(shape)
        far = sum((g - c) ** 2 for g, c in zip(grid, middle, strict=True))
        inside[far <= rng.uniform(1, 3) ** 2] = True
    elif kind in ("line", "plane"):
        place: list[Any] = list(middle)
        for axis in rng.permutation(3)[: 1 if kind == "line" else 2]:
            place[axis] = slice(None)
        inside[tuple(place)] = True
    elif kind == "voxel":
        inside[tuple(middle)] = True
    elif kind == "corner":
        inside[:3, -2:, :4] = True
    else:
        steps = np.arange(min(shape))
        inside[steps, steps, steps] = True
    return inside


def draw_voxels(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: str, values: str
) -> np.ndarray:
    """Draw the intensities of an image (Z, Y, X)."""
    noise = rng.normal(0, 1, shape)
    drawn = {
        "flat": np.full(shape, 37.3),
        "two": 40 + 25 * rng.integers(0, 2, shape),
        "few": 10 * rng.integers(1, 6, shape),
        "noise": 200 + 60 * noise,
        "signed": 90 * noise,
        "wide": 900 + 700 * rng.random(shape),
        "lifted": 30_000 + 40 * noise,
        "small": 3 + 0.4 * noise,
        "slope": 7.0 * np.indices(shape).sum(axis=0) + 5 * noise,
        "half flat": np.where(np.arange(shape[2]) < shape[2] // 2, 50.0, 120 + 30 * noise),
    }[values]
    if dtype == "i2":
        drawn = np.clip(drawn, -32_000, 32_000)
    if dtype == "u2":
        drawn = np.abs(drawn)
    return drawn.astype(dtype)


VALUES = (
    "flat", "two", "few", "noise", "signed", "wide", "lifted", "small", "slope", "half flat",
)  # fmt: skip

SETTING = st.fixed_dictionaries(
    {},
    optional={
        "minimumROIDimensions": st.sampled_from([1, 1, 2, 3]),
        "minimumROISize": st.sampled_from([None, None, 3, 10]),
        "normalize": st.booleans(),
        "normalizeScale": st.sampled_from([1, 100, 33.3]),
        "removeOutliers": st.sampled_from([None, 1, 2.5]),
        "voxelArrayShift": st.sampled_from([0, 300, -40]),
        "distances": st.sampled_from([[1], [2], [1, 2], [3], [2, 1], [1, 3]]),
        "symmetricalGLCM": st.booleans(),
        "weightingNorm": st.sampled_from(
            [None, "manhattan", "euclidean", "infinity", "no_weighting"]
        ),
        "gldm_a": st.integers(0, 2),
        "preCrop": st.booleans(),
        "padDistance": st.integers(0, 6),
    },
)

BINS = st.sampled_from(
    [
        {"binWidth": 25}, {"binWidth": 7.5}, {"binWidth": 3}, {"binWidth": 1},
        {"binWidth": 5000}, {"binCount": 1}, {"binCount": 2}, {"binCount": 13},
        {"binCount": 64}, {},
    ]
)  # fmt: skip

ALWAYS = st.sampled_from([True])

PLANES = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"force2D": ALWAYS, "force2Ddimension": st.integers(0, 2)}),
)

RESAMPLING = st.one_of(
    st.just({}),
    st.just({}),
    st.fixed_dictionaries(
        {
            "resampledPixelSpacing": st.sampled_from(
                [[1, 1, 1], [0.8, 0, 2.1], [1.5, 1.5, 1.5], [0, 0, 0], [2, 2, 3]]
            ),
            "preCrop": ALWAYS,
            "interpolator": st.sampled_from(
                ["sitkBSpline", "sitkLinear", "sitkNearestNeighbor", "sitkGaussian", 2, 4]
            ),
        }
    ),
)

RESEGMENTATION = st.one_of(
    st.just({}),
    st.just({}),
    st.just({}),
    st.fixed_dictionaries(
        {
            "resegmentRange": st.sampled_from([[60, 250], [250, 60], [100], [-1000]]),
            "resegmentShape": st.booleans(),
        }
    ),
    st.fixed_dictionaries(
        {
            "resegmentRange": st.sampled_from([[0.3, 0.9], [0.5], [-3, 1]]),
            "resegmentMode": st.just("relative"),
            "resegmentShape": st.booleans(),
        }
    ),
    st.fixed_dictionaries(
        {
            "resegmentRange": st.sampled_from([[-1, 1], [-0.5], [-3, 3]]),
            "resegmentMode": st.just("sigma"),
            "resegmentShape": st.booleans(),
        }
    ),
)

IMAGE_TYPES = st.one_of(
    st.just({"Original": {}}),
    st.dictionaries(
        st.sampled_from(
            [
                "Original", "LoG", "Wavelet", "Square", "SquareRoot", "Logarithm",
                "Exponential", "Gradient", "LBP3D",
                # The reference gives nothing for it without scikit-image.
                *(["LBP2D"] if importlib.util.find_spec("skimage") else []),
            ]
        ),
        st.just({}),
        min_size=1,
        max_size=2,
    ),
)  # fmt: skip

OWN = {
    "LoG": st.fixed_dictionaries(
        {"sigma": st.sampled_from([[1.0], [0.7, 2], [3.0, 1.5]])},
        optional={"binWidth": st.sampled_from([5, 2])},
    ),
    "Wavelet": st.fixed_dictionaries(
        {},
        optional={
            "wavelet": st.sampled_from(["haar", "db3", "coif1", "sym4", "bior2.2", "rbio1.3"]),
            "level": st.integers(1, 2),
            "start_level": st.integers(0, 1),
        },
    ),
    "Gradient": st.fixed_dictionaries({}, optional={"gradientUseSpacing": st.booleans()}),
    "LBP2D": st.fixed_dictionaries(
        {},
        optional={
            "lbp2DRadius": st.sampled_from([1, 2.0]),
            "lbp2DSamples": st.sampled_from([4, 8, 9]),
            "lbp2DMethod": st.sampled_from(["uniform", "default", "ror"]),
            "binWidth": st.just(1),
        },
    ),
    "LBP3D": st.fixed_dictionaries(
        {},
        optional={
            "lbp3DLevels": st.integers(2, 3),
            "lbp3DIcosphereRadius": st.sampled_from([1, 1.5]),
            "lbp3DIcosphereSubdivision": st.integers(0, 1),
            "binWidth": st.just(0.7),
        },
    ),
}
"""Settings of the image types that have some."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw an image, a label map and settings."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.tuples(*[st.integers(2, 9)] * 3))
    spacing = draw(st.tuples(*[st.sampled_from([0.5, 1.0, 1.3, 3.0])] * 3))
    direction = draw(st.sampled_from([tuple(np.eye(3).ravel()), TURNED, MIRRORED]))
    kinds = draw(IMAGE_TYPES)
    # The kurtosis of LBP3D is that of rounding noise where the image is flat.
    sphere = "LBP3D" in kinds
    dtype = draw(st.sampled_from(DTYPES))
    values = draw(st.sampled_from(("noise", "signed", "wide", "slope") if sphere else VALUES))
    voxels = draw_voxels(rng, shape, dtype, values)
    if dtype[0] == "f" and draw(st.integers(0, 9)) == 9:
        voxels[tuple(int(rng.integers(n)) for n in shape)] = np.nan
    labels = draw_labels(rng, shape)
    if draw(st.integers(0, 9)) == 9:
        labels = labels * 9_000
    settings = {
        "imageType": {kind: draw(OWN[kind]) if kind in OWN else {} for kind in kinds},
        "featureClass": dict.fromkeys(draw(st.permutations(FAMILIES)))
        if draw(st.booleans())
        else dict.fromkeys(FAMILIES),
        "setting": draw(SETTING) | draw(BINS) | draw(PLANES) | draw(RESAMPLING)
        | draw(RESEGMENTATION),
    }  # fmt: skip
    if sphere:
        # Few values at equal steps lie on the edges of bins: the last bit would decide.
        settings["setting"].pop("binCount", None)
    if list(kinds) != ["Original"] and settings["setting"].get("binWidth", 25) < 25:
        # Filters widen the range; the reference's memory grows with the square of the levels.
        settings["setting"]["binWidth"] = 12.5
    present = [int(n) for n in np.unique(labels) if n]
    return Case(
        as_image(voxels, spacing, direction),
        as_image(labels.astype(draw(st.sampled_from(["u1", "u2", "i4"]))
                               if not present or max(present) < 256 else "u2"),
                 spacing, direction),
        (*present, 7) if draw(st.integers(0, 9)) == 9 else tuple(present),
        settings,
    )  # fmt: skip
