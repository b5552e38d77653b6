"""What the raw scans hold, as rows of the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.spatial.distance import pdist

from drepano.synthetic.anatomy import LABELS, Mask
from drepano.synthetic.raw.diffusion import ANISOTROPY, MEAN_MM2_PER_S
from drepano.synthetic.raw.head import Field, Head, Seen, is_hypointense
from drepano.synthetic.raw.perfusion import Flow
from drepano.synthetic.raw.poses import Matrix, ScanGrid
from drepano.synthetic.raw.relaxometry import R2STAR_PER_S
from drepano.synthetic.raw.vessels import VESSELS, Lumen, Tube
from drepano.synthetic.tables import Row

SCAN_COLUMNS = ("subject", "session", "scan", "state", "reason")
TRANSFORM_COLUMNS = (
    "subject",
    "session",
    "scan",
    *(f"m{row}{column}" for row in range(4) for column in range(4)),
)
MEASURE_COLUMNS = ("subject", "session", "scan", "region", "quantity", "unit", "pure", "mean")
LESION_COLUMNS = (
    "subject",
    "session",
    "lesion",
    "centre_x_mm",
    "centre_y_mm",
    "centre_z_mm",
    "voxels",
    "volume_mm3",
    "largest_diameter_mm",
    "t1_hypointense",
    "flair_voxels",
)

UNITS = {
    "volume": "mL",
    "haematocrit": "1",
    "blood_t1": "s",
    "right_to_left": "1",
    "cbf": "mL/(100.g.min)",
    "fa": "1",
    "md": "mm2/s",
    "r2star": "1/s",
    "length": "mm",
    "radius": "mm",
    "smallest_radius": "mm",
    "tortuosity": "1",
}
"""Quantities of `measures.tsv` and their UCUM units."""

REGIONS: dict[str, tuple[str, ...]] = {
    **{name.replace(" ", "_"): (name,) for name in LABELS},
    "grey_matter": ("grey matter left", "grey matter right"),
    "white_matter": ("white matter left", "white matter right"),
}
"""Regions of the truth and the labels they are made of; `lesion`, and white matter without
lesions (`normal_white_matter`), come on top."""

_TISSUE_OF = {
    "grey_matter": "grey",
    "white_matter": "white",
    "normal_white_matter": "white",
    "ventricles": "fluid",
    "lesion": "lesion",
}


def transform_row(where: Row, first: Matrix) -> Row:
    """Return the motion from the world of the T1w to that of the scan, row by row."""
    cells = {f"m{i}{j}": float(first[i, j]) for i in range(4) for j in range(4)}
    return {**where, **cells}


def regions_of(seen: Seen) -> dict[str, Mask]:
    """Return each region (X, Y, Z) on the voxels of a scan; empty ones are left out."""
    masks = {
        region: np.isin(seen.labels, [LABELS[name] for name in names])
        for region, names in REGIONS.items()
    }
    masks["lesion"] = seen.lesion_numbers > 0
    # A voxel that a lesion fills by a hundredth is no normal one.
    masks["normal_white_matter"] = masks["white_matter"] & (seen.fractions[-1] < 0.01)
    return {region: mask for region, mask in masks.items() if mask.any()}


def volume_rows(where: Row, seen: Seen, scan: ScanGrid) -> Iterator[Row]:
    """Yield the volume of the brain and of each region, in mL."""
    for region, mask in {"brain": seen.brain, **regions_of(seen)}.items():
        ml = int(mask.sum()) * scan.voxel_mm3 / 1000
        yield _row(where, region, "volume", mean=ml)


def flow_rows(where: Row, seen: Seen, flow: Flow, cbf: Field) -> Iterator[Row]:
    """Yield blood flow per region, and what the blood is like."""
    yield _row(where, "", "haematocrit", flow.haematocrit)
    yield _row(where, "", "blood_t1", flow.blood_t1_s)
    yield _row(where, "", "right_to_left", flow.right_to_left)
    of_tissue = {"grey": flow.grey, "white": flow.white, "fluid": 0.0, "lesion": flow.lesion}
    for region, mask in regions_of(seen).items():
        side = flow.right_to_left if region.endswith("_right") else 1.0
        # Of both sides together there is no pure value when they differ.
        mixed = flow.right_to_left != 1 and not region.endswith(("_left", "_right", "ventricles"))
        pure = None if mixed else of_tissue[tissue_of(region)] * side
        yield _row(where, region, "cbf", pure, _mean(cbf, mask))


def tensor_rows(where: Row, seen: Seen, fa: Field, md: Field) -> Iterator[Row]:
    """Yield fractional anisotropy and mean diffusivity per region."""
    for region, mask in regions_of(seen).items():
        tissue = tissue_of(region)
        yield _row(where, region, "fa", ANISOTROPY[tissue], _mean(fa, mask))
        yield _row(where, region, "md", MEAN_MM2_PER_S[tissue], _mean(md, mask))


def decay_rows(where: Row, seen: Seen, r2star: Field) -> Iterator[Row]:
    """Yield R2* per region."""
    for region, mask in regions_of(seen).items():
        pure = R2STAR_PER_S[tissue_of(region)]
        yield _row(where, region, "r2star", pure, _mean(r2star, mask))


def vessel_rows(
    where: Row, tubes: Mapping[str, Tube], lumen: Lumen, scan: ScanGrid
) -> Iterator[Row]:
    """Yield each vessel; of one that the subject never had, the volume alone: 0."""
    for name, number in VESSELS.items():
        ml = int((lumen.labels == number).sum()) * scan.voxel_mm3 / 1000
        yield _row(where, name, "volume", mean=ml)
        if name in tubes:
            tube = tubes[name]
            yield _row(where, name, "length", tube.length_mm)
            yield _row(where, name, "radius", float(tube.radii_mm.mean()))
            yield _row(where, name, "smallest_radius", float(tube.radii_mm.min()))
            yield _row(where, name, "tortuosity", tube.tortuosity)


def lesion_rows(head: Head, t1w: ScanGrid, on_flair: Seen | None) -> Iterator[Row]:
    """Yield each lesion in the world of the T1w, on the head's own voxels."""
    session = head.session
    for number, lesion in enumerate(session.lesions.lesions, start=1):
        x, y, z = t1w.pose[:3, :3] @ np.asarray(lesion.seed.centre_mm) + t1w.pose[:3, 3]
        inside = np.argwhere(head.lesion_numbers == number) * head.grid.voxel_mm
        yield {
            "subject": session.person.label,
            "session": session.name,
            "lesion": number,
            "centre_x_mm": float(x),
            "centre_y_mm": float(y),
            "centre_z_mm": float(z),
            "voxels": lesion.voxels,
            "volume_mm3": lesion.voxels * head.grid.voxel_mm3,
            "largest_diameter_mm": float(pdist(inside).max()) if len(inside) > 1 else 0.0,
            "t1_hypointense": int(is_hypointense(number)),
            "flair_voxels": on_flair and int((on_flair.lesion_numbers == number).sum()),
        }


def tissue_of(region: str) -> str:
    """Return the tissue of `TISSUES` that a region is meant to be."""
    return _TISSUE_OF[region.removesuffix("_left").removesuffix("_right")]


def _mean(values: Field, mask: Mask) -> float:
    return float(values[mask].mean(dtype=np.float64))


def _row(
    where: Row, region: str, quantity: str, pure: float | None = None, mean: float | None = None
) -> Row:
    told = {"region": region, "quantity": quantity, "unit": UNITS[quantity]}
    return {**where, **told, "pure": pure, "mean": mean}
