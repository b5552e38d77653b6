"""The work of the radiomics benchmark: images and label maps, the same on every call.

- A: the whole brain of MNI152 at 1 mm (197 x 233 x 189) as one label, 1.9 million voxels.
- B: that brain cut in 100 labels of equal size.
- C: 30 lesions of 20 to 490 voxels in it.
- memory: a body of 40 million voxels cut in 100 labels, in 512 x 512 x 400 voxels of int16.
- tiny: 3 labels in 24 x 26 x 28 voxels, to try the benchmark itself; not a measurement.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

Pair = tuple[NDArray[Any], NDArray[np.int16]]

LABELS = {"A": 1, "B": 100, "C": 30, "memory": 100, "tiny": 3}

ELEVEN: dict[str, Any] = {
    "Original": {},
    "LoG": {"sigma": [1.0, 3.0]},
    "Wavelet": {"wavelet": "coif1"},
}
IMAGES: dict[str, dict[str, Any]] = {
    "original": {"Original": {}},
    "11 images": ELEVEN,
    "every image type": ELEVEN
    | {
        name: {}
        for name in (
            *("Square", "SquareRoot", "Logarithm", "Exponential"),
            *("Gradient", "LBP2D", "LBP3D"),
        )
    },
}
"""What is measured, as pyradiomics names image types."""

_MEMORY_SHAPE = (400, 512, 512)
_TINY_SHAPE = (24, 26, 28)


def settings_of(images: str) -> dict[str, Any]:
    """Return the parameter mapping for one of `IMAGES`."""
    return {"imageType": IMAGES[images], "setting": {"binWidth": 25}}


def make_case(case: str) -> tuple[sitk.Image, sitk.Image]:
    """Return image and label map of a case, the same on every call."""
    voxels, labels = _MAKERS[case]()
    return sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(labels)


def write_case(case: str, folder: Path) -> None:
    """Write image and label map as NIfTI files, which every engine reads."""
    for kind, image in zip(("image", "mask"), make_case(case), strict=True):
        sitk.WriteImage(image, str(folder / f"{case}_{kind}.nii"))


def _brain() -> tuple[NDArray[np.float32], NDArray[np.bool_], np.random.Generator]:
    """Return the template scaled to 0..1000 with noise, and where the brain is."""
    from nilearn import datasets  # noqa: PLC0415 - takes longer than the own engine's start

    template = datasets.load_mni152_template(resolution=1).get_fdata().T
    brain = datasets.load_mni152_brain_mask(resolution=1).get_fdata().T > 0
    rng = np.random.default_rng(3)
    voxels = template / template.max() * 1000 + rng.normal(0, 20, template.shape)
    return voxels.astype(np.float32), brain, rng


def _whole() -> Pair:
    voxels, brain, _ = _brain()
    return voxels, brain.astype(np.int16)


def _parcels() -> Pair:
    voxels, brain, _ = _brain()
    labels = np.zeros(brain.shape, dtype=np.int16)
    for number, part in enumerate(cut_evenly(np.argwhere(brain), LABELS["B"]), start=1):
        labels[tuple(part.T)] = number
    return voxels, labels


def _lesions() -> Pair:
    voxels, brain, rng = _brain()
    labels = np.zeros(brain.shape, dtype=np.int16)
    scatter_lesions(labels, brain, rng)
    return voxels, labels


def cut_evenly(places: NDArray[np.int64], parts: int) -> list[NDArray[np.int64]]:
    """Cut voxels in parts of equal size, across the longest edge of what is left."""
    if parts == 1:
        return [places]
    axis = int(np.argmax(np.ptp(places, axis=0)))
    ordered = places[np.argsort(places[:, axis], kind="stable")]
    first = parts // 2
    middle = len(places) * first // parts
    return cut_evenly(ordered[:middle], first) + cut_evenly(ordered[middle:], parts - first)


def scatter_lesions(
    labels: NDArray[np.int16], brain: NDArray[np.bool_], rng: np.random.Generator
) -> None:
    """Draw 30 balls of 1.7 to 4.9 voxels radius into the brain, apart from each other."""
    places = np.argwhere(brain)
    number = 1
    while number <= LABELS["C"]:
        middle = places[rng.integers(len(places))]
        radius = 1.7 + 3.2 * (number - 1) / 29
        reach = np.arange(-5, 6)
        z, y, x = np.meshgrid(reach, reach, reach, indexing="ij")
        ball = np.argwhere(z * z + y * y + x * x <= radius * radius) - 5 + middle
        at = tuple(ball.T)
        if (ball.min() < 0) or (ball >= labels.shape).any():
            continue
        if brain[at].all() and not labels[at].any():
            labels[at] = number
            number += 1


def _body() -> Pair:
    """Return a body of oval section, cut in 4 x 5 x 5 labels, one slice made at a time."""
    depth, height, width = _MEMORY_SHAPE
    rng = np.random.default_rng(4)
    y = (np.arange(height)[:, None] + 0.5) / height * 2 - 1
    x = (np.arange(width)[None, :] + 0.5) / width * 2 - 1
    inside = (x / 0.84) ** 2 + (y / 0.6) ** 2 < 1
    across = np.clip((x + 0.84) / 1.68 * 5, 0, 4).astype(np.int16)
    down = np.clip((y + 0.6) / 1.2 * 5, 0, 4).astype(np.int16)
    voxels = np.empty(_MEMORY_SHAPE, dtype=np.int16)
    labels = np.zeros(_MEMORY_SHAPE, dtype=np.int16)
    for z in range(depth):
        wave = 500 + 200 * np.sin(9 * x + z / 40) * np.cos(7 * y - z / 60)
        voxels[z] = inside * wave + rng.normal(0, 20, (height, width))
        if 10 <= z < depth - 10:
            third = (z - 10) * 4 // (depth - 20)
            labels[z] = np.where(inside, 1 + third * 25 + down * 5 + across, 0)
    return voxels, labels


def _few() -> Pair:
    """Return three blocks in noise."""
    voxels = np.random.default_rng(5).normal(500, 60, _TINY_SHAPE).astype(np.float32)
    labels = np.zeros(_TINY_SHAPE, dtype=np.int16)
    labels[2:9, 3:12, 4:13] = 1
    labels[9:20, 3:12, 4:20] = 2
    labels[12:15, 14:19, 15:19] = 3
    return voxels, labels


_MAKERS: dict[str, Callable[[], Pair]] = {
    "A": _whole,
    "B": _parcels,
    "C": _lesions,
    "memory": _body,
    "tiny": _few,
}
