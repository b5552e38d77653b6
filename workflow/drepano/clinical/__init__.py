"""Clinical: a site's tables to typed values in stated units, with a state for every null."""

from drepano.clinical.check import check_concepts
from drepano.clinical.columns import declare_columns
from drepano.clinical.read import ClinicalTables, read_clinical

__all__ = ["ClinicalTables", "check_concepts", "declare_columns", "read_clinical"]
