"""Kernel that finds the cells of samples in a line of a VCF file."""

from __future__ import annotations

from drepano.genomics.reading.cells import BAD_CELL, BAD_COLUMNS, FINE
from drepano.genomics.reading.compiled import Bytes, Places, kernel

_TAB, _COLON = 9, 58


@kernel
def locate(  # noqa: PLR0917
    cells: Bytes,
    columns: int,
    wanted: Places,
    fields: int,
    starts: Places,
    ends: Places,
) -> int:
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
