"""Genotyping whose reading of one file crashes inside htslib, by a pointer to nowhere."""

import ctypes
from pathlib import Path

import cyvcf2

from drepano.genomics import Genotyping
from drepano.ranks import Unit, UnitResult


class Crashing(Genotyping):
    """Reads every file but those called ``crash``."""

    def compute(self, unit: Unit) -> UnitResult:
        """Free what was never allocated when a file is to crash; else genotype."""
        if Path(unit.payload["path"]).name.startswith("crash"):
            htslib = ctypes.CDLL(cyvcf2.cyvcf2.__file__)
            htslib.bcf_destroy(ctypes.c_void_p(8))
        return super().compute(unit)
