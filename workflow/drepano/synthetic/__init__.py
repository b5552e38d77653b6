"""Cohorts that never had a patient, with their truth."""

from drepano.synthetic.cohort import make_cohort

__all__ = ["make_cohort"]
