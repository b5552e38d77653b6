"""Kernels over the sample columns of one line of a VCF file, which stay bytes.

Every kernel checks what it passes over, and returns one of the codes below instead of guessing.
Places within the line are 0-based.
"""

from __future__ import annotations

import numpy as np

from drepano.genomics.reading.compiled import (
    Alleles,
    Bytes,
    Codes,
    Flags,
    Floats,
    Places,
    Shape,
    kernel,
)

FINE = 0
BAD_COLUMNS = -1
BAD_CELL = -2
BAD_GENOTYPE = -3
BAD_ALLELE = -4
BAD_NUMBER = -5
UNUSUAL_NUMBER = -6

FAULTS = {
    BAD_COLUMNS: "another number of columns than its header names",
    BAD_CELL: "a sample that is empty, or has more fields than FORMAT names",
    BAD_GENOTYPE: "a GT that is no genotype",
    BAD_ALLELE: "a GT with an allele that the record does not have",
    BAD_NUMBER: "a field that is no number",
}
"""What a code says of a record. `UNUSUAL_NUMBER` is no fault: Python has to read it."""

_TAB, _COLON, _COMMA, _DOT, _MINUS = 9, 58, 44, 46, 45
_SLASH, _BAR, _ZERO = 47, 124, 48
_MAX_ALLELE = 1 << 14
_EXACT = 1 << 53
_MAX_PLACES = 22
"""Digits and powers of ten up to here are exact in a double, and so is their one division."""


@kernel
def _ends(cells: Bytes, i: int, end: int) -> bool:
    """Return whether a field of a cell ends at a place."""
    return i >= end or cells[i] == _COLON or cells[i] == _TAB


@kernel
def _allele(
    cells: Bytes,
    i: int,
    end: int,
    highest: int,
) -> tuple[int, int, int]:
    """Read an allele number or a dot: -1; returns it, the byte behind it, and a code."""
    if i < end and cells[i] == _DOT:
        return -1, i + 1, FINE
    first, allele = i, 0
    while i < end and _ZERO <= cells[i] <= _ZERO + 9 and allele <= highest:
        allele = allele * 10 + (cells[i] - _ZERO)
        i += 1
    if i == first:
        return -1, i, BAD_GENOTYPE
    return allele, i, BAD_ALLELE if allele > highest else FINE


@kernel
def _mark(cells: Bytes, i: int, end: int) -> tuple[bool, bool]:
    """Return whether a phase mark stands at a place, and whether it is ``|``."""
    if i >= end:
        return False, False
    return cells[i] == _BAR or cells[i] == _SLASH, cells[i] == _BAR


@kernel
def genotypes(  # noqa: PLR0917
    cells: Bytes,
    starts: Places,
    ends: Places,
    highest: int,
    alleles: Alleles,
    phased: Flags,
) -> int:
    """Read GT, the first field of each cell.

    Parameters
    ----------
    cells, starts, ends
        As `locate` left them.
    highest
        Number of the last ALT.
    alleles
        Filled: allele numbers, -1 missing, -2 behind the last; (samples, ploidy) int16.
    phased
        Filled: True if no mark is ``/``, a leading one included (VCF 4.4); (samples,) bool.

    Returns
    -------
    int
        Largest ploidy, which may be more than `alleles` holds; or a code below 0.
    """
    most = 1
    room = alleles.shape[1]
    for sample in range(len(starts)):
        i, end = starts[sample], ends[sample]
        marked, bar = _mark(cells, i, end)
        together, count = bar or not marked, 0
        i += marked
        while True:
            allele, i, code = _allele(cells, i, end, highest)
            if code != FINE:
                return code
            if count < room:
                alleles[sample, count] = allele
            count += 1
            if _ends(cells, i, end):
                break
            marked, bar = _mark(cells, i, end)
            if not marked:
                return BAD_GENOTYPE
            together &= bar
            i += 1
        for rest in range(count, room):
            alleles[sample, rest] = -2
        phased[sample] = together
        most = max(most, count)
    return most


@kernel
def _field(cells: Bytes, start: int, end: int, place: int) -> int:
    """Return the first byte of a cell's field, -1 if the cell ends before it."""
    i = start
    while place > 0 and i < end:
        if cells[i] == _COLON:
            place -= 1
        i += 1
    return i if place == 0 else -1


@kernel
def _number(cells: Bytes, i: int, end: int) -> tuple[float, int, int]:
    """Read a plain decimal number from 0 on; a dot and a number below 0 are NaN.

    Returns
    -------
    tuple
        The number, the byte behind it, and a code. Up to 2^53 and 22 decimal places the number
        is the nearest double, as from Python's `float`.
    """
    first = i
    negative = i < end and cells[i] == _MINUS
    if negative:
        i += 1
    digits, places, value = 0, 0, 0
    point = False
    while i < end and value < _EXACT // 16:
        byte = cells[i]
        if _ZERO <= byte <= _ZERO + 9:
            value = value * 10 + (byte - _ZERO)
            digits += 1
            places += point
        elif byte == _DOT and not point:
            point = True
        else:
            break
        i += 1
    over = _ends(cells, i, end) or cells[i] == _COMMA
    if digits == 0:
        alone = point and i == first + 1 and over
        return np.nan, i, FINE if alone else UNUSUAL_NUMBER
    if not over or places > _MAX_PLACES:
        return np.nan, i, UNUSUAL_NUMBER
    power = 1.0
    for _ in range(places):
        power *= 10.0
    return np.nan if negative and value > 0 else value / power, i, FINE


@kernel
def numbers(
    cells: Bytes,
    starts: Places,
    ends: Places,
    place: int,
    values: Floats,
) -> int:
    """Read a field of numbers from 0 on, NaN where one is missing or below.

    Parameters
    ----------
    cells, starts, ends
        As `locate` left them.
    place
        Number of the field in FORMAT.
    values
        Filled: (samples, values) float64.

    Returns
    -------
    int
        Largest count of values, which may be more than `values` holds; or a code below 0.
    """
    most = 1
    room = values.shape[1]
    for sample in range(len(starts)):
        end = ends[sample]
        i = _field(cells, starts[sample], end, place)
        count = 0
        while i >= 0:
            number, i, code = _number(cells, i, end)
            if code != FINE:
                return code
            if count < room:
                values[sample, count] = number
            count += 1
            if _ends(cells, i, end):
                break
            i += 1
        for rest in range(count, room):
            values[sample, rest] = np.nan
        most = max(most, count)
    return most


@kernel
def tally(  # noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917
    cells: Bytes,
    wanted: Places,
    shape: Shape,
    roles: Bytes,
    limits: Floats,
    codes: Codes,
    small: Codes,
    large: Floats,
) -> int:
    """Judge the genotypes of a line in one pass; `Record.tally` says what comes out.

    Parameters
    ----------
    cells
        As for `locate`.
    wanted
        Numbers of the asked samples, rising; (samples,) int32.
    shape
        Number of samples in the file; of fields in FORMAT; those of depth and quality among
        them, -1 for none; (4,) int64.
    roles
        `Role` of REF and of each ALT; (alleles,) uint8.
    limits
        Least depth, least quality, and 1 if a call without them is refused; (3,) float64.
    codes
        Codes of a call; of one that is missing, of too high ploidy, not typed, weak; (5,) int8.
    small, large
        Filled: (4, samples) int8, (3, samples) float64.

    Returns
    -------
    int
        1 if there is a half call, else `FINE`; or a code below 0.
    """
    columns, fields, depth_place, quality_place = shape
    least_depth, least_quality, strict = limits[0], limits[1], limits[2] > 0
    size, highest = len(cells), len(roles) - 1
    i, sample, half = 0, 0, FINE
    for column in range(columns):
        if column > 0:
            if i >= size:
                return BAD_COLUMNS
            i += 1  # the tab
        field = 0
        count, missing, carries, unknown, order = 0, 0, 0, 0, 0
        together = True
        depth, quality = np.nan, np.nan
        asked = sample < len(wanted) and wanted[sample] == column
        if asked:
            marked, bar = _mark(cells, i, size)
            together = bar or not marked
            i += marked
            while True:
                allele, i, code = _allele(cells, i, size, highest)
                if code != FINE:
                    return code
                if allele < 0:
                    missing += 1
                else:
                    role = roles[allele]
                    count += 1
                    carries += role == 1
                    unknown += role == 2
                    order = 2 * order + (role == 1)
                if _ends(cells, i, size):
                    break
                marked, bar = _mark(cells, i, size)
                if not marked:
                    return BAD_GENOTYPE
                together &= bar
                i += 1
        elif i >= size or cells[i] == _TAB:
            return BAD_CELL
        while i < size and cells[i] != _TAB:
            if cells[i] == _COLON:
                field += 1
                if field >= fields:
                    return BAD_CELL
                if asked and field in (depth_place, quality_place):
                    number, i, code = _number(cells, i + 1, size)
                    if field == depth_place:
                        depth = number
                    else:
                        quality = number
                    # Further values are not used.
                    while code == FINE and not _ends(cells, i, size):
                        _, i, code = _number(cells, i + 1, size)
                    if code != FINE:
                        return code
                    continue
            i += 1
        if not asked:
            continue
        if missing > 0 and count > 0:
            half = 1
        if missing > 0 or count == 0:
            mark = 1
        elif count > 2:
            mark = 2
        elif unknown > 0:
            mark = 3
        elif (strict and not (depth >= least_depth and quality >= least_quality)) or (
            not strict and (depth < least_depth or quality < least_quality)
        ):
            mark = 4
        else:
            mark = 0
        small[0, sample] = codes[mark]
        small[1, sample] = count
        small[2, sample] = together if count > 1 else -1
        small[3, sample] = 0
        if mark == 0:
            small[3, sample] = 1 + order if count == 1 else 3 + order + 4 * together
        large[0, sample] = carries if mark == 0 else np.nan
        large[1, sample] = depth
        large[2, sample] = quality
        sample += 1
    return half if i >= size else BAD_COLUMNS
