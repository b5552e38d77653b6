"""VCF files to dosages of a panel's variants, each call with its state."""

from drepano.genomics.columns import declare_columns
from drepano.genomics.genotyping import Genotyping, context_of
from drepano.genomics.planning import plan

__all__ = ["Genotyping", "context_of", "declare_columns", "plan"]
