"""Compile every kernel once, so that ranks that start together only load them."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

_SHAPES = {"shape": None, "firstorder": None, "shape2D": None}
_TEXTURES = dict.fromkeys(("glcm", "glrlm", "glszm", "gldm", "ngtdm"))

_SETTINGS: dict[str, dict[str, Any]] = {
    "texture": {"featureClass": _TEXTURES},
    "filters": {
        "imageType": {"LoG": {"sigma": [2.0]}, "Wavelet": {}, "LBP2D": {}},
        "featureClass": {"shape": None, "firstorder": None},
    },
    "texture in planes": {"featureClass": _SHAPES | _TEXTURES, "setting": {"force2D": True}},
    "other distances": {
        "featureClass": _TEXTURES,
        "setting": {"distances": [1, 2], "gldm_a": 1, "weightingNorm": "euclidean"},
    },
    "asymmetric": {
        "featureClass": _TEXTURES,
        "setting": {"symmetricalGLCM": False, "binCount": 8},
    },
    "no weighting": {"featureClass": _TEXTURES, "setting": {"weightingNorm": "no_weighting"}},
    # So many levels that pairs are sorted.
    "many levels": {"featureClass": {"glcm": None}, "setting": {"binWidth": 0.01}},
}

_MOST_PROCESSES = 4
"""More do not help: the longest chain of kernels that call each other is one process's."""


def warm(name: str) -> str:
    """Measure a small phantom in each number type with settings that reach kernels.

    Parameters
    ----------
    name
        One of `parts()`.
    """
    import SimpleITK as sitk  # noqa: N813, PLC0415 - the parent needs none of these

    from voxomics.extraction import extract  # noqa: PLC0415
    from voxomics.selftest.cases import golden_phantom  # noqa: PLC0415

    # Who asked for it need not be told that it takes a while.
    logging.getLogger("voxomics.kept").setLevel(logging.ERROR)
    image, mask = golden_phantom()
    for kind in (sitk.sitkFloat32, sitk.sitkInt16):
        extract(sitk.Cast(image, kind), mask, _SETTINGS[name])
    return name


def parts() -> list[str]:
    """Return the names of what can be compiled apart."""
    return [*_SETTINGS]


def warm_all(processes: int | None = None) -> Iterator[str]:
    """Compile all kernels in several processes, and give the name of each part when it is done.

    Parameters
    ----------
    processes
        None takes as many as there are processors, up to four. No kernel is compiled twice:
        see `turns`.
    """
    count = processes or min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)
    if count == 1:
        yield from map(warm, parts())
        return
    # Started afresh, not forked: a fork of a process with threads may hang.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=fresh) as pool:
        for done in as_completed([pool.submit(warm, name) for name in parts()]):
            yield done.result()
