"""R2* from multi-echo scans."""

from __future__ import annotations

from typing import Literal

from drepano.settings.measures.in_regions import InRegions


class Relaxometry(InRegions):
    """R2* and T2* per region, from magnitudes at several echo times."""

    suffix: str = "MEGRE"
    """BIDS suffix of the scan: one file for each `echo`, or one with a volume for each echo."""
    fit: Literal["loglinear", "nonlinear", "nonlinear_offset"] = "loglinear"
    """loglinear: line through weighted logarithms. nonlinear: least squares of magnitudes.
    nonlinear_offset: the same with a constant under the decay, for late echoes at the noise
    floor (Wood 2005); needs four echoes."""
