"""voxomics against pyradiomics on one brain, cut three ways: `python benchmarks/radiomics.py`.

Work: the MNI152 T1 template at 1 mm (197 x 233 x 189 voxels), scaled to 0..1000, plus noise.

- A: the whole brain as one label, 1.9 million voxels.
- B: the brain cut in 100 labels of equal size.
- C: 30 lesions of 20 to 490 voxels.

Each run is a process of its own; runs of the engines take turns, so that a busy machine slows
all of them. What is compared is CPU time of the measuring alone, images in memory; ratios, not
seconds, carry over to other machines. pyradiomics takes each label on its own, so of B and C it
is given some labels, and its time is multiplied: `--whole` gives it all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

_FOLDER = "VOXOMICS_BENCHMARK"

CASES = ("A", "B", "C")
SOME = {"A": 1, "B": 4, "C": 3}
"""Labels that pyradiomics is given."""

IMAGES = {
    "original": {"Original": {}},
    "11 images": {"Original": {}, "LoG": {"sigma": [1.0, 3.0]}, "Wavelet": {"wavelet": "coif1"}},
}


def make_case(case: str) -> tuple[sitk.Image, sitk.Image]:
    """Return image and label map of a case, the same on every call."""
    from nilearn import datasets  # noqa: PLC0415 - takes longer than the own engine's start

    template = datasets.load_mni152_template(resolution=1).get_fdata().T
    brain = datasets.load_mni152_brain_mask(resolution=1).get_fdata().T > 0
    rng = np.random.default_rng(3)
    voxels = template / template.max() * 1000 + rng.normal(0, 20, template.shape)
    labels = np.zeros(brain.shape, dtype=np.int16)
    if case == "A":
        labels[brain] = 1
    elif case == "B":
        places = np.argwhere(brain)
        for number, part in enumerate(cut_evenly(places, 100), start=1):
            labels[tuple(part.T)] = number
    else:
        scatter_lesions(labels, brain, rng)
    return sitk.GetImageFromArray(voxels.astype(np.float32)), sitk.GetImageFromArray(labels)


def cut_evenly(places: np.ndarray, parts: int) -> list[np.ndarray]:
    """Cut voxels in parts of equal size, across the longest edge of what is left."""
    if parts == 1:
        return [places]
    axis = int(np.argmax(np.ptp(places, axis=0)))
    ordered = places[np.argsort(places[:, axis], kind="stable")]
    first = parts // 2
    middle = len(places) * first // parts
    return cut_evenly(ordered[:middle], first) + cut_evenly(ordered[middle:], parts - first)


def scatter_lesions(labels: np.ndarray, brain: np.ndarray, rng: np.random.Generator) -> None:
    """Draw 30 balls of 1.7 to 4.9 voxels radius into the brain, apart from each other."""
    places = np.argwhere(brain)
    number = 1
    while number <= 30:
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


def write_cases(folder: Path) -> None:
    """Write image and label map of every case."""
    for case in CASES:
        image, mask = make_case(case)
        sitk.WriteImage(image, str(folder / f"{case}_image.mha"))
        sitk.WriteImage(mask, str(folder / f"{case}_mask.mha"))


def measure(  # noqa: PLR0917 - as they come on the command line
    folder: str, engine: str, case: str, images: str, labels: int, threads: int
) -> dict[str, float]:
    """Measure in this process; CPU seconds of a start and of the work, and the memory's peak."""
    image, mask = (sitk.ReadImage(f"{folder}/{case}_{kind}.mha") for kind in ("image", "mask"))
    settings: dict[str, Any] = {"imageType": IMAGES[images], "setting": {"binWidth": 25}}
    before, start = time.process_time(), time.perf_counter()
    if engine == "pyradiomics":
        from radiomics import featureextractor, logger  # noqa: PLC0415 - its time counts

        logger.setLevel(60)
        extractor = featureextractor.RadiomicsFeatureExtractor(settings, additionalInfo=False)
        started = time.process_time()
        for label in range(1, labels + 1):
            extractor.execute(image, mask, label=label)
    else:
        import voxomics  # noqa: PLC0415 - its time counts

        # Loads every kernel that the case needs.
        part = [slice(0, 20)] * 3
        small = sitk.GetImageFromArray(np.ones((20, 20, 20), dtype=np.uint8))
        voxomics.extract(image[part], small, settings)
        started = time.process_time()
        voxomics.extract(image, mask, settings, threads=threads)
    return {
        "start": started - before,
        "cpu": time.process_time() - started,
        "wall": time.perf_counter() - start,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run(engine: str, case: str, images: str, labels: int, threads: int = 1) -> dict[str, float]:
    """Measure in a process of its own."""
    given = [os.environ[_FOLDER], engine, case, images, str(labels), str(threads)]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--one", *given],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def median(runs: list[dict[str, float]], key: str) -> float:
    """Return the median of one quantity over runs."""
    return statistics.median(one[key] for one in runs)


def compare(case: str, images: str, runs: int, *, whole: bool) -> list[str]:
    """Measure one row of the table."""
    full = {"A": 1, "B": 100, "C": 30}[case]
    given = full if whole else SOME[case]
    own, two, reference = [], [], []
    for _ in range(runs):
        own.append(run("voxomics", case, images, full))
        two.append(run("voxomics", case, images, full, 2))
        reference.append(run("pyradiomics", case, images, given))
    spent = median(reference, "cpu") * full / given
    mine = median(own, "cpu")
    return [
        case,
        images,
        f"{spent:.1f}",
        f"{mine:.2f}",
        f"**{spent / mine:.0f}**",
        f"{median(own, 'wall') / median(two, 'wall'):.2f}",
        f"{median(reference, 'peak_mb'):.0f}",
        f"{median(own, 'peak_mb'):.0f}",
        f"{median(own, 'start'):.2f}",
    ]


def main() -> None:
    """Print the table, or be one of its runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=6, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="give pyradiomics every label")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--images", nargs="+", choices=IMAGES, default=[*IMAGES])
    asked = parser.parse_args()
    if asked.one:
        *given, labels, threads = asked.one
        print(json.dumps(measure(*given, int(labels), int(threads))))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ[_FOLDER] = folder
        write_cases(Path(folder))
        print_table(asked)


def print_table(asked: argparse.Namespace) -> None:
    """Measure all rows, and print each when it is there."""
    print(
        "| case | images | pyradiomics, CPU s | voxomics, CPU s | ratio | 2 threads "
        "| pyradiomics, MB | voxomics, MB | start, CPU s |\n|---|---|---|---|---|---|---|---|---|"
    )
    for case in asked.cases:
        for images in asked.images:
            row = compare(case, images, asked.runs, whole=asked.whole)
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
