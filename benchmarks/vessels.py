"""Errors of the measures of vessels on tubes of known length and lumen, as tables.

python benchmarks/vessels.py [--directions 12]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy import ndimage
from vessel_tubes import SPACINGS, Tube, even, helix, narrowed, straight, tube

from voxomics.centrelines import trace_centrelines
from voxomics.vessels import measure_vessel

CASES = {
    "straight, radius 1.5": (straight(20), even(1.5)),
    "straight, radius 0.7": (straight(15), even(0.7)),
    "short, radius 1, length 5": (straight(5), even(1.0)),
    "helix of radius 4, radius 1.5": (helix(4, 17, 1.2), even(1.5)),
    "tapering from 2 to 0.8": (straight(25), lambda t: 2 - 1.2 * t),
    "stenosis from 1.6 to 0.8": (straight(25), narrowed(1.6, 0.8, 25)),
}
"""Curve and radius along it, in mm."""

HEAD = "| tube | voxels, mm | length | radius | smallest lumen | tortuosity | nearest wall |"


def errors(made: Tube, radii: np.ndarray) -> list[float]:
    """Give the errors of one tube in percent, in the order of the table."""
    found = measure_vessel(made.mask, made.spacing_mm)
    margin = radii.mean() / made.length_mm
    t = np.linspace(0, 1, len(radii))
    between = radii[(t > margin) & (t < 1 - margin)]
    (line,) = trace_centrelines(made.mask, made.spacing_mm)
    wall = ndimage.distance_transform_edt(np.pad(made.mask, 1), sampling=made.spacing_mm)
    nearest = ndimage.map_coordinates(wall, (line.points / made.spacing_mm + 1).T, order=1)
    cut = int(margin * len(nearest))
    ratios = (
        found.length_mm / made.length_mm,
        found.radius_mm / radii.mean(),
        found.smallest_lumen_mm / (2 * between.min()),
        found.tortuosity / (made.length_mm / made.chord_mm),
        nearest[cut : len(nearest) - cut].mean() / between.mean(),
    )
    return [100 * (ratio - 1) for ratio in ratios]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directions", type=int, default=12)
    directions = parser.parse_args().directions
    start = time.process_time()
    print(HEAD)
    print("|---|---|---|---|---|---|---|")
    for name, (curve, radius) in CASES.items():
        radii = radius(np.linspace(0, 1, 2001))
        for spacing in SPACINGS.values():
            made = [tube(curve, radius, spacing, seed) for seed in range(1, directions + 1)]
            found = np.array([errors(one, radii) for one in made])
            cells = [
                f"{m:+.1f} ± {s:.1f}" for m, s in zip(found.mean(0), found.std(0), strict=True)
            ]
            print(f"| {name} | {' x '.join(map(str, spacing))} | {' | '.join(cells)} |")
    print(f"\nCPU seconds: {time.process_time() - start:.0f}")


if __name__ == "__main__":
    main()
