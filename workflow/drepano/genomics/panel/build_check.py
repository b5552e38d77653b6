"""Whether the bases of a file are those of the declared build."""

from __future__ import annotations

from drepano.errors import UnitError
from drepano.genomics.reading.alleles import Target, reference_agrees
from drepano.genomics.reading.record import Record
from drepano.genomics.reading.reference import Reference, agree

LEAST_AGREEING = 5
"""Bases that must agree before reference blocks are believed to be of the build, where neither
the header nor a record with alleles tells it: by chance that is once in a thousand files."""


class BuildEvidence:
    """Comparisons of a file's REF bases with the panel, and with the site's FASTA.

    Attributes
    ----------
    used_blocks
        True once a reference block gave a call. A block lies over any place of any build: it
        is the one kind of record that no allele of the panel vouches for.
    """

    def __init__(self, *, told: bool, reference: Reference | None) -> None:
        self._told, self._reference = told, reference
        self._sites: dict[bool, set[tuple[str, int]]] = {True: set(), False: set()}
        self._typed = False
        self.used_blocks = False

    def compare(self, target: Target, record: Record) -> bool | None:
        """Compare a record's REF with the target's where they overlap; None if they do not.

        With a FASTA, the rest of the record's REF counts as evidence of the build too.
        """
        agrees = reference_agrees(target, record.position, record.ref)
        told = self._as_in_fasta(record) if agrees is None else agrees
        if told is not None:
            self._sites[told].add((target.chrom, record.position))
        self._typed |= agrees is True and not record.block
        return agrees

    def _as_in_fasta(self, record: Record) -> bool | None:
        if self._reference is None or not set("ACGT").issuperset(record.ref):
            return None
        end = record.position + len(record.ref)
        bases = self._reference.window(record.chrom, record.position, end).bases
        return None if "N" in bases else agree(bases, record.ref)

    def check(self) -> None:
        """Refuse a file of another build, and blocks of a file whose build nothing tells.

        On another build one base in four agrees by chance, so one match proves nothing.

        Raises
        ------
        UnitError
            ``wrong_build`` if most sites differ; ``build_unknown``.
        """
        agreeing, disagreeing = len(self._sites[True]), len(self._sites[False])
        if disagreeing > agreeing:
            raise UnitError(
                "wrong_build",
                f"REF differs from the build at {disagreeing} sites and agrees at {agreeing}",
                "Check the build in the site file, or call the file again on that build.",
            )
        proven = self._told or self._typed or agreeing >= LEAST_AGREEING
        if self.used_blocks and not proven:
            raise UnitError(
                "build_unknown",
                f"no contig lengths, reference blocks, and {agreeing} bases to compare",
                "Add contig lengths, `bcftools reheader --fai`, or give genomics.reference.",
            )
