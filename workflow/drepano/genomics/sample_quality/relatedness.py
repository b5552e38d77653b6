"""Genotypes at markers to columns of relatedness."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from drepano.contracts import Column
from drepano.genomics.interpretation.evidence import NOT_LOOKED_AT, Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.genomics.sample_quality.genotypes import (
    KINSHIP,
    LETTERS,
    PIECES,
    UNKNOWN,
    Codes,
    join,
)
from drepano.genomics.sample_quality.kinship import (
    DUPLICATE,
    HOM_REF,
    SECOND_DEGREE,
    Kinship,
    kinship_of,
)
from drepano.genomics.sample_quality.markers import Markers
from drepano.settings import SampleQuality

CLOSEST = "sample__kinship__closest"
RELATIVES = "sample__kinship__relatives"
DUPLICATES = "sample__kinship__duplicates"

VARIANTS_ONLY = Trouble(
    "undefined",
    "variants_only",
    "no marker is called reference: alleles that two people lack cannot be compared",
    "Give the markers' reference calls: a cohort file, or a gVCF.",
)
FEW_MARKERS = Trouble(
    "undefined",
    "too_few_variants",
    "fewer markers called in two subjects than min_markers, or none heterozygous",
    "See min_markers of sample_quality, and the marker file.",
)
ALONE = Trouble("undefined", "no_other_subject", "no other subject has calls at the markers")


class RelatednessInterpreter:
    """Concludes relatedness (`drepano.genomics.interpretation.registry.Interpreter`)."""

    def __init__(self, settings: SampleQuality, markers: Markers) -> None:
        self._settings, self._markers = settings, markers

    def columns(self) -> list[Column]:
        """Declare the closest kinship, and how many relatives and duplicates there are."""
        told = (
            (
                CLOSEST,
                (
                    "greatest kinship with another subject of the site: 0.5 one person or "
                    "identical twins, 0.25 parent or sibling, about 0 unrelated"
                ),
            ),
            (
                RELATIVES,
                (
                    "other subjects of the site with a kinship above "
                    f"{SECOND_DEGREE:.4f}: second degree or closer"
                ),
            ),
            (
                DUPLICATES,
                (
                    f"other subjects of the site with a kinship above {DUPLICATE:.3f}: "
                    "the same person, or identical twins"
                ),
            ),
        )
        return [self._column(name, meaning) for name, meaning in told]

    def _column(self, name: str, meaning: str) -> Column:
        count = name != CLOSEST
        markers = f"{len(self._markers.rows)} markers, sha256 {self._markers.digest[:16]}"
        return Column(
            name=name,
            type="integer" if count else "number",
            unit="1",
            meaning=meaning,
            missing="the subject could not be compared; the reason stands in the states",
            source=f"Manichaikul et al. 2010, Bioinformatics 26:2867; {markers}",
            standard="KING-robust between families, over markers called in both; pairs with at "
            f"least {self._settings.min_markers} of them",
            state_source=KINSHIP,
            minimum=0 if count else None,
            maximum=None if count else 0.5,
        )

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Compare all subjects whose files hold the markers; say why of the others."""
        genotypes = _genotypes(evidence, self._markers)
        troubles = _troubles(evidence, genotypes)
        usable = np.array([trouble is None for trouble in troubles], np.bool_)
        compared = kinship_of(genotypes[usable], self._settings.min_markers)
        alone = int(usable.sum()) == 1
        place = 0
        for subject, trouble in zip(evidence.subjects, troubles, strict=True):
            if trouble is None:
                _give(findings, subject, compared, place, alone=alone)
                place += 1
            else:
                findings.refuse(subject, KINSHIP, trouble)


def _give(findings: Findings, subject: str, compared: Kinship, place: int, *, alone: bool) -> None:
    if np.isnan(compared.closest[place]):
        findings.refuse(subject, KINSHIP, ALONE if alone else FEW_MARKERS)
        return
    findings.number(subject, CLOSEST, compared.closest[place])
    findings.number(subject, RELATIVES, compared.relatives[place])
    findings.number(subject, DUPLICATES, compared.duplicates[place])


def _troubles(evidence: Evidence, genotypes: Codes) -> list[Trouble | None]:
    """Return why subjects cannot be compared; None for those who can."""
    pieces = evidence.sums_of(KINSHIP, PIECES)
    references = (genotypes == HOM_REF).any(axis=1)
    found: list[Trouble | None] = []
    for i, subject in enumerate(evidence.subjects):
        told = evidence.troubles(KINSHIP, subject)
        if pieces[i]:  # markers on chromosomes that the files do not hold are not called
            told = [trouble for trouble in told if trouble.state != "not_covered"]
        if told:
            found.append(told[0])
        elif not pieces[i]:
            found.append(NOT_LOOKED_AT)
        else:
            found.append(None if references[i] else VARIANTS_ONLY)
    return found


def _genotypes(evidence: Evidence, markers: Markers) -> Codes:
    """Join the texts of all pieces to (subjects, markers) codes."""
    places: dict[str, int] = {}
    total = 0
    for chrom, targets in markers.on(evidence.build).items():
        places[chrom], total = total, total + len(targets)
    codes = np.full((len(evidence.subjects), total), UNKNOWN, np.int8)
    table = evidence.sums(KINSHIP)
    table = table.filter(pc.is_valid(table["text"]))
    owners = pc.index_in(table["subject"], value_set=pa.array(evidence.subjects, pa.string()))
    for item in table["item"].unique().to_pylist():
        chrom, _, first = item.partition(":")
        chosen = pc.and_(pc.equal(table["item"], item), pc.is_valid(owners))
        rows = np.asarray(owners.filter(chosen).to_numpy(), np.int64)
        if not len(rows):
            continue
        letters = _letters(table["text"].filter(chosen).to_pylist())
        start = places[chrom] + int(first)
        here = codes[rows, start : start + letters.shape[1]]
        codes[rows, start : start + letters.shape[1]] = join(here, letters)
    return codes


def _letters(texts: list[str]) -> Codes:
    """Return texts of one length as codes, (texts, letters)."""
    raw = np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(len(texts), -1)
    code: NDArray[np.int8] = np.full(256, UNKNOWN, np.int8)
    code[LETTERS] = np.arange(len(LETTERS), dtype=np.int8)
    return code[raw]
