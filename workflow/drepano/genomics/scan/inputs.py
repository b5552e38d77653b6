"""Files that a study and a site bring to genomics, beside the VCFs."""

from __future__ import annotations

from pathlib import Path

from drepano.settings import GenomeSource, Genomics


def genomics_inputs(genomics: Genomics, genome: GenomeSource | None) -> list[Path]:
    """Return the files whose change changes results: rules watch them."""
    scores = [path for score in genomics.scores.values() for path in score.brought]
    blocks = [
        genomics.ancestry.loadings if genomics.ancestry else None,
        genomics.sample_quality.markers if genomics.sample_quality else None,
        genome.reference if genome else None,
        genome.alpha_globin if genome else None,
    ]
    return [*scores, *(path for path in blocks if path is not None)]
