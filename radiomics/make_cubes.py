"""Write voxomics/cubes.tsv: what each of the 256 cubes of 2 x 2 x 2 voxels adds to a surface mesh.

The mesh of pyradiomics is asked about each cube alone and with one empty layer before it.
Volumes are whole 48ths of a voxel. The area of a cube is that of a few triangles between
middles of its edges: how many of each there are is solved from the areas at many voxel sizes,
and refused unless it comes out as whole numbers that give back every area.

Run with pyradiomics 3.0.1 installed: ``python radiomics/make_cubes.py``. Its compiled table has
the licence BSD-3-Clause; the file holds numbers measured on its output, and none of its code.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from voxomics.reference import pyradiomics

TARGET = Path(__file__).parent / "voxomics" / "cubes.tsv"
CORNERS = [(z, y, x) for z in (0, 1) for y in (0, 1) for x in (0, 1)]
HEAD = """\
# What each cube of 2 x 2 x 2 voxels adds to the surface mesh; bit 4z + 2y + x: voxel is inside.
# volume: in 48ths of a voxel, towards the cube's own origin; z, y, x: more for each voxel further.
# normals: |normal| of its triangles in half voxels, as z,y,x times how often; area is half of each.
# Measured on pyradiomics 3.0.1 (BSD-3-Clause) by radiomics/make_cubes.py.
"""

Normal = tuple[int, int, int]


def main() -> None:
    """Measure all cubes and write the file."""
    blocks = [_block(code) for code in range(256)]
    one = (1.0, 1.0, 1.0)
    volumes = [_mesh(block, one)[1] for block in blocks]
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.uniform(-2.5, 2.5, (60, 3)))
    lines = ["code\tvolume\tz\ty\tx\tnormals"]
    for code, block in enumerate(blocks):
        shifts = [_shift(block, axis, volumes) for axis in range(3)]
        numbers = [_whole(48 * value) for value in (volumes[code], *shifts)]
        normals = _normals(block, sizes)
        text = " ".join(f"{z},{y},{x}*{n}" for (z, y, x), n in sorted(normals.items()))
        lines.append("\t".join([str(code), *map(str, numbers), text]))
    TARGET.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _block(code: int) -> NDArray[np.bool_]:
    inside = [bool(code >> bit & 1) for bit in range(8)]
    return np.array(inside).reshape(2, 2, 2)


def _mesh(block: NDArray[np.bool_], size: tuple[float, ...]) -> tuple[float, float]:
    area, volume, _ = pyradiomics().cShape.calculate_coefficients(block, np.array(size))
    return float(area), float(volume)


def _shift(block: NDArray[np.bool_], axis: int, volumes: list[float]) -> float:
    """Return what the cube's volume gains where it lies one voxel further along an axis."""
    first = np.take(block, [0], axis=axis)
    layer = np.concatenate([np.zeros_like(first), first], axis=axis)
    code = sum(1 << bit for bit, corner in enumerate(CORNERS) if layer[corner])
    both = _mesh(np.concatenate([np.zeros_like(first), block], axis=axis), (1.0, 1.0, 1.0))[1]
    return both - volumes[code] - volumes[sum(1 << b for b, c in enumerate(CORNERS) if block[c])]


def _normals(block: NDArray[np.bool_], sizes: NDArray[np.float64]) -> dict[Normal, int]:
    """Return how many triangles of each normal (primitive, without sign) make the cube's area."""
    areas = np.array([_mesh(block, tuple(size))[0] for size in sizes])
    if not areas.any():
        return {}
    found = sorted(_candidates(block))
    z, y, x = sizes.T
    faces = np.stack([y * x, z * x, z * y], axis=1) / 4
    columns = np.stack([np.linalg.norm(faces * normal, axis=1) / 2 for normal in found], axis=1)
    weights, _ = nnls(columns / areas[:, None], np.ones(len(areas)))
    counts = np.rint(weights).astype(int)
    if not np.allclose(columns @ counts, areas, rtol=1e-12, atol=0):
        message = f"no whole number of triangles makes the area of {block.astype(int).tolist()}"
        raise ArithmeticError(message)
    return {normal: int(n) for normal, n in zip(found, counts, strict=True) if n}


def _candidates(block: NDArray[np.bool_]) -> set[Normal]:
    """Return the directions that a triangle between middles of crossed edges can have."""
    points = []
    for a, b in itertools.combinations(CORNERS, 2):
        if sum(abs(i - j) for i, j in zip(a, b, strict=True)) == 1 and block[a] != block[b]:
            points.append(np.add(a, b))
    normals = set()
    for p, q, r in itertools.combinations(points, 3):
        normal = [abs(int(n)) for n in np.cross(q - p, r - p)]
        if divisor := math.gcd(*normal):
            normals.add((normal[0] // divisor, normal[1] // divisor, normal[2] // divisor))
    return normals


def _whole(value: float) -> int:
    if abs(value - round(value)) > 1e-9:
        message = f"{value} is not whole"
        raise ArithmeticError(message)
    return round(value)


if __name__ == "__main__":
    main()
