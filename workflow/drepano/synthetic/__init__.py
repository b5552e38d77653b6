"""Cohorts that never had a patient, with their truth."""

from drepano.synthetic.cohort import make_cohort
from drepano.synthetic.truth import CohortTruth, Known, Session

__all__ = ["CohortTruth", "Known", "Session", "make_cohort"]
