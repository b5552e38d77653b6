"""Tables of a run to one screen for the operator, and to JSON for machines."""

from drepano.status.digest import FailureKind, failures_digest
from drepano.status.read import ALL_STEPS, ReleaseStatus, SealStatus, Status, status
from drepano.status.render import as_json, count_of, gate_text, render
from drepano.status.units import StepStatus

__all__ = [
    "ALL_STEPS",
    "FailureKind",
    "ReleaseStatus",
    "SealStatus",
    "Status",
    "StepStatus",
    "as_json",
    "count_of",
    "failures_digest",
    "gate_text",
    "render",
    "status",
]
