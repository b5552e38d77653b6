"""VCF files to dosages of panels, sums over whole files, and what follows from both."""

from drepano.genomics.check import check_genomics
from drepano.genomics.interpretation.evidence import Long, evidence_of
from drepano.genomics.interpretation.interpret import declare_interpretation, interpret
from drepano.genomics.panel.columns import declare_columns
from drepano.genomics.panel.genotyping import Genotyping, context_of
from drepano.genomics.panel.planning import plan
from drepano.genomics.scan.planning import plan_scan
from drepano.genomics.scan.unit import Scanning
from drepano.genomics.scores.matches import score_matches

__all__ = [
    "Genotyping",
    "Long",
    "Scanning",
    "check_genomics",
    "context_of",
    "declare_columns",
    "declare_interpretation",
    "evidence_of",
    "interpret",
    "plan",
    "plan_scan",
    "score_matches",
]
