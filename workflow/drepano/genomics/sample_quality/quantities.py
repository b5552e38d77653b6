"""What is summed for each sample, and in which order; all of it whole numbers."""

from __future__ import annotations

CALLED = 0
HET = 1
HOM_ALT = 2
REFERENCE = 3
CARRIED = 3
"""Base of the next three: `CARRIED` plus a `sites.Kind` from 1 on."""
TRANSITIONS = 4
TRANSVERSIONS = 5
INDELS = 6
DEPTH = 7
WITH_DEPTH = 8
QUALITY = 9
WITH_QUALITY = 10
WITH_READS = 11
HET_WITH_READS = 12
HET_UNBALANCED = 13
REFERENCE_READS = 14
HOM_ALT_WITH_READS = 15
CHARR = 16
CHARR_CALLS = 17
X_CALLED = 18
X_HAPLOID = 19
X_CARRIED = 20
X_HET = 21
Y_CALLED = 22

NAMES = (
    *("called", "het", "hom_alt", "reference", "transitions", "transversions", "indels"),
    *("depth", "with_depth", "quality", "with_quality", "with_reads", "het_with_reads"),
    *("het_unbalanced", "reference_reads", "hom_alt_with_reads", "charr", "charr_calls"),
    *("x_called", "x_haploid", "x_carried", "x_het", "y_called"),
)
"""Quantities of `genome_sums`, in the order of the numbers above."""

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
"""Reads and GQ of homozygous ALT calls in which reference reads are counted, as CHARR has them."""

MIN_FREQUENCY = 0.05
MAX_FREQUENCY = 0.95
"""Frequencies of the variants in the corrected estimate, as CHARR has them."""
