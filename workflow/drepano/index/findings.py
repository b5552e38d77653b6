"""Problems as the index meets them: a file or row, what was found, what to do."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from drepano.contracts.inventory import PROBLEMS
from drepano.errors import InputError
from drepano.index.walk import utf8_text


@dataclass(slots=True)
class Problems:
    """Problems found so far; repeated ones are kept once."""

    rows: set[tuple[str, str, str, str, str]] = field(default_factory=set)

    def error(self, where: object, *, found: str, expected: str, remedy: str) -> None:
        """Note that a file or row is left out."""
        self._add("error", where, found, expected, remedy)

    def warning(self, where: object, *, found: str, expected: str, remedy: str) -> None:
        """Note something that is used all the same."""
        self._add("warning", where, found, expected, remedy)

    def refuse(self, error: InputError) -> None:
        """Note every fault of a file that can not be used."""
        for fault in error.faults:
            self._add("error", fault.where, fault.found, fault.expected, fault.remedy)

    def _add(self, severity: str, where: object, found: str, expected: str, remedy: str) -> None:
        place, said = utf8_text(str(where)), utf8_text(found)
        self.rows.add((severity, place, said, expected, utf8_text(remedy)))

    def table(self) -> pa.Table:
        """Return the PROBLEMS table, errors first."""
        return PROBLEMS.from_rows(
            [dict(zip(PROBLEMS.names, row, strict=True)) for row in sorted(self.rows)]
        )


@dataclass(frozen=True, slots=True)
class Fate:
    """Why a file is unusable; an empty reason says that it is usable."""

    reason: str = ""
    detail: str = ""
    remedy: str = ""


USABLE = Fate()
