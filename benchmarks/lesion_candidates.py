"""Lesion candidates against known lesions: `python benchmarks/lesion_candidates.py [DATA]`.

Prints a Markdown table: sensitivity per lesion, and false positives per scan, at the study's
default settings and at two other thresholds. The synthetic cohort has its true white matter. The
real patient (open_ms_data below DATA, the folder of shared data) has that of drepano's own
preparation of T1w, which knows nothing of lesions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drepano.imaging.volumes import read_scan
from drepano.settings.measures.choice import RegionChoice
from drepano.settings.measures.lesion_candidates import LesionCandidates
from drepano.settings.preparation import Template
from drepano.synthetic.anatomy import LABELS, grid_of
from drepano.synthetic.contrast import FLAIR, scan
from drepano.synthetic.roster import Stream, draw_people, generator
from drepano.synthetic.sessions import draw_sessions
from drepano.synthetic.template import load_template
from voxomics.lesion_candidates import CandidateRules, find_candidates
from voxomics.lesions import label_lesions, measure_lesions, reaches

Mask = NDArray[np.bool_]

PEOPLE, SEED, VOXEL_MM = 12, 1, 2.0
LONG_MM = 3.0
THRESHOLDS = (4.0, 5.0, 6.0)
COLUMNS = (
    "data",
    "seed threshold",
    "scans",
    "lesions",
    "found",
    "lesions >= 3 mm",
    "found",
    "candidates",
    "false positives per scan",
    "volume found / true (mL)",
    "CPU s per scan",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A FLAIR with white matter, ventricles and the lesions that are there."""

    flair: NDArray[np.generic]
    white: Mask
    ventricles: Mask
    truth: Mask
    affine: NDArray[np.float64]


def synthetic(bias: float) -> Iterator[Case]:
    """Give the first session of each person, with shading of a strength."""
    template, grid = load_template(), grid_of(VOXEL_MM)
    contrast = replace(FLAIR, bias=bias)
    for person in draw_people(PEOPLE, SEED):
        session = draw_sessions(person, template, grid, SEED)[0]
        truth, anatomy = session.lesions.mask, session.anatomy
        rng = generator(SEED, Stream.SCAN, person.index, 0, 1)
        flair = scan(anatomy, truth, contrast, rng)
        ventricles = anatomy.labels == LABELS["ventricles"]
        yield Case(flair, anatomy.white_matter, ventricles, truth, grid.affine)


def patient(folder: Path) -> Iterator[Case]:
    """Give the patient of open_ms_data; tissues out of T1w as drepano prepares them."""
    from drepano.imaging.preparation.template import load_template as load_maps  # noqa: PLC0415
    from drepano.imaging.preparation.template_registration import (  # noqa: PLC0415
        register_to_template,
    )
    from drepano.imaging.preparation.tissues import SIDES, segment  # noqa: PLC0415

    flair, t1w, mask = (
        read_scan(folder / f"{name}.nii.gz") for name in ("FLAIR", "T1w", "lesion_mask")
    )
    template = load_maps(Template())
    warp = register_to_template(t1w, template, Template())
    # The scans are cut to the brain already: what is exactly 0 is outside.
    sides = segment(t1w, t1w.voxels != 0, warp, template).sides
    white = np.isin(sides, [SIDES["white matter left"], SIDES["white matter right"]])
    ventricles = sides == SIDES["ventricles"]
    yield Case(flair.voxels, white, ventricles, mask.voxels > 0.5, flair.affine)


def row(name: str, cases: list[Case], rules: CandidateRules) -> list[str]:
    """Find candidates in all cases and compare."""
    lesions = hits = long = long_hits = candidates = false = 0
    found_ml = true_ml = 0.0
    begun = time.process_time()
    masks = [
        find_candidates(
            c.flair, c.white, c.ventricles, np.linalg.norm(c.affine[:3, :3], axis=0), rules
        ).mask
        for c in cases
    ]
    seconds = time.process_time() - begun
    for case, mask in zip(cases, masks, strict=True):
        labels, count = label_lesions(case.truth)
        reached = {int(n) for n in np.unique(labels[mask & case.truth])}
        measured = measure_lesions(labels, count, case.affine)
        large = {n for n, x in enumerate(measured, 1) if reaches(x.diameter_mm, LONG_MM)}
        marked, number = label_lesions(mask)
        true = np.unique(marked[mask & case.truth]).size
        voxel_ml = abs(float(np.linalg.det(case.affine))) / 1000
        lesions, hits = lesions + count, hits + len(reached)
        long, long_hits = long + len(large), long_hits + len(reached & large)
        candidates, false = candidates + number, false + number - true
        found_ml, true_ml = found_ml + mask.sum() * voxel_ml, true_ml + case.truth.sum() * voxel_ml
    return [
        name,
        f"{rules.seed_deviations:g}",
        str(len(cases)),
        str(lesions),
        f"{hits} ({100 * hits / lesions:.0f} %)",
        str(long),
        f"{long_hits} ({100 * long_hits / long:.0f} %)",
        str(candidates),
        f"{false / len(cases):.2f}",
        f"{found_ml:.2f} / {true_ml:.2f}",
        f"{seconds / len(cases):.2f}",
    ]


def main() -> None:
    """Measure and print."""
    choice = RegionChoice(region_set="tissue", regions=("white_matter",))
    study = LesionCandidates(white_matter=choice)
    rules = CandidateRules(**{f.name: getattr(study, f.name) for f in fields(CandidateRules)})
    sets = {
        f"synthetic, {VOXEL_MM:g} mm, no shading": [*synthetic(0.0)],
        f"synthetic, {VOXEL_MM:g} mm, shading left in": [*synthetic(FLAIR.bias)],
    }
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1]) / "images" / "open_ms_data" / "patient26"
        sets["open_ms_data patient26, 1 mm"] = [*patient(folder)]
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for name, cases in sets.items():
        for threshold in THRESHOLDS:
            cells = row(name, cases, replace(rules, seed_deviations=threshold))
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
