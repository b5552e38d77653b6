"""Compile the kernels of this room once, so that ranks that start together only load them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pysam

from drepano.genomics.reading import cells, locating, passing, plain, tabix
from drepano.genomics.reading.alleles import Target, trim
from drepano.genomics.reading.dosages import dosages
from drepano.genomics.reading.evidence import read_calls
from drepano.genomics.reading.vcf import reading
from drepano.settings import Genomics

_TEXT = """##fileformat=VCFv4.3
##contig=<ID=1>
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">
##FORMAT=<ID=DS,Number=A,Type=Float,Description="expected dosage">
#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT s
1 5 . T A . PASS . GT 0/1
1 5 . T A . PASS . GT:DP 0/1:7
1 5 . T A . PASS . DS 0.5
"""


def warm() -> int:
    """Read a small file through every kernel; return how many kernels are compiled or loaded."""
    target = Target("v", "1", 5, 6, "T", "A", trim(5, "T", "A"))
    gates = Genomics()
    with tempfile.TemporaryDirectory() as folder:
        plain_path, path = Path(folder) / "w.vcf", Path(folder) / "w.vcf.gz"
        header, marks, rows = _TEXT.partition("#CHROM")
        plain_path.write_text(header + (marks + rows).replace(" ", "\t"))
        pysam.tabix_compress(str(plain_path), str(path))
        pysam.tabix_index(str(path), preset="vcf")
        with reading(path, Path(f"{path}.tbi"), ["s"], prefix="") as variants:
            for record in variants.fetch("1", 5, 5):
                dosages(record, target, gates)
                read_calls(record, target, gates)
                record.numbers("DP")
                if record.has("GT"):
                    record.genotypes()
    kernels = [
        function
        for room in (cells, locating, passing, plain, tabix)
        for function in vars(room).values()
        if getattr(function, "signatures", None)
    ]
    return len(kernels)
