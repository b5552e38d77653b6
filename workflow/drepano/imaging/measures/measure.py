"""What a measure is: the files that it asks for, the columns that it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from drepano.contracts import Column
from drepano.errors import UnitError
from drepano.imaging.regions import OtherGrid, RegionFile, read_regions
from drepano.imaging.volumes import Volume, read_scan
from drepano.settings import RegionSet
from voxomics import Region


@dataclass(frozen=True, slots=True)
class Input:
    """One file of a session that a measure reads, or the files of one scan.

    Attributes
    ----------
    suffix, entities
        The BIDS name that the file must have.
    derivative
        A derivative (the site's before a prepared one); False: a raw scan.
    prepared
        The prepared scan in place of the raw one.
    required
        Without it nothing is measured; else the measure goes on without.
    region_set
        Name of the study's region set that describes the file, for label maps.
    varying
        The scan may be several raw files whose names differ in this entity alone, such as
        `echo`; empty: it is one file.
    """

    suffix: str
    entities: dict[str, str] = field(default_factory=dict)
    derivative: bool = False
    prepared: bool = False
    required: bool = True
    region_set: str | None = None
    varying: str = ""

    @property
    def is_label_map(self) -> bool:
        """True for masks and label maps, which lie in the space of a scan."""
        return self.region_set is not None or self.suffix in {"dseg", "mask"}

    @classmethod
    def of_regions(cls, name: str, rules: RegionSet, *, required: bool = True) -> Input:
        """Ask for the file of a region set."""
        return cls(
            rules.suffix, dict(rules.entities), derivative=True, required=required, region_set=name
        )


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file as the index or the preparation lists it.

    Attributes
    ----------
    path, label_table
        Where it lies.
    metadata
        Its sidecars' values that matter to a measure.
    companions
        `bval`, `bvec`, `aslcontext` to the path of the file beside it.
    """

    path: Path
    label_table: Path | None
    metadata: dict[str, Any]
    companions: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Given:
    """What one session has of what a measure asked for.

    Attributes
    ----------
    files
        By role; optional roles may lack.
    parts
        By role: all files; several only where the role asks for a varying entity.
    absent
        Why an optional role lacks: state and reason.
    clinical
        Numbers of the clinical table by concept; what is not recorded lacks.
    region_sets
        The study's region sets by name.
    """

    files: dict[str, GivenFile]
    absent: dict[str, UnitError]
    clinical: dict[str, float]
    region_sets: dict[str, RegionSet]
    parts: dict[str, tuple[GivenFile, ...]] = field(default_factory=dict)

    def scan(self, role: str) -> Volume:
        """Read a three-dimensional scan, axes turned to left, posterior, superior.

        Raises
        ------
        UnitError
            What reading refuses.
        """
        return read_scan(self.files[role].path)

    def region_file(self, role: str, scan: Volume, other_grid: OtherGrid = "refuse") -> RegionFile:
        """Read a label map onto the grid of a scan.

        Raises
        ------
        UnitError
            `grid_mismatch`, or what reading refuses.
        """
        file = self.files[role]
        return read_regions(file.path, file.label_table, scan, other_grid)

    def regions(
        self, role: str, name: str, scan: Volume, other_grid: OtherGrid = "refuse"
    ) -> dict[str, Region | UnitError | None]:
        """Return each region of a region set; None for an empty one that is a true zero."""
        rules = self.region_sets[name]
        file = self.region_file(role, scan, other_grid)
        found: dict[str, Region | UnitError | None] = {}
        for region, wanted in rules.regions.items():
            try:
                found[region] = file.region(wanted, rules)
            except UnitError as error:
                found[region] = error
        return found


@dataclass(frozen=True, slots=True)
class Measured:
    """A value of a matrix column, or of one part (`item` from 1) in the long table alone."""

    column: str
    value: float
    item: int = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a column, or all of a state source, has no value."""

    source: str
    state: str
    why: UnitError


Finding = Measured | Missing


class Measure(Protocol):
    """What a measure gives to the planner and to the ranks.

    Every column declares `name` as its state source; a column that alone lacks its value
    is told by a `Missing` of the column's own name.
    """

    @property
    def name(self) -> str:
        """Start of its columns and its state source, such as `perfusion`."""

    @property
    def version(self) -> int:
        """Raised by every change that moves a value."""

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value, as JSON values."""

    def columns(self) -> list[Column]:
        """Declare its columns; they follow from the study alone."""

    def inputs(self) -> dict[str, Input]:
        """Return the files that it asks for by role."""

    def clinical(self) -> tuple[str, ...]:
        """Return the clinical concepts whose numbers it takes where they are recorded."""

    def measure(self, given: Given) -> Iterator[Finding]:
        """Measure a session.

        Raises
        ------
        UnitError
            Nothing can be measured.
        """
