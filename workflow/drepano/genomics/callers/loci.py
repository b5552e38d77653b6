"""Where copy number and coverage matter: the beta-globin cluster and the alpha-globin locus."""

from __future__ import annotations

from dataclasses import dataclass

from drepano.genomics.callers.intervals import Interval

BETA, ALPHA = "11", "16"


@dataclass(frozen=True, slots=True)
class Locus:
    """A stretch of a chromosome, 1-based and inclusive.

    Attributes
    ----------
    copies
        Where deletions, duplications and copy numbers are looked for.
    bases
        Where each base is asked to be called; None: nowhere.
    """

    copies: Interval
    bases: Interval | None = None


LOCI: dict[str, dict[str, Locus]] = {
    "GRCh38": {
        BETA: Locus(Interval(5225464, 5270333), Interval(5225464, 5227271)),
        ALPHA: Locus(Interval(162778, 184701)),
    },
    "GRCh37": {
        BETA: Locus(Interval(5246694, 5291563), Interval(5246694, 5248501)),
        ALPHA: Locus(Interval(212777, 234700)),
    },
}
"""By build and chromosome.

HBB is GRCh38 11:5225464-5227071 (minus strand); 200 bases before its start are taken as its
promoter, in which the panel's farthest allele is 90 bases away. The cluster reaches from HBB
to the panel's marker beside HBE1 (rs3834466); the locus control region lies beyond it. The
builds differ by 21,230 bases. The alpha locus is the union of --MED and --SEA.
"""

ALPHA_CHANGES: dict[str, dict[str, tuple[str, Interval]]] = {
    "GRCh38": {
        "-a3.7": ("DEL", Interval(172240, 176044)),
        "-a4.2": ("DEL", Interval(169742, 174000)),
        "--SEA": ("DEL", Interval(165401, 184701)),
        "--MED": ("DEL", Interval(162778, 180340)),
        "aaa": ("DUP", Interval(172240, 176044)),
    },
    "GRCh37": {
        "-a3.7": ("DEL", Interval(222239, 226043)),
        "-a4.2": ("DEL", Interval(219741, 223999)),
        "--SEA": ("DEL", Interval(215400, 234700)),
        "--MED": ("DEL", Interval(212777, 230339)),
        "aaa": ("DUP", Interval(222239, 226043)),
    },
}
"""Ranges as published; none is exact to the base, those of -a3.7 and -a4.2 lie in homology
boxes. -a3.7, -a4.2, aaa: paraphase; --SEA: NG_000006.1:g.26264_45564del; --MED (type I):
NG_000006.1:g.(23641_23662)_(41183_41203)del (IthaID 312)."""
