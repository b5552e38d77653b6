"""The panel against the site's FASTA: rows whose REF differs are refused, never guessed."""

from __future__ import annotations

from collections.abc import Mapping

from drepano.catalogue.builds import UNKNOWN_BUILD, build_of
from drepano.catalogue.panel import PanelVariant
from drepano.errors import ConfigError
from drepano.genomics.reading.alleles import Target
from drepano.genomics.reading.reference import (
    Reference,
    agree,
    digest_of,
    disagreeing,
    require_chromosomes,
)
from drepano.ranks import content_key
from drepano.settings import GenomeSource


def open_reference(genome: GenomeSource | None) -> Reference | None:
    """Open the site's FASTA; None if it has none.

    Raises
    ------
    ConfigError
        It cannot be read, or its contig lengths are those of another build.
    """
    if genome is None or genome.reference is None:
        return None
    reference = Reference(genome.reference)
    build = build_of(reference.lengths)
    if build not in ("", UNKNOWN_BUILD, genome.build):
        raise ConfigError.of(
            f"site: genomics.reference: {genome.reference}",
            found=f"contig lengths of {build}",
            expected=f"a FASTA of {genome.build}, which genomics.build states",
            remedy="Mend genomics.reference or genomics.build in the site file.",
        )
    return reference


def refused_rows(
    reference: Reference | None, panel: list[PanelVariant], build: str
) -> dict[str, str]:
    """Compare the REF of each row with the FASTA of the declared build.

    Returns
    -------
    dict
        What was found, by variant, for each row that differs: it has no value at this site.

    Raises
    ------
    ConfigError
        The FASTA lacks a chromosome of the panel; or most rows differ, so that the FASTA,
        not the rows, must be wrong.
    """
    if reference is None:
        return {}
    require_chromosomes(reference, {variant.chrom for variant in panel})
    targets = {variant.variant: Target.of(variant, build) for variant in panel}
    wrong = disagreeing(reference, targets.values())
    if 2 * len(wrong) > len(panel):
        raise ConfigError.of(
            f"site: genomics.reference: {reference.path}",
            found=f"other bases than the panel's REF at {len(wrong)} of {len(panel)} variants"
            + _likeness(reference, panel, build),
            expected=f"a FASTA of {build}, which genomics.build states",
            remedy="Mend genomics.reference or genomics.build in the site file.",
        )
    return {
        name: f"{target.chrom}:{target.start} is {wrong[name] or 'behind the end'} in "
        f"{reference.path.name}, and {target.ref} in the panel"
        for name, target in targets.items()
        if name in wrong
    }


def _likeness(reference: Reference, panel: list[PanelVariant], build: str) -> str:
    """Say that the FASTA looks like another build, if most of the panel's bases do."""
    for other in sorted({known for v in panel for known in v.positions} - {build}):
        placed = [Target.of(v, other) for v in panel if other in v.positions]
        matching = sum(
            agree(reference.window(t.chrom, t.start, t.end).bases, t.ref) for t in placed
        )
        if 2 * matching > len(placed):
            return f"; it looks like {other}, with whose positions {matching} agree"
    return ""


def base_digests(
    reference: Reference | None, panel: list[PanelVariant], build: str
) -> dict[str, str]:
    """Hash the bases of the FASTA on which the calls of each variant depend."""
    if reference is None:
        return {}
    targets = [Target.of(variant, build, reference) for variant in panel]
    return {
        t.variant: digest_of([(t.chrom, t.window or reference.window(t.chrom, t.start, t.end))])
        for t in targets
    }


def joint_digest(digests: Mapping[str, str], variants: list[str]) -> str:
    """Return one hash for the variants of a unit; empty without a FASTA."""
    return content_key([digests[name] for name in variants]) if digests else ""
