"""Loadings of a reference's principal components, as its makers publish them."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drepano.catalogue.panel import CHROMOSOMES
from drepano.errors import ConfigError, Fault
from drepano.genomics.reading.effects import BASES, Site
from drepano.genomics.scores.exact import MOST_VARIANTS
from drepano.settings import Ancestry

Floats = NDArray[np.float64]

CORRECTION = "shrinkage_correction"
COLUMNS = ("chrom", "grch37_pos", "grch38_pos", "ref", "alt", "frequency")
AUTOSOMES = tuple(chrom for chrom in CHROMOSOMES if chrom != "X")
"""X would make a component of sex."""

_REMEDY = "Mend the line; docs/ancestry.md explains the file."


@dataclass(frozen=True, slots=True)
class Loadings:
    """Loadings on a build, in order of chromosome and position.

    Attributes
    ----------
    sites
        Variants; the effect allele is the loadings' ALT.
    frequency
        Of ALT in the reference panel, (variants,).
    loadings
        (variants, components), as many components as the study asks for.
    correction
        Factor of each component by which a projection is multiplied, (components,).
    """

    sites: list[Site]
    frequency: Floats
    loadings: Floats
    correction: Floats


@dataclass(frozen=True, slots=True)
class LoadingsFile:
    """A loadings file without faults, whatever the build."""

    where: str
    digest: str
    rows: list[dict[str, str]]
    lines: list[int]
    correction: Floats


def read_loadings(settings: Ancestry) -> LoadingsFile:
    """Read and check a loadings file.

    Raises
    ------
    ConfigError
        It is missing, or lines of it are wrong; every one is named.
    """
    where = str(settings.loadings)
    try:
        content = settings.loadings.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError.of(
            where,
            found=f"no text file that can be read ({Path(where).absolute()})",
            expected="a TSV of loadings",
            remedy="Mend genomics.ancestry.loadings of the study.",
        ) from error
    numbered = list(enumerate(text.splitlines(), 1))
    heads = [line.lstrip("#").strip() for _, line in numbered if line.startswith("#")]
    told = dict(head.split("=", 1) for head in heads if "=" in head)
    table = [(n, line.split("\t")) for n, line in numbered if line and not line.startswith("#")]
    columns = table[0][1] if table else []
    components = [f"pc{number}" for number in range(1, settings.components + 1)]
    asked = (*COLUMNS, *components)
    faults = [
        Fault(where, f"no column {name}", f"the columns {', '.join(asked)}", _REMEDY)
        for name in asked
        if name not in columns
    ]
    correction, wrong = _correction(told.get(CORRECTION), settings.components, where)
    faults += wrong
    if not 1 < len(table) <= MOST_VARIANTS:
        faults.append(Fault(where, f"{len(table)} lines", "a header and variants", _REMEDY))
    if not faults:
        faults = list(_row_faults(where, table, components))
    if faults:
        raise ConfigError(*faults)
    rows = [dict(zip(columns, cells, strict=True)) for _, cells in table[1:]]
    digest = hashlib.sha256(content).hexdigest()
    return LoadingsFile(where, digest, rows, [n for n, _ in table[1:]], correction)


def _correction(told: str | None, components: int, where: str) -> tuple[Floats, list[Fault]]:
    """Read the factors; without them a projection would be shrunken, and not say so."""
    found = [_number(cell) for cell in (told or "").split(",")]
    if len(found) >= components and all(number > 0 for number in found):
        return np.array(found[:components]), []
    fault = Fault(
        where,
        f"#{CORRECTION}={told}" if told is not None else f"no line #{CORRECTION}=",
        f"{components} positive factors, separated by commas",
        "Give the factors that the makers of the reference computed; 1 where they found none.",
    )
    return np.empty(0), [fault]


def _row_faults(
    where: str, table: list[tuple[int, list[str]]], components: list[str]
) -> Iterator[Fault]:
    columns = table[0][1]
    seen: Counter[tuple[str, ...]] = Counter()
    for line, cells in table[1:]:
        place = f"{where}:{line}"
        if len(cells) != len(columns):
            yield Fault(place, f"{len(cells)} cells", f"{len(columns)} cells", _REMEDY)
            continue
        row = dict(zip(columns, cells, strict=True))
        key = tuple(row[name] for name in ("chrom", "grch37_pos", "grch38_pos", "ref", "alt"))
        seen[key] += 1
        if seen[key] == 2:
            yield Fault(place, "a variant that stands above", "each once", _REMEDY)
        yield from _cell_faults(row, place, components)


def _cell_faults(row: dict[str, str], place: str, components: list[str]) -> Iterator[Fault]:
    chrom = row["chrom"].removeprefix("chr")
    if chrom not in AUTOSOMES:
        yield Fault(place, f"chrom {chrom!r}", "1 to 22", _REMEDY)
    positions = [row[name] for name in ("grch37_pos", "grch38_pos")]
    if not any(positions) or not all(p.isdigit() or not p for p in positions):
        yield Fault(place, f"positions {positions}", "whole numbers, one at least", _REMEDY)
    alleles = [row["ref"].upper(), row["alt"].upper()]
    if not all(a and BASES.issuperset(a) for a in alleles) or alleles[0] == alleles[1]:
        yield Fault(place, f"alleles {alleles}", "two different ones of A, C, G, T", _REMEDY)
    if not 0 < _number(row["frequency"]) < 1:
        found = f"frequency {row['frequency']!r}"
        yield Fault(place, found, "a number between 0 and 1, without both", _REMEDY)
    for name in components:
        if not math.isfinite(_number(row[name])):
            yield Fault(place, f"{name} {row[name]!r}", "a finite number", _REMEDY)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def load_loadings(settings: Ancestry, build: str) -> Loadings:
    """Read the loadings for a build.

    Raises
    ------
    ConfigError
        As `read_loadings`; or variants have no position on the build.
    """
    file = read_loadings(settings)
    column = f"{build.lower()}_pos"
    lacking = [line for line, row in zip(file.lines, file.rows, strict=True) if not row[column]]
    if lacking:
        raise ConfigError.of(
            f"{file.where}:{lacking[0]}",
            found=f"{len(lacking)} variants without {column}",
            expected=f"positions on {build}, the build of the site's VCFs",
            remedy="Fill the column, or take the variants out at every site.",
        )
    sites = [
        Site(
            row["chrom"].removeprefix("chr"),
            int(row[column]),
            row["alt"].upper(),
            row["ref"].upper(),
        )
        for row in file.rows
    ]
    order = sorted(range(len(sites)), key=lambda n: (sites[n].chrom, sites[n].position, n))
    components = [f"pc{number}" for number in range(1, settings.components + 1)]
    values = [[float(file.rows[n][name]) for name in components] for n in order]
    return Loadings(
        [sites[n] for n in order],
        np.array([float(file.rows[n]["frequency"]) for n in order]),
        np.array(values),
        file.correction,
    )
