"""Rows of a scoring file: which can be used on a build, and which are refused by what name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from sys import intern

from drepano.catalogue.panel import CHROMOSOMES
from drepano.errors import Fault
from drepano.genomics.reading.effects import BASES, Site, palindromic

KINDS = ("additive", "dominant", "recessive", "genotypes")
"""How a weight counts: per copy; once for one or two copies; once for two; one per genotype."""

REFUSALS = {
    "interaction": "the weight belongs to several variants together",
    "haplotype": "the weight belongs to a haplotype, such as an HLA allele",
    "diplotype": "the weight belongs to a pair of haplotypes",
    "no_effect_allele": "the effect allele is not told as bases",
    "no_other_allele": "an indel whose other allele is not told",
    "no_position": "no chromosome 1 to 22 or X, or no position on the build",
    "palindromic": "the alleles are each other's complement, and the study drops such",
    "repeated": "the same variant and weights stand above; they count once",
    "contradiction": "the same variant has other weights or another effect allele too",
}
"""Why a row is not used."""

LEFT_OUT = ("palindromic", "repeated")
"""Refusals by which the score is no less whole: the study's choice, and a row said twice."""

_WEIGHTS = ("effect_weight",)
_BY_GENOTYPE = ("dosage_0_weight", "dosage_1_weight", "dosage_2_weight")
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no", "", "na", "nan", "none"}
_EMPTY = {"", "NA", "NaN", "None", "."}


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be used.

    Attributes
    ----------
    line
        In the file, from 1; names the row in reports.
    site
        Place and alleles on the build.
    kind
        One of `KINDS`.
    weights
        For 0, 1 and 2 copies if `kind` is ``genotypes``; else one.
    named
        rsID or place, as the file has it.
    """

    line: int
    site: Site
    kind: str
    weights: tuple[float, ...]
    named: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not used, and why: a key of `REFUSALS`."""

    line: int
    reason: str
    named: str


Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Places:
    """Columns that hold the place of a row on the build."""

    chrom: str
    position: str


def read_row(cells: Cells, line: int, places: Places, *, keep_palindromic: bool) -> Row | Refused:
    """Read a row without faults (`row_faults`)."""
    site = _site(cells, places)
    reason = _refusal(cells, site, keep_palindromic=keep_palindromic)
    if reason or site is None:
        return Refused(line, reason or "no_position", name_of(cells))
    return Row(line, site, _kind(cells), _weights(cells), name_of(cells))


def name_of(cells: Cells) -> str:
    """Return a row's own name: its rsID, else place and allele as the authors have them."""
    rsid = cells.get("rsID", "") or cells.get("hm_rsID", "")
    place = [cells.get(name, "") for name in ("chr_name", "chr_position", "effect_allele")]
    return rsid or ":".join(part for part in place if part)


def _site(cells: Cells, places: Places) -> Site | None:
    chrom = cells.get(places.chrom, "").removeprefix("chr").upper()
    chrom = "X" if chrom == "23" else chrom
    position = cells.get(places.position, "").removesuffix(".0")
    if chrom not in CHROMOSOMES or not position.isdigit() or int(position) < 1:
        return None
    effect, other = cells["effect_allele"].upper(), _other(cells)
    return Site(intern(chrom), int(position), intern(effect), intern(other))


def _other(cells: Cells) -> str:
    """Return the other allele: the authors', else the one that harmonisation inferred.

    An inferred one that names several alleles does not tell which.
    """
    for name in ("other_allele", "hm_inferOtherAllele"):
        told = cells.get(name, "").upper()
        if told and BASES.issuperset(told):
            return told
    return ""


def _refusal(cells: Cells, site: Site | None, *, keep_palindromic: bool) -> str:
    for kind in ("interaction", "haplotype", "diplotype"):
        if _flag(cells, f"is_{kind}"):
            return kind
    effect = cells["effect_allele"].upper()
    if not effect or not BASES.issuperset(effect) or effect == _other(cells):
        return "no_effect_allele"
    if site is None:
        return "no_position"
    if not site.other and not site.single:
        return "no_other_allele"
    if site.single and palindromic(site.effect, site.other) and not keep_palindromic:
        return "palindromic"
    return ""


def _flag(cells: Cells, name: str) -> bool:
    return cells.get(name, "").lower() in _TRUE


def _by_genotype(cells: Cells) -> bool:
    return all(cells.get(name, "") not in _EMPTY for name in _BY_GENOTYPE)


def _kind(cells: Cells) -> str:
    if _by_genotype(cells):
        return "genotypes"
    if _flag(cells, "is_dominant"):
        return "dominant"
    return "recessive" if _flag(cells, "is_recessive") else "additive"


def _weights(cells: Cells) -> tuple[float, ...]:
    names = _BY_GENOTYPE if _by_genotype(cells) else _WEIGHTS
    return tuple(float(cells[name]) for name in names)


def row_faults(cells: Cells, where: str) -> Iterator[Fault]:
    """Name what is wrong with a row, so that the file must be mended; refusals are not."""
    remedy = "Mend the row, or take it out of the file; docs/scores.md explains the columns."
    names = _BY_GENOTYPE if _by_genotype(cells) else _WEIGHTS
    for name in names:
        if not _is_finite(cells.get(name, "")):
            yield Fault(where, f"{name} {cells.get(name, '')!r}", "a finite number", remedy)
    for name in ("dominant", "recessive", "interaction", "haplotype", "diplotype"):
        told = cells.get(f"is_{name}", "").lower()
        if told not in _TRUE | _FALSE:
            yield Fault(where, f"is_{name} {told!r}", "true or false", remedy)
    if _flag(cells, "is_dominant") and _flag(cells, "is_recessive"):
        yield Fault(where, "both is_dominant and is_recessive", "one of them", remedy)


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def refuse_repeats(rows: list[Row]) -> tuple[list[Row], list[Refused]]:
    """Keep one row per variant: repeats count once, contradictions not at all.

    Two rows are of one variant if place and both alleles are the same, whichever of the two
    is the effect allele.
    """
    of_variant: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        site = row.site
        key = (site.chrom, site.position, *sorted((site.effect, site.other)))
        of_variant.setdefault(key, []).append(row)
    kept, refused = [], []
    for same in of_variant.values():
        said = {(row.site.effect, row.kind, row.weights) for row in same}
        reason = "repeated" if len(said) == 1 else "contradiction"
        kept += same[:1] if len(said) == 1 else []
        rest = same[1:] if len(said) == 1 else same
        refused += [Refused(row.line, reason, row.named) for row in rest]
    return kept, refused
