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
        1-based position of the first base of `ref`.
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
    grch37_pos: int
    grch38_pos: int
    ref: str
    alt: str
    category: str
    effect: str
    source: str
    status: str

    def position(self, build: str) -> int:
        """Return the 1-based position on ``GRCh37`` or ``GRCh38``."""
        return {"GRCh37": self.grch37_pos, "GRCh38": self.grch38_pos}[build]


COLUMNS = tuple(field.name for field in fields(PanelVariant))
"""Header of a panel file; the order of its columns is free."""


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


def _read(name_or_path: str) -> str:
    if name_or_path in package_panels():
        folder = importlib.resources.files("drepano.catalogue") / "panels"
        return (folder / f"{name_or_path}.tsv").read_text(encoding="utf-8")
    try:
        return Path(name_or_path).read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        cause = error
    found = "no such panel" if isinstance(cause, OSError) else "text that is not UTF-8"
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
    for name in ("grch37_pos", "grch38_pos"):
        if not _POSITION.fullmatch(cell[name]):
            expected = "a position, a whole number from 1"
            yield Fault(f"{place}, column {name}", repr(cell[name]), expected, _REMEDY)
    for name in ("ref", "alt"):
        if not _BASES.fullmatch(cell[name]):
            expected = "bases A, C, G, T of one allele: one row per ALT, nothing symbolic"
            yield Fault(f"{place}, column {name}", repr(cell[name]), expected, _REMEDY)
    if cell["ref"] == cell["alt"]:
        yield Fault(f"{place}, column alt", "the same bases as ref", "another allele", _REMEDY)


def _variant(cell: dict[str, str]) -> PanelVariant:
    values: dict[str, Any] = {name: cell[name] for name in COLUMNS}
    values |= {name: int(cell[name]) for name in ("grch37_pos", "grch38_pos")}
    return PanelVariant(**values)


def _alleles(variant: PanelVariant) -> tuple[object, ...]:
    place = (variant.chrom, variant.grch37_pos, variant.grch38_pos)
    return (*place, variant.ref, variant.alt)


def _repeats(variants: Iterable[tuple[str, PanelVariant]]) -> Iterator[Fault]:
    """Yield a fault for each id, and each allele, that stands twice."""
    ids: dict[str, str] = {}
    alleles: dict[tuple[object, ...], str] = {}
    for where, variant in variants:
        if variant.variant in ids:
            found = f"the id {variant.variant}, which stands in {ids[variant.variant]} too"
            yield Fault(where, found, "ids that are unique", "Rename one of them.")
        elif _alleles(variant) in alleles:
            other = alleles[_alleles(variant)]
            found = f"the alleles of {variant.variant}, which stand in {other} too"
            yield Fault(where, found, "one row per ALT allele", "Remove one of them.")
        ids.setdefault(variant.variant, where)
        alleles.setdefault(_alleles(variant), where)
