"""Projections of samples on the components of a reference, corrected for what was not seen.

A projection over the called variants alone is short by what they carry of the component:

    pc_k = correction_k * sum_called(z_v l_vk) * sum_all(l_vk**2) / sum_called(l_vk**2)

which is the least-squares estimate of each component alone from the called variants, and the
plain projection where all are called. `correction_k` undoes the shrinkage towards the mean of
samples that the components were not computed on (Dey and Lee, Genetic Epidemiology 2019; 43:
1046-1057); the makers of the reference compute it, since it needs their samples.
"""

from __future__ import annotations

import numpy as np

from drepano.contracts import Column
from drepano.genomics.ancestry.loadings import Floats, load_loadings, read_loadings
from drepano.genomics.ancestry.projecting import (
    CALLED,
    SEEN,
    SOURCE,
    SUM,
    Weights,
    component_name,
    weights_of,
)
from drepano.genomics.interpretation.evidence import Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.genomics.reading.dosages import UNIT
from drepano.genomics.scores.exact import Quantised, value_of
from drepano.genomics.scores.interpreting import NO_FILE, serious
from drepano.settings import Ancestry

MATCHED = f"{SOURCE}__matched"


class Projection:
    """Concludes the components (`interpretation.registry.Interpreter`)."""

    def __init__(self, settings: Ancestry) -> None:
        self._settings = settings

    def columns(self) -> list[Column]:
        """Declare the components, and the fraction of variants called."""
        digest = read_loadings(self._settings).digest
        source = f"loadings that the study brings, sha256 {digest[:16]}"
        numbers = range(self._settings.components)
        return [
            *(_component(number, source, self._settings) for number in numbers),
            _matched(source),
        ]

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject its components, or say why not."""
        if not evidence.build:  # a site without genomes
            for subject in evidence.subjects:
                _refuse(findings, subject, NO_FILE)
            return
        loaded = load_loadings(self._settings, evidence.build)
        called, variants = evidence.sums_of(SOURCE, CALLED), len(loaded.sites)
        values = _values(evidence, loaded.correction, weights_of(loaded))
        for place, subject in enumerate(evidence.subjects):
            if trouble := serious(evidence.troubles(SOURCE, subject)):
                _refuse(findings, subject, trouble)
                continue
            fraction = int(called[place]) / variants
            findings.number(subject, MATCHED, fraction)
            # Components of which no called variant knows anything are not finite.
            if fraction < self._settings.min_match or not np.isfinite(values[place]).all():
                detail = f"{called[place]} of {variants} variants"
                remedy = "Type or impute the variants of the loadings."
                findings.refuse(
                    subject, SOURCE, Trouble("not_covered", "too_few_variants", detail, remedy)
                )
                continue
            for number, value in enumerate(values[place].tolist()):
                findings.number(subject, f"{SOURCE}__{component_name(number)}", value)


def _values(evidence: Evidence, correction: Floats, weights: Weights) -> Floats:
    """Return the corrected projections, (subjects, components)."""
    values = np.full((len(evidence.subjects), len(correction)), np.nan)
    for number, factor in enumerate(correction.tolist()):
        name, of_seen = component_name(number), weights.seen[number]
        whole = _all_of(of_seen)
        parts = (evidence.sums_of(SOURCE, quantity, name) for quantity in (*SUM, *SEEN))
        for place, (high, low, seen_high, seen_low) in enumerate(zip(*parts, strict=True)):
            seen = value_of(int(seen_high), int(seen_low), of_seen.shift)
            if seen > 0:
                total = value_of(int(high), int(low), weights.of_call[number].shift)
                values[place, number] = factor * total * (whole / seen)
    return values


def _all_of(quantised: Quantised) -> float:
    high, low = (int(part.sum()) * UNIT for part in (quantised.high, quantised.low))
    return value_of(high, low, quantised.shift)


def _refuse(findings: Findings, subject: str, trouble: Trouble) -> None:
    for source in (SOURCE, MATCHED):
        findings.refuse(subject, source, trouble)


def _component(number: int, source: str, settings: Ancestry) -> Column:
    return Column(
        name=f"{SOURCE}__{component_name(number)}",
        type="number",
        unit="1",
        meaning=f"projection on component {number + 1} of the reference; its direction is that "
        "of the loadings",
        missing="too few of the loadings' variants were called; the reason stands in the states",
        source=source,
        standard="sum of loading times dosage standardised by the reference's frequencies; "
        "missing variants left out and the sum scaled by squared loadings, all to called; times "
        f"the file's shrinkage correction; null below {settings.min_match:.4g} called",
        state_source=SOURCE,
    )


def _matched(source: str) -> Column:
    return Column(
        name=MATCHED,
        type="number",
        unit="1",
        meaning="fraction of the loadings' variants that were called",
        missing="no file of the subject was read for the projection",
        source=source,
        standard="called variants by variants of the loadings",
        state_source=MATCHED,
        minimum=0,
        maximum=1,
    )
