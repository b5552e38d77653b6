"""Accuracy and cost of preparation where the truth is known, as tables.

python benchmarks/preparation.py [--voxel-mm 1] [--subjects 3] [--data FOLDER]

FOLDER holds `images/nii2mesh_t1_pve` and `images/niivue_t1_dseg`; without it only synthetic
heads are measured. CPU seconds are of one thread.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from drepano.imaging.preparation.bias_field import correct_bias
from drepano.imaging.preparation.brain import find_brain
from drepano.imaging.preparation.coregistration import coregister, resample
from drepano.imaging.preparation.orientation import canonical
from drepano.imaging.preparation.template import load_template
from drepano.imaging.preparation.template_registration import register_to_template
from drepano.imaging.preparation.tissues import Segmented, segment
from drepano.imaging.volumes import Volume, read_volume
from drepano.settings.preparation import BiasField, Coregistration, Template
from drepano.synthetic.anatomy import LABELS, grid_of
from drepano.synthetic.contrast import FLAIR, T1W, scan
from drepano.synthetic.roster import draw_people
from drepano.synthetic.sessions import Session, draw_sessions
from drepano.synthetic.template import load_template as load_synthetic

SEED = 5
MOVES = (
    ((0, 0, 0), (0, 0, 0)),
    ((3, -2, 4), (5, -6, 3)),
    ((15, 0, 0), (0, 20, 0)),
    ((-15, 10, 5), (-20, 5, 10)),
    ((5, 15, -8), (12, -12, 12)),
    ((0, 0, 15), (0, 0, -20)),
)
"""Degrees about, and mm along, X, Y, Z."""
WHITE = (2, 7, 16, 41, 46, 77, 85, 251, 252, 253, 254, 255)
NEITHER = (0, 4, 5, 14, 15, 24, 31, 43, 44, 63)
VENTRICLES = (4, 5, 14, 31, 43, 44, 63)
"""Labels of FreeSurfer's aseg; what is in none of them is grey matter."""


class Cost:
    """CPU seconds by step."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Count what is done inside as `step`."""
        before = time.process_time()
        yield
        self.steps[step] = self.steps.get(step, 0.0) + time.process_time() - before


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Return the overlap of two masks."""
    return float(2 * (a & b).sum() / max(a.sum() + b.sum(), 1))


def head(index: int, voxel_mm: float) -> tuple[Session, Volume, Volume]:
    """Draw a head with its T1w and FLAIR."""
    person = draw_people(index + 1, SEED)[index]
    session = draw_sessions(person, load_synthetic(), grid_of(voxel_mm), SEED)[0]
    rng = np.random.default_rng(SEED + index)
    t1w, flair = (
        Volume(scan(session.anatomy, session.lesions.mask, c, rng), session.anatomy.grid.affine)
        for c in (T1W, FLAIR)
    )
    return session, t1w, flair


def prepared(t1w: Volume, cost: Cost, bias: BiasField | None) -> tuple[np.ndarray, Segmented]:
    """Prepare a T1w; give brain and tissues."""
    template = load_template(Template())
    if bias:
        with cost.of("bias field"):
            t1w = correct_bias(t1w, None, bias)
    with cost.of("template"):
        warp = register_to_template(t1w, template, Template())
    with cost.of("brain"):
        brain = find_brain(t1w, warp, template)
    with cost.of("tissues"):
        return brain, segment(t1w, brain, warp, template)


def synthetic(subjects: int, voxel_mm: float, bias: BiasField) -> None:
    """Print Dice and cost on raw synthetic heads."""
    print("| head | brain | grey | white | grey left | white left | ventricles | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    load_template(Template())
    for index in range(subjects):
        session, t1w, flair = head(index, voxel_mm)
        labels, cost = session.anatomy.labels, Cost()
        brain, found = prepared(t1w, cost, bias)
        with cost.of("FLAIR"):
            moving = correct_bias(flair, None, bias)
            there = coregister(moving, t1w, Coregistration())
            resample(moving, t1w, there.transform, labels=False)
        of = {name: labels == number for name, number in LABELS.items()}
        scores = (
            dice(brain, session.anatomy.brain_depth_mm > 0),
            dice(found.tissues == 1, of["grey matter left"] | of["grey matter right"]),
            dice(found.tissues == 2, of["white matter left"] | of["white matter right"]),
            dice(found.sides == 1, of["grey matter left"]),
            dice(found.sides == 3, of["white matter left"]),
            dice(found.sides == 5, of["ventricles"]),
        )
        steps = ", ".join(f"{step} {s:.0f}" for step, s in cost.steps.items())
        row = " | ".join(f"{score:.3f}" for score in scores)
        print(f"| {index} | {row} | {sum(cost.steps.values()):.0f} ({steps}) |", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nPeak memory of the process: {peak:.1f} GiB.\n")


def real(data: Path) -> None:
    """Print Dice against segmentations of other programs."""
    print("| image | against | grey | white | ventricles |")
    print("|---|---|---|---|---|")
    folder = data / "images" / "nii2mesh_t1_pve"
    t1w, grey, white = (
        canonical(read_volume(folder / f"{n}.nii.gz")) for n in ("bet", "pve_1", "pve_2")
    )
    rest = (1 - grey.voxels - white.voxels) * (t1w.voxels > 0)
    _, found = prepared(t1w, Cost(), BiasField())
    a = dice(found.tissues == 1, (grey.voxels > white.voxels) & (grey.voxels > rest))
    b = dice(found.tissues == 2, (white.voxels > grey.voxels) & (white.voxels > rest))
    print(f"| nii2mesh_t1_pve | FAST | {a:.3f} | {b:.3f} | |", flush=True)
    folder = data / "images" / "niivue_t1_dseg"
    t1w = canonical(read_volume(folder / "norm.mgz"))
    labels = canonical(read_volume(folder / "aparc.a2009s+aseg.mgz")).voxels
    _, found = prepared(t1w, Cost(), None)
    a = dice(found.tissues == 1, ~np.isin(labels, (*WHITE, *NEITHER)))
    b = dice(found.tissues == 2, np.isin(labels, WHITE))
    c = dice(found.sides == 5, np.isin(labels, VENTRICLES))
    print(f"| niivue_t1_dseg | FreeSurfer | {a:.3f} | {b:.3f} | {c:.3f} |\n")


def moves(voxel_mm: float) -> None:
    """Print the error of coregistration inside the brain for known moves."""
    session, t1w, flair = head(0, voxel_mm)
    inside = np.argwhere(session.anatomy.brain_depth_mm > 0)[::997]
    points = (inside @ t1w.affine[:3, :3].T + t1w.affine[:3, 3]) * [-1, -1, 1]
    print("| moved | degrees | mm | largest error, mm | overlap | information, nats | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for name, moving in (("T1w", t1w), ("FLAIR", flair)):
        for turns, shift in MOVES:
            truth = sitk.Euler3DTransform(
                (0, 0, 0), *np.deg2rad(turns).tolist(), [float(s) for s in shift]
            )
            away = resample(moving, moving, truth.GetInverse(), labels=False)
            start = time.process_time()
            found = coregister(away, t1w, Coregistration())
            cost = time.process_time() - start
            error = max(
                np.linalg.norm(
                    np.subtract(found.transform.TransformPoint(p), truth.TransformPoint(p))
                )
                for p in points.tolist()
            )
            print(
                f"| {name} | {turns} | {shift} | {error:.2f} | {found.overlap:.2f} "
                f"| {found.information:.2f} | {cost:.0f} |",
                flush=True,
            )
    print()


def fields(voxel_mm: float, bias: BiasField) -> None:
    """Print the coefficient of variation in pure white matter under a known field."""
    session, t1w, _ = head(0, voxel_mm)
    pure = session.anatomy.white > 0.98
    x, y, z = (np.linspace(-1, 1, n) for n in t1w.voxels.shape)
    field = np.exp(
        0.25 * x[:, None, None] + 0.2 * y[:, None] ** 2 - 0.15 * z * x[:, None, None]
    ) * np.exp(0.1 * np.cos(2 * z))
    clean = correct_bias(t1w, None, bias)
    shaded = Volume((clean.voxels * field).astype(np.float32), clean.affine)
    start = time.process_time()
    corrected = correct_bias(shaded, None, bias)
    cost = time.process_time() - start
    print("| without field | with field | corrected | CPU s |")
    print("|---|---|---|---|")
    spread = [v.voxels[pure].std() / v.voxels[pure].mean() for v in (clean, shaded, corrected)]
    print(f"| {' | '.join(f'{s:.4f}' for s in spread)} | {cost:.0f} |\n")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voxel-mm", type=float, default=1.0)
    parser.add_argument("--subjects", type=int, default=3)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    # The grid of the field stays at about 4 mm whatever the heads are drawn at.
    bias = BiasField(shrink=max(1, round(4 / asked.voxel_mm)))
    print(f"## Raw synthetic heads, {asked.voxel_mm:g} mm\n")
    synthetic(asked.subjects, asked.voxel_mm, bias)
    print("## Bias field\n")
    fields(asked.voxel_mm, bias)
    print("## Known moves\n")
    moves(asked.voxel_mm)
    if asked.data:
        print("## Other programs' tissues\n")
        real(asked.data)


if __name__ == "__main__":
    main()
