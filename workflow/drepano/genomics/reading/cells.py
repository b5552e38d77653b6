"""Kernels over the sample columns of one line of a VCF file, which stay bytes.

Every kernel checks what it passes over, and returns one of the codes below instead of guessing.
Places within the line are 0-based.
"""

from __future__ import annotations

import numpy as np

from drepano.genomics.reading.compiled import kernel

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
def locate(cells, columns, wanted, fields, starts, ends):  # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Find the cells of the wanted samples, and check the form of all.

    Parameters
    ----------
    cells
        Bytes behind FORMAT's tab, without the line's end; (bytes,) uint8.
    columns
        Number of samples in the file.
    wanted
        Numbers of the asked samples, rising; (samples,) int32.
    fields
        Number of fields in FORMAT.
    starts, ends
        Filled: first byte of each wanted cell, and the one behind its last; (samples,) int32.
    """
    column, asked, colons, begin = 0, 0, 0, 0
    for i in range(len(cells) + 1):
        byte = cells[i] if i < len(cells) else _TAB
        if byte == _COLON:
            colons += 1
        elif byte == _TAB:
            if i == begin or colons >= fields:
                return BAD_CELL
            if asked < len(wanted) and wanted[asked] == column:
                starts[asked] = begin
                ends[asked] = i
                asked += 1
            column += 1
            begin = i + 1
            colons = 0
    return FINE if column == columns else BAD_COLUMNS


@kernel
def genotypes(cells, starts, ends, highest, alleles, phased):  # noqa: ANN001, ANN201, PLR0913, PLR0917, C901, PLR0912
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
        together, count = True, 0
        if cells[i] == _BAR or cells[i] == _SLASH:
            together = cells[i] == _BAR
            i += 1
        while True:
            if i >= end:
                return BAD_GENOTYPE
            if cells[i] == _DOT:
                allele = -1
                i += 1
            else:
                first, allele = i, 0
                while i < end and _ZERO <= cells[i] <= _ZERO + 9 and allele < _MAX_ALLELE:
                    allele = allele * 10 + cells[i] - _ZERO
                    i += 1
                if i == first:
                    return BAD_GENOTYPE
                if allele > highest:
                    return BAD_ALLELE
            if count < room:
                alleles[sample, count] = allele
            count += 1
            if i >= end or cells[i] == _COLON:
                break
            if cells[i] == _SLASH:
                together = False
            elif cells[i] != _BAR:
                return BAD_GENOTYPE
            i += 1
        for rest in range(count, room):
            alleles[sample, rest] = -2
        phased[sample] = together
        most = max(most, count)
    return most


@kernel
def field_of(cells, start, end, place):  # noqa: ANN001, ANN201
    """Return the first byte of a cell's field, -1 if the cell ends before it."""
    i = start
    while place > 0 and i < end:
        if cells[i] == _COLON:
            place -= 1
        i += 1
    return i if place == 0 else -1


@kernel
def number_at(cells, i, end):  # noqa: ANN001, ANN201
    """Read a plain decimal number, or a dot: NaN.

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
    over = i >= end or cells[i] == _COMMA or cells[i] == _COLON
    if digits == 0:
        alone = point and i == first + 1 and over
        return np.nan, i, FINE if alone else UNUSUAL_NUMBER
    if not over or places > _MAX_PLACES:
        return np.nan, i, UNUSUAL_NUMBER
    power = 1.0
    for _ in range(places):
        power *= 10.0
    number = value / power
    return -number if negative else number, i, FINE


@kernel
def numbers(cells, starts, ends, place, values):  # noqa: ANN001, ANN201
    """Read a field of numbers, NaN where one is missing.

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
        i = field_of(cells, starts[sample], end, place)
        count = 0
        while i >= 0:
            number, i, code = number_at(cells, i, end)
            if code != FINE:
                return code
            if count < room:
                values[sample, count] = number
            count += 1
            if i >= end or cells[i] == _COLON:
                break
            i += 1
        for rest in range(count, room):
            values[sample, rest] = np.nan
        most = max(most, count)
    return most
