"""Panel files to variants: position on both builds, alleles, and where each row comes from."""

from __future__ import annotations

import csv
import difflib
import importlib.resources
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from drepano.errors import ConfigError, Fault

CHROMOSOMES = (*(str(number) for number in range(1, 23)), "X")
"""Chromosomes that a panel may name; without prefix."""

_VARIANT = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_BASES = re.compile(r"[ACGT]+")
_POSITION = re.compile(r"[1-9][0-9]{0,8}")
_REMEDY = "Mend the row; the columns are explained in docs/panels.md."


@dataclass(frozen=True, slots=True)
class PanelVariant:
    """One ALT allele of a panel.

    Attributes
    ----------
    variant
        Id, unique in the panel; a part of column names, so never with a double underscore.
    rsid
        dbSNP id for people, or empty. It never decides: one rsID may stand for several alleles.
    gene
        Gene or locus.
    chrom
        ``1`` to ``22`` or ``X``.
    grch37_pos, grch38_pos
        1-based position of the first base of `ref`; None on a build that the panel does not
        serve, never on both.
    ref, alt
        Alleles on the forward strand, anchored as in VCF.
    category, effect
        What the allele is known for; the dosage counts `alt`, whatever the effect.
    source, status
        Where the row comes from, and how far it was verified.
    """

    variant: str
    rsid: str
    gene: str
    chrom: str
    grch37_pos: int | None
    grch38_pos: int | None
    ref: str
    alt: str
    category: str
    effect: str
    source: str
    status: str

    @property
    def positions(self) -> dict[str, int]:
        """The 1-based position by build, ``GRCh38`` first; builds without one are left out."""
        known = {"GRCh38": self.grch38_pos, "GRCh37": self.grch37_pos}
        return {build: position for build, position in known.items() if position is not None}

    def position(self, build: str) -> int:
        """Return the 1-based position on ``GRCh37`` or ``GRCh38``.

        Raises
        ------
        ConfigError
            The panel does not tell it on this build.
        """
        require_build([self], build)
        return self.positions[build]


COLUMNS = tuple(field.name for field in fields(PanelVariant))
"""Header of a panel file; the order of its columns is free."""

POSITIONS = ("grch37_pos", "grch38_pos")
"""Columns of positions; one of them may be empty."""


def package_panels() -> list[str]:
    """Return the names of the panels that come with the package."""
    folder = importlib.resources.files("drepano.catalogue") / "panels"
    names = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(".tsv") for name in names if name.endswith(".tsv"))


def load_panel(name_or_path: str) -> list[PanelVariant]:
    """Read a panel of the package by its name, or a panel file (TSV) by its path.

    Raises
    ------
    ConfigError
        There is no such panel, or rows of it are wrong; every wrong row is named.
    """
    lines = list(
        csv.reader(io.StringIO(_read(name_or_path)), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
    header = lines[0] if lines else []
    _refuse(_header_faults(header, name_or_path))
    rows = {f"{name_or_path}:{n}": row for n, row in enumerate(lines[1:], start=2) if any(row)}
    if not rows:
        raise ConfigError.of(
            name_or_path, found="no row", expected="at least one variant", remedy=_REMEDY
        )
    _refuse(fault for where, row in rows.items() for fault in _row_faults(header, row, where))
    variants = {w: _variant(dict(zip(header, row, strict=True))) for w, row in rows.items()}
    _refuse(_repeats(variants.items()))
    return list(variants.values())


def _refuse(faults: Iterable[Fault]) -> None:
    if found := list(faults):
        raise ConfigError(*found)


def load_panels(names: tuple[str, ...]) -> list[PanelVariant]:
    """Read several panels into one list; a row that two panels share is taken once.

    Raises
    ------
    ConfigError
        With the faults of every panel, and ids that mean different alleles in two panels.
    """
    faults: list[Fault] = []
    merged: dict[tuple[object, ...], tuple[str, PanelVariant]] = {}
    for name in names:
        try:
            panel = load_panel(name)
        except ConfigError as error:
            faults.extend(error.faults)
            continue
        for variant in panel:
            merged.setdefault((variant.variant, *_alleles(variant)), (name, variant))
    _refuse([*faults, *_repeats(merged.values())])
    return [variant for _, variant in merged.values()]


def require_build(panel: Iterable[PanelVariant], build: str) -> None:
    """Refuse a panel that does not serve a site's build.

    Raises
    ------
    ConfigError
        Variants have no position on the build; all of them are named.
    """
    _refuse(
        Fault(
            f"panel: variant {variant.variant}",
            f"no position on {build}",
            f"a position on {build}, the build of the site's VCFs",
            f"Fill in column {build.lower()}_pos of the panel, or take the variant out of it.",
        )
        for variant in panel
        if build not in variant.positions
    )


def _read(name_or_path: str) -> str:
    if name_or_path in package_panels():
        folder = importlib.resources.files("drepano.catalogue") / "panels"
        return (folder / f"{name_or_path}.tsv").read_text(encoding="utf-8")
    try:
        return Path(name_or_path).read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        cause = error
    looked = f"no such panel, and no file {Path(name_or_path).absolute()}"
    found = looked if isinstance(cause, OSError) else "text that is not UTF-8"
    known = package_panels()
    near = difflib.get_close_matches(name_or_path, known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}?" if near else f"Panels of the package: {', '.join(known)}."
    expected = "a panel of the package or the path of a panel file"
    raise ConfigError.of(name_or_path, found=found, expected=expected, remedy=hint) from cause


def _header_faults(header: list[str], where: str) -> Iterator[Fault]:
    place = f"{where}:1"
    for name in (name for name in COLUMNS if name not in header):
        yield Fault(place, f"no column {name}", f"the columns {', '.join(COLUMNS)}", _REMEDY)
    for name in (name for name in header if name not in COLUMNS):
        near = difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else "Remove the column."
        yield Fault(place, f"unknown column {name!r}", f"the columns {', '.join(COLUMNS)}", hint)
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield Fault(place, f"column {name} twice", "each column once", "Remove one of them.")


def _row_faults(header: list[str], row: list[str], place: str) -> Iterator[Fault]:
    if len(row) != len(header):
        yield Fault(place, f"{len(row)} fields", f"{len(header)} fields", _REMEDY)
        return
    cell = dict(zip(header, row, strict=True))
    if not _VARIANT.fullmatch(cell["variant"]):
        expected = "lower-case letters and digits joined by single underscores"
        yield Fault(f"{place}, column variant", repr(cell["variant"]), expected, _REMEDY)
    if cell["chrom"] not in CHROMOSOMES:
        expected = "1 to 22 or X, without chr"
        yield Fault(f"{place}, column chrom", repr(cell["chrom"]), expected, _REMEDY)
    yield from _position_faults(cell, place)
    for name in ("ref", "alt"):
        if not _BASES.fullmatch(cell[name]):
            expected = "bases A, C, G, T of one allele: one row per ALT, nothing symbolic"
            yield Fault(f"{place}, column {name}", repr(cell[name]), expected, _REMEDY)
    if cell["ref"] == cell["alt"]:
        yield Fault(f"{place}, column alt", "the same bases as ref", "another allele", _REMEDY)


def _position_faults(cell: dict[str, str], place: str) -> Iterator[Fault]:
    stated = [name for name in POSITIONS if cell[name]]
    if not stated:
        where = f"{place}, columns {' and '.join(POSITIONS)}"
        yield Fault(where, "no position", "a position on one build or both", _REMEDY)
    for name in stated:
        if not _POSITION.fullmatch(cell[name]):
            expected = "a position, a whole number from 1, or nothing"
            yield Fault(f"{place}, column {name}", repr(cell[name]), expected, _REMEDY)


def _variant(cell: dict[str, str]) -> PanelVariant:
    values: dict[str, Any] = {name: cell[name] for name in COLUMNS}
    values |= {name: int(cell[name]) if cell[name] else None for name in POSITIONS}
    return PanelVariant(**values)


def _alleles(variant: PanelVariant) -> list[tuple[object, ...]]:
    """Return the allele on each build that the panel serves."""
    bases = (variant.chrom, variant.ref, variant.alt)
    return [(build, position, *bases) for build, position in variant.positions.items()]


def _repeats(variants: Iterable[tuple[str, PanelVariant]]) -> Iterator[Fault]:
    """Yield a fault for each id, and each allele, that stands twice."""
    ids: dict[str, str] = {}
    alleles: dict[tuple[object, ...], str] = {}
    for where, variant in variants:
        if variant.variant in ids:
            found = f"the id {variant.variant}, which stands in {ids[variant.variant]} too"
            yield Fault(where, found, "ids that are unique", "Rename one of them.")
        elif known := [alleles[a] for a in _alleles(variant) if a in alleles]:
            found = f"the alleles of {variant.variant}, which stand in {known[0]} too"
            yield Fault(where, found, "one row per ALT allele", "Remove one of them.")
        ids.setdefault(variant.variant, where)
        for allele in _alleles(variant):
            alleles.setdefault(allele, where)
