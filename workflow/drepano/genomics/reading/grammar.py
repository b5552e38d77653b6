"""What REF, ALT and FORMAT of a record may be, so far as a genotype depends on it."""

from __future__ import annotations

import re

_REF = re.compile(r"[ACGTNMRWSYKVHDB]+")
"""Bases and the IUPAC codes that reference genomes hold (VCF 4.3, section 1.6.1, REF)."""

_ALT = re.compile(
    r"[ACGTNMRWSYKVHDB]+"
    r"|\*"
    r"|<[^<>\s,]+>"  # symbolic
    r"|\.[ACGTN]+|[ACGTN]+\."  # single breakends
    r"|[ACGTN.]*[\[\]][^\[\]\s,]+[\[\]][ACGTN.]*"  # paired breakends
)


def require_alleles(ref: str, alts: list[str]) -> None:
    """Refuse a record whose alleles cannot be told apart or counted.

    An empty ALT or two REF alleles shift the numbers that genotypes refer to.

    Parameters
    ----------
    ref, alts
        In upper case, no ALT where the file says ``.``; symbolic names are not looked into.

    Raises
    ------
    ValueError
        REF or an ALT is none of the forms of VCF 4.3, section 1.6.1.
    """
    if not _REF.fullmatch(ref):
        message = "a REF that is not bases"
        raise ValueError(message)
    if not all(map(_ALT.fullmatch, alts)):
        message = "an ALT that is not an allele: neither bases, symbolic, * nor a breakend"
        raise ValueError(message)


def require_format(fields: list[str]) -> None:
    """Refuse a FORMAT in which a field stands twice, as only one of both could be read.

    Raises
    ------
    ValueError
        A field stands twice.
    """
    if len(set(fields)) < len(fields):
        message = "a FORMAT that names a field twice"
        raise ValueError(message)
