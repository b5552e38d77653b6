"""Genome builds, told apart by the lengths of their chromosomes.

Lengths of the autosomes and X as the Genome Reference Consortium's assemblies GRCh37 and
GRCh38 state them; no chromosome has the same length in both.
"""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = (*(str(n) for n in range(1, 23)), "X")
_LENGTHS = {
    "GRCh37": (
        *(249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663),
        *(146364022, 141213431, 135534747, 135006516, 133851895, 115169878, 107349540),
        *(102531392, 90354753, 81195210, 78077248, 59128983, 63025520, 48129895, 51304566),
        155270560,
    ),
    "GRCh38": (
        *(248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973),
        *(145138636, 138394717, 133797422, 135086622, 133275309, 114364328, 107043718),
        *(101991189, 90338345, 83257441, 80373285, 58617616, 64444167, 46709983, 50818468),
        156040895,
    ),
}
LENGTHS = {build: dict(zip(_NAMES, lengths, strict=True)) for build, lengths in _LENGTHS.items()}
"""Length in bases by chromosome (without prefix), by build."""

UNKNOWN_BUILD = "neither"


def build_of(contigs: Mapping[str, int]) -> str:
    """Tell the build from the contig lengths of a header.

    Parameters
    ----------
    contigs
        Length in bases by contig, without `chr`.

    Returns
    -------
    str
        GRCh37 or GRCh38; empty when no autosome or X has a length; `UNKNOWN_BUILD` when
        lengths fit neither, or some fit one and some the other.
    """
    stated = {name: contigs[name] for name in _NAMES if name in contigs}
    if not stated:
        return ""
    fitting = [b for b, lengths in LENGTHS.items() if stated.items() <= lengths.items()]
    return fitting[0] if fitting else UNKNOWN_BUILD
