"""Imaging: a scan and its regions to one described table of radiomics."""

from drepano.imaging.columns import check_settings, declare_columns
from drepano.imaging.extraction import Extraction
from drepano.imaging.plan import plan
from drepano.imaging.preview import preview

__all__ = ["Extraction", "check_settings", "declare_columns", "plan", "preview"]
