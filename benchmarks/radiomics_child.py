"""One measurement in a process of its own: a task as JSON in, what it took as JSON out.

It stands alone, because the peers run it with interpreters of their own; and it is started with
``python -P``, so that the script beside it is not taken for pyradiomics.

Every engine reads two files and measures labels. Said are the CPU seconds from the start of the
interpreter to the start of the measuring (`start`), the CPU and wall seconds of the measuring
(`cpu`, `wall`), the peak of resident memory (`peak_mb`), and how many labels and values came out.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Found = dict[str, Any]
_NYXUS_FAMILIES = [
    *("*3D_ALL_INTENSITY*", "*3D_ALL_MORPHOLOGY*", "*3D_GLCM*", "*3D_GLRLM*"),
    *("*3D_GLSZM*", "*3D_GLDM*", "*3D_NGTDM*"),
]
_NYXUS_LEVELS = 64
_EDGE = 20
"""Voxels along each edge of the part that loads the kernels."""


class Stopwatch:
    """CPU and wall seconds of the measuring, and CPU seconds of all that went before."""

    def __init__(self) -> None:
        self.start = time.process_time()
        self._wall = time.perf_counter()

    def stop(self, labels: int, values: int) -> Found:
        """Return the times, and what was measured."""
        return {
            "start": self.start,
            "cpu": time.process_time() - self.start,
            "wall": time.perf_counter() - self._wall,
            "labels": labels,
            "values": values,
        }


def peak_mb() -> float:
    """Return the peak of resident memory of this program.

    `ru_maxrss` would count what the parent held when it started this process.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(lines["VmHWM"].split()[0]) / 1024


def with_voxomics(task: dict[str, Any]) -> Found:
    """Measure all labels at once; with `load`, kernels are loaded before the watch starts."""
    import SimpleITK as sitk  # noqa: N813, PLC0415 - only the own engine and pyradiomics have it

    import voxomics  # noqa: PLC0415

    image, mask = sitk.ReadImage(task["image"]), sitk.ReadImage(task["mask"])
    if task["load"]:
        part = [slice(0, _EDGE)] * 3
        voxomics.extract(image[part], mask[part] * 0 + 1, task["settings"])
    watch = Stopwatch()
    table = voxomics.extract(image, mask, task["settings"], threads=task["threads"])
    return watch.stop(*table.shape)


def with_pyradiomics(task: dict[str, Any]) -> Found:
    """Measure one label after the other."""
    import SimpleITK as sitk  # noqa: N813, PLC0415
    from radiomics import featureextractor, logger  # noqa: PLC0415

    logger.setLevel(60)
    image, mask = sitk.ReadImage(task["image"]), sitk.ReadImage(task["mask"])
    extractor = featureextractor.RadiomicsFeatureExtractor(task["settings"], additionalInfo=False)
    watch = Stopwatch()
    rows = [extractor.execute(image, mask, label=n) for n in range(1, task["labels"] + 1)]
    return watch.stop(len(rows), len(rows[0]))


def with_nyxus(task: dict[str, Any]) -> Found:
    """Measure all labels; with `levels`, each texture class is told its number of grey levels.

    ``coarse_gray_depth`` is the documented setting, which nyxus 0.11 does not heed in 3D.
    """
    import nyxus  # type: ignore[import-not-found] # noqa: PLC0415

    watch = Stopwatch()
    engine = nyxus.Nyxus3D(
        _NYXUS_FAMILIES, n_feature_calc_threads=task["threads"], coarse_gray_depth=_NYXUS_LEVELS
    )
    if task["levels"]:
        for kind in ("3glcm", "3glrlm", "3glszm", "3gldm", "3ngtdm"):
            engine.set_metaparam(f"{kind}/greydepth={_NYXUS_LEVELS}")
    table = engine.featurize_files([task["image"]], [task["mask"]], single_roi=False)
    return watch.stop(len(table), sum(str(name).startswith("3") for name in table.columns))


def with_mirp(task: dict[str, Any]) -> Found:
    """Measure one label after the other, in memory, with the base image's seven families."""
    import itk  # type: ignore[import-not-found] # noqa: PLC0415
    import numpy as np  # noqa: PLC0415
    from mirp import extract_features  # type: ignore[import-not-found] # noqa: PLC0415

    image = itk.array_from_image(itk.imread(task["image"]))
    labels = itk.array_from_image(itk.imread(task["mask"]))
    watch = Stopwatch()
    for number in range(1, task["labels"] + 1):
        (table,) = extract_features(
            image=image,
            mask=(labels == number).astype(np.uint8),
            base_feature_families=["mrp", "st", "cm", "rlm", "szm", "ldm", "tdm"],
            base_discretisation_method="fixed_bin_size_pyradiomics",
            ibsi_compliant=False,  # or else it refuses pyradiomics' bins
            base_discretisation_bin_width=float(task["settings"]["setting"]["binWidth"]),
        )
    values = [str(name) for name in table.columns if not str(name).startswith(("image", "sample"))]
    return watch.stop(task["labels"], len(values))


def start_apart(_: dict[str, Any]) -> Found:
    """Return the CPU seconds of each step of a start of voxomics, by name."""
    marks = {"interpreter": time.process_time()}
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: F401, PLC0415
    import SimpleITK as sitk  # noqa: N813, PLC0415

    marks["libraries"] = time.process_time()
    import voxomics  # noqa: PLC0415

    marks["import"] = time.process_time()
    marks["numba_at_import"] = float("numba" in sys.modules)
    noise = np.random.default_rng(6).normal(500, 60, (_EDGE, _EDGE, _EDGE)).astype(np.float32)
    image = sitk.GetImageFromArray(noise)
    mask = sitk.GetImageFromArray(np.ones(noise.shape, dtype=np.int16))
    wanted = {"imageType": {"Original": {}, "LoG": {"sigma": [1.0]}, "Wavelet": {}}}
    voxomics.extract(image, mask, wanted)
    marks["first"] = time.process_time()
    voxomics.extract(image, mask, wanted)
    again = time.process_time() - marks["first"]
    marks["numba_at_all"] = float("numba" in sys.modules)
    return marks | {"load": marks["first"] - marks["import"] - again}


def start_numba(_: dict[str, Any]) -> Found:
    """Return the CPU seconds that numba's import takes on top of the libraries of any user."""
    import numpy as np  # noqa: F401, PLC0415
    import pandas as pd  # noqa: F401, PLC0415
    import SimpleITK as sitk  # noqa: F401, N813, PLC0415

    before = time.process_time()
    import numba  # noqa: F401, PLC0415

    return {"numba": time.process_time() - before}


ENGINES: dict[str, Callable[[dict[str, Any]], Found]] = {
    "voxomics": with_voxomics,
    "pyradiomics": with_pyradiomics,
    "nyxus": with_nyxus,
    "mirp": with_mirp,
    "start": start_apart,
    "numba": start_numba,
}


def main() -> None:
    """Do the task; what it took is the last line printed."""
    task = json.loads(sys.argv[1])
    found = ENGINES[task["engine"]](task)
    print(json.dumps(found | {"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
