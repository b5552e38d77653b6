"""People and a panel to genotype calls, some of them missing, weak or filtered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from drepano.catalogue.panel import PanelVariant
from drepano.synthetic.haplotypes import Haplotypes, draw_haplotypes, linked_gene
from drepano.synthetic.roster import Person, Stream, generator

Weakness = Literal["", "missing", "half", "low_depth", "low_quality"]
Allele = tuple[int, str, str]

BUILD = "GRCh38"
ABSENT_SITES = 2
_SPARE = frozenset(
    {
        *("bcl11a_rs1427407", "bcl11a_rs7606173", "hbs1l_myb_rs4895441", "hbs1l_myb_rs9494145"),
        *("ackr1_rs2814778", "mthfr_rs1801133"),
    }
)
"""Variants that no caller or score of the example study reads: what is absent is drawn of them."""
_WEAKNESSES: tuple[Weakness, ...] = ("missing", "half", "low_depth", "low_quality")
_WEAK_FRACTION = 0.01

_S: Allele = (5227002, "T", "A")
_C: Allele = (5227003, "C", "T")
_CODON_39: Allele = (5226774, "G", "A")
_MINUS_29: Allele = (5227100, "T", "C")
_CODON_6: Allele = (5227001, "CT", "C")

HAPLOTYPES: dict[str, tuple[Allele | None, Allele | None]] = {
    "HbSS": (_S, _S),
    "HbSC": (_S, _C),
    "HbS/beta0": (_S, _CODON_39),
    "HbS/beta+": (_S, _MINUS_29),
    "HbS/codon6": (_S, _CODON_6),
    "HbAS": (_S, None),
    "HbAA": (None, None),
}
"""Alleles of HBB on the two chromosomes 11: position on GRCh38, REF, ALT."""

# Categories of the panel whose alleles decide the disease: only `HAPLOTYPES` sets them.
_DISEASE = ("hb_variant", "bthal")
_ALT_FREQUENCIES = (0.22, 0.05, 0.03)


@dataclass(frozen=True, slots=True)
class Site:
    """One record of the VCF: a position with all ALT alleles that the panel has there."""

    chrom: str
    position_1based: int
    ref: str
    variants: tuple[PanelVariant, ...]

    @property
    def alts(self) -> tuple[str, ...]:
        """ALT alleles in the order of the record."""
        return tuple(variant.alt for variant in self.variants)

    @property
    def last_1based(self) -> int:
        """Position of the last base of `ref`."""
        return self.position_1based + len(self.ref) - 1

    @property
    def disease(self) -> bool:
        """The site's alleles make the disease, so that chance does not set them."""
        return self.variants[0].category.startswith(_DISEASE)


@dataclass(frozen=True, slots=True)
class Call:
    """One sample at one site.

    Attributes
    ----------
    alleles
        Numbers as in GT, one per chromosome; true even when the call is weak.
    depth, quality
        DP and GQ.
    weakness
        Why the file's call is not good enough, or empty.
    """

    alleles: tuple[int, ...]
    depth: int
    quality: int
    weakness: Weakness = ""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Calls of a cohort: `calls[i][j]` is person i at site j.

    Attributes
    ----------
    people
        Those who have a sample, in the order of the VCF's columns.
    sites
        All sites of the panel in the order of the genome.
    absent
        Places in `sites` that the file does not have.
    filtered
        Place of the site whose record did not pass.
    haplotypes
        Of each person, by chromosome: gene to the name of its haplotype.
    """

    people: tuple[Person, ...]
    sites: tuple[Site, ...]
    calls: tuple[tuple[Call, ...], ...]
    haplotypes: tuple[tuple[Haplotypes, ...], ...]
    absent: frozenset[int]
    filtered: int


def sites_of(panel: Sequence[PanelVariant]) -> tuple[Site, ...]:
    """Join the panel's variants that share position and REF, in the order of the genome."""
    groups: dict[tuple[str, int, str], list[PanelVariant]] = {}
    for variant in panel:
        key = (variant.chrom, variant.position(BUILD), variant.ref)
        groups.setdefault(key, []).append(variant)
    sites = [Site(*key, tuple(variants)) for key, variants in groups.items()]
    return tuple(sorted(sites, key=lambda s: (_rank(s.chrom), s.position_1based, s.ref)))


def draw_cohort(people: Sequence[Person], panel: Sequence[PanelVariant], seed: int) -> Cohort:
    """Draw the calls of all who have a sample, then weaken some of them."""
    sampled = tuple(p for p in people if p.part != "no_sample")
    sites = sites_of(panel)
    rng = generator(seed, Stream.COHORT, 0)
    lone = [i for i, site in enumerate(sites) if _is_spare(site) and _stands_alone(site, sites)]
    *absent, filtered = (int(i) for i in rng.choice(lone, ABSENT_SITES + 1, replace=False))
    drawn = [_draw_person(person, sites, seed) for person in sampled]
    calls = [calls for calls, _ in drawn]
    whole = [i for i in range(len(sites)) if i not in {*absent, filtered}]
    _weaken(calls, sites, whole, rng)
    return Cohort(
        people=sampled,
        sites=sites,
        calls=tuple(tuple(row) for row in calls),
        absent=frozenset(absent),
        filtered=filtered,
        haplotypes=tuple(haplotypes for _, haplotypes in drawn),
    )


def _is_spare(site: Site) -> bool:
    return all(variant.variant in _SPARE for variant in site.variants)


def _stands_alone(site: Site, sites: Sequence[Site]) -> bool:
    """Tell whether no other record would speak of the site if its own were not there."""
    return not any(
        other is not site
        and other.chrom == site.chrom
        and other.position_1based <= site.last_1based
        and site.position_1based <= other.last_1based
        for other in sites
    )


def _draw_person(
    person: Person, sites: Sequence[Site], seed: int
) -> tuple[list[Call], tuple[Haplotypes, ...]]:
    """Draw the calls at all sites, and the haplotypes of linked genes by chromosome."""
    rng = generator(seed, Stream.GENOME, person.index)
    haplotypes = tuple(draw_haplotypes(rng) for _ in range(2))
    pairs = zip(HAPLOTYPES[person.genotype], haplotypes, strict=True)
    carried = [_chromosome(allele, linked, sites, rng) for allele, linked in pairs]
    calls = []
    for place, site in enumerate(sites):
        copies = 1 if site.chrom == "X" and person.male else 2
        alleles = tuple(chromosome[place] for chromosome in carried[:copies])
        if not person.phased:
            alleles = tuple(sorted(alleles))
        calls.append(Call(alleles, int(rng.integers(18, 60)), int(rng.integers(40, 100))))
    return calls, haplotypes


def _chromosome(
    allele: Allele | None, linked: Haplotypes, sites: Sequence[Site], rng: np.random.Generator
) -> list[int]:
    """Draw the allele of one chromosome set at each site; none on bases of another variant."""
    numbers: list[int] = []
    taken = ("", 0)
    for site in sites:
        number = _allele(site, allele, linked, rng)
        if site.chrom == taken[0] and site.position_1based <= taken[1]:
            number = 0
        if number:
            taken = (site.chrom, site.last_1based)
        numbers.append(number)
    return numbers


def _allele(site: Site, allele: Allele | None, linked: Haplotypes, rng: np.random.Generator) -> int:
    if site.disease:
        return _disease_allele(site, allele)
    drawn = _common_allele(site, rng)
    gene = linked_gene(site.variants[0].variant)
    if gene is None:
        return drawn
    carried = [v.variant in linked.carried(gene) for v in site.variants]
    return carried.index(True) + 1 if any(carried) else 0


def _disease_allele(site: Site, allele: Allele | None) -> int:
    for number, alt in enumerate(site.alts, start=1):
        if (site.position_1based, site.ref, alt) == allele:
            return number
    return 0


def _common_allele(site: Site, rng: np.random.Generator) -> int:
    limits = np.cumsum(_ALT_FREQUENCIES[: len(site.alts)])
    return int(np.searchsorted(limits, rng.random(), side="right") + 1) % (len(limits) + 1)


def _weaken(
    calls: list[list[Call]], sites: Sequence[Site], places: Sequence[int], rng: np.random.Generator
) -> None:
    """Give each weakness to about one call in a hundred, and to one at least.

    Alleles that make the disease stay well called, so that every genotype can be read.
    """
    cells = [
        (row, place)
        for row in range(len(calls))
        for place in places
        if not (sites[place].disease and any(calls[row][place].alleles))
    ]
    each = max(1, round(_WEAK_FRACTION * len(cells)))
    chosen = rng.permutation(len(cells))[: each * len(_WEAKNESSES)]
    for turn, cell in enumerate(chosen):
        row, place = cells[cell]
        calls[row][place] = _weak(calls[row][place], _WEAKNESSES[turn % len(_WEAKNESSES)], rng)


def _weak(call: Call, weakness: Weakness, rng: np.random.Generator) -> Call:
    depth, quality = call.depth, call.quality
    if weakness == "half" and len(call.alleles) == 1:
        weakness = "missing"
    if weakness == "low_depth":
        depth = int(rng.integers(1, 8))
    if weakness == "low_quality":
        quality = int(rng.integers(1, 20))
    return Call(call.alleles, depth, quality, weakness)


def _rank(chrom: str) -> int:
    return 23 if chrom == "X" else int(chrom)
