"""Burden: alleles that masks of the study count in genes or regions."""

from drepano.genomics.burdens.collecting import burden_source, burden_sources
from drepano.genomics.burdens.concluding import burden_interpreters

__all__ = ["burden_interpreters", "burden_source", "burden_sources"]
