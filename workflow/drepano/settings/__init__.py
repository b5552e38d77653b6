"""The study and the site: typed, frozen, unknown keys refused."""

from drepano.settings.derived import BorderZone, DerivedRegion, Without
from drepano.settings.genomics import (
    Ancestry,
    Burden,
    Callers,
    Genomics,
    SampleQuality,
    Score,
)
from drepano.settings.imaging import Imaging, Modality, RegionSet
from drepano.settings.load import load_site, load_study, parse_site
from drepano.settings.perturbation import Perturbation
from drepano.settings.site import (
    BidsSource,
    ClinicalColumn,
    ClinicalSource,
    GenomeSource,
    Release,
    Site,
)
from drepano.settings.study import Clinical, Gates, QualityLimit, Study

__all__ = [
    "Ancestry",
    "BidsSource",
    "BorderZone",
    "Burden",
    "Callers",
    "Clinical",
    "ClinicalColumn",
    "ClinicalSource",
    "DerivedRegion",
    "Gates",
    "GenomeSource",
    "Genomics",
    "Imaging",
    "Modality",
    "Perturbation",
    "QualityLimit",
    "RegionSet",
    "Release",
    "SampleQuality",
    "Score",
    "Site",
    "Study",
    "Without",
    "load_site",
    "load_study",
    "parse_site",
]
