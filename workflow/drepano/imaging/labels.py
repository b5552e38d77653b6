"""Label files and label tables: which voxels a region of the study is made of."""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drepano.catalogue.freesurfer import freesurfer_labels
from drepano.errors import UnitError
from drepano.imaging.volumes import Volume

_LARGEST = 2**31 - 1
_OFF = 0.1
"""Farthest from a whole number that a stored label may lie. Labels up to 2,035 scaled to 16 bits
are off by 0.02; interpolated labels and probabilities are off by up to a half."""

_FREESURFER_BRAIN = "brainmask.mgz"
"""FreeSurfer's file of this name is no mask, but the scan without its skull."""

LabelTable = dict[str, tuple[int, ...]]
"""Names, as `plain_name` writes them, and the numbers they stand for."""


def whole_labels(volume: Volume, name: str) -> Volume:
    """Return a label map as whole numbers; floats are rounded, never cut.

    Tools write 30 as 29.99996948: cutting would move the voxel to the wrong region.
    FreeSurfer's `brainmask.mgz` holds intensities, 0 outside the brain, and 1 where people
    erased by hand: it becomes 1 in the brain.

    Raises
    ------
    UnitError
        `not_finite`: a label is NaN or infinite. `unsupported_pixels`: beyond 32 bits, or
        numbers that are no labels, such as probabilities: rounded, 0.4 would be no lesion.
    """
    voxels = volume.voxels
    if name == _FREESURFER_BRAIN:
        return Volume((voxels > 1).astype(np.int32), volume.affine)
    if voxels.dtype.kind == "f":
        if not np.isfinite(voxels).all():
            raise UnitError(
                "not_finite",
                f"{name}: labels that are NaN or infinite",
                "Write the region file again with whole numbers.",
            )
        rounded = np.rint(voxels)
        off = float(np.abs(voxels - rounded).max(initial=0))
        if off > _OFF:
            raise UnitError(
                "unsupported_pixels",
                f"{name}: numbers up to {off:.2g} from a whole one: interpolated or probabilities",
                "Move labels by nearest neighbour, or put a threshold on the probabilities.",
            )
        voxels = rounded
    if voxels.size and max(abs(float(voxels.min())), abs(float(voxels.max()))) > _LARGEST:
        raise UnitError(
            "unsupported_pixels",
            f"{name}: labels beyond 32 bits",
            "Give a region file of labels, not of intensities.",
        )
    return Volume(voxels.astype(np.int32), volume.affine)


def read_label_table(path: Path) -> LabelTable:
    """Return the numbers of each name of a label table, as `label_pairs` reads it.

    Raises
    ------
    UnitError
        `unreadable`: no text of either kind.
    """
    table: LabelTable = {}
    for number, name in label_pairs(path):
        known = table.get(plain_name(name), ())
        table[plain_name(name)] = known if number in known else (*known, number)
    return table


def label_pairs(path: Path) -> list[tuple[int, str]]:
    """Read numbers and names of labels: a BIDS table (columns index, name) or a FreeSurfer LUT.

    Raises
    ------
    UnitError
        `unreadable`: no text of either kind.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad_table(path, "text that is not UTF-8") from error
    lines = [line for line in text.splitlines() if line.strip()]
    header = [cell.strip().lower() for cell in lines[0].split("\t")] if lines else []
    try:
        pairs = _from_bids(lines) if {"index", "name"} <= {*header} else _from_lut(lines)
    except (ValueError, IndexError) as error:
        raise _bad_table(path, "a line without number and name") from error
    if not pairs:
        raise _bad_table(path, "no label")
    return pairs


@functools.cache
def freesurfer_table() -> LabelTable:
    """Return FreeSurfer's names of aseg, aparc (Desikan, DKT) and aparc.a2009s labels.

    Older and newer names of one label both stand for it.
    """
    table: LabelTable = {}
    for number, name in freesurfer_labels():
        table[plain_name(name)] = (*table.get(plain_name(name), ()), number)
    return table


def _bad_table(path: Path, found: str) -> UnitError:
    return UnitError(
        "unreadable",
        f"{path.name}: {found}",
        "Give a TSV with the columns index and name, or a FreeSurfer colour table.",
    )


def _from_bids(lines: Sequence[str]) -> list[tuple[int, str]]:
    names = [cell.strip().lower() for cell in lines[0].split("\t")]
    rows = csv.reader(lines[1:], delimiter="\t")
    index, name = names.index("index"), names.index("name")
    return [(_whole(row[index]), row[name]) for row in rows]


def _from_lut(lines: Sequence[str]) -> list[tuple[int, str]]:
    cells = [line.split() for line in lines if not line.lstrip().startswith("#")]
    return [(_whole(row[0]), row[1]) for row in cells]


def _whole(text: str) -> int:
    """Read a label number; tables written by spreadsheets and pandas say ``3.0``."""
    value = float(text)
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def plain_name(name: str) -> str:
    """Return a label's name as it is compared: whatever its case and blanks."""
    return " ".join(name.split()).casefold()


def label_numbers(wanted: Sequence[int | str], table: LabelTable | None) -> list[int]:
    """Turn the study's labels, numbers or names, into the numbers of one file.

    Raises
    ------
    UnitError
        `label_unknown`: a name is not in the table, stands for several numbers, or there is
        no table. All such names are listed.
    """
    numbers: list[int] = []
    faults: list[str] = []
    for label in wanted:
        if isinstance(label, int):
            numbers.append(label)
        elif table is None:
            faults.append(f"{label!r}: the region file has no label table")
        elif len(found := table.get(plain_name(label), ())) == 1:
            numbers.append(found[0])
        else:
            faults.append(f"{label!r}: {_counted(found)} in the label table")
    if faults:
        raise UnitError(
            "label_unknown",
            "; ".join(faults),
            "Correct the name in the study, give its number, or deliver the label table.",
        )
    return numbers


def _counted(found: Sequence[int]) -> str:
    return f"numbers {', '.join(map(str, found))}" if found else "not"


def voxels_of(labels: NDArray[np.int32], numbers: Sequence[int]) -> NDArray[np.bool_]:
    """Return the voxels (X, Y, Z) that carry one of the numbers."""
    mask: NDArray[np.bool_] = labels == numbers[0]
    for number in numbers[1:]:
        mask |= labels == number
    return mask
