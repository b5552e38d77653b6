"""The study and the site: typed, frozen, unknown keys refused."""

from drepano.settings.imaging import Imaging, Modality, RegionSet
from drepano.settings.load import load_site, load_study, parse_site
from drepano.settings.site import (
    BidsSource,
    ClinicalColumn,
    ClinicalSource,
    GenomeSource,
    Release,
    Site,
)
from drepano.settings.study import Clinical, Gates, Genomics, Study

__all__ = [
    "BidsSource",
    "Clinical",
    "ClinicalColumn",
    "ClinicalSource",
    "Gates",
    "GenomeSource",
    "Genomics",
    "Imaging",
    "Modality",
    "RegionSet",
    "Release",
    "Site",
    "Study",
    "load_site",
    "load_study",
    "parse_site",
]
