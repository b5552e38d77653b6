"""Cohorts of raw scans alone: each scan moved on its own, with all that a release must find."""

from drepano.synthetic.raw.cohort import write_raw_imaging

__all__ = ["write_raw_imaging"]
