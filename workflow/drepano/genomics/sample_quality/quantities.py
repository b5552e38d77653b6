"""What is summed for each sample, and in which order; all of it whole numbers."""

from __future__ import annotations

DEPTH = 0
WITH_DEPTH = 1
QUALITY = 2
WITH_QUALITY = 3
WITH_READS = 4
HET_WITH_READS = 5
HET_UNBALANCED = 6
REFERENCE_READS = 7
HOM_ALT_WITH_READS = 8
CHARR = 9
CHARR_CALLS = 10

VALUES = (
    *("depth", "with_depth", "quality", "with_quality", "with_reads", "het_with_reads"),
    *("het_unbalanced", "reference_reads", "hom_alt_with_reads", "charr", "charr_calls"),
)
"""Sums of numbers of calls, in the order of the places above."""

AUTOSOMAL = ("called", "het", "hom_alt", "reference", "transitions", "transversions", "indels")
OF_X = ("x_called", "x_haploid", "x_carried", "x_het")
OF_Y = ("y_called",)
"""Counts of genotypes: autosomal, of X and of Y; carried kinds have at least one ALT."""

NAMES = (*AUTOSOMAL, *VALUES, *OF_X, *OF_Y)
"""Quantities of `genome_sums`, one for each sample."""

PIECES = "pieces"
RECORDS = "records"
SHARED_RECORDS = "shared_records"
Y_RECORDS = "y_records"
"""Quantities that are the same for all samples of a piece: pieces looked at; autosomal records;
those of files of several samples; records of Y in files of several samples."""

UNIT = 1 << 20
"""Fractions are rounded to 1/2^20, so that sums of them are exact."""

MIN_DEPTH = 10
MAX_DEPTH = 100
MIN_QUALITY = 20
"""Reads and GQ of homozygous ALT calls in which reference reads are counted: few enough reads
to hold no copies of the place, enough to show a share. Limits of drepano, after CHARR's use."""

MIN_FREQUENCY = 0.05
MAX_FREQUENCY = 0.95
"""Frequencies of the variants in the corrected estimate: rarer ALTs are mostly false calls, and
1 - frequency near 0 multiplies errors. Limits of drepano, after the use of CHARR."""
