"""Measures of a sample's quality: which sums make them, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from drepano.contracts import Column
from drepano.genomics.interpretation.evidence import Trouble
from drepano.genomics.sample_quality import quantities as q
from drepano.genomics.sample_quality.collecting import QUALITY
from drepano.settings import SampleQuality

MISSING = "the sample's files do not tell it; the reason stands in the states"

VARIANTS_ONLY = Trouble(
    "undefined",
    "variants_only",
    "no reference call: what was not called cannot be told from what is reference",
    "Call the samples together if this measure is wanted.",
)
NOTHING_TO_DIVIDE = Trouble("undefined", "too_few_records", "its denominator is 0", "")
NO_FIELD = Trouble(
    "undefined", "no_format_field", "no call has the field", "Keep DP, GQ and AD in the files."
)
NO_FREQUENCY = Trouble(
    "undefined",
    "no_annotation",
    "no homozygous call at a record whose frequency is told",
    "Annotate the files with the frequency that sample_quality names.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A ratio of two sums, or a count.

    Attributes
    ----------
    name
        Column after ``sample__``.
    top, bottom
        Quantities that are added up and divided; without `bottom` it is a count.
    empty
        Why there is no value where the bottom is 0.
    scale
        The top is divided by it first.
    needs_reference
        True if it makes sense only where reference calls are written down.
    """

    name: str
    top: tuple[str, ...]
    bottom: tuple[str, ...] = ()
    meaning: str
    standard: str
    source: str = "docs/sample_quality.md"
    empty: Trouble = NOTHING_TO_DIVIDE
    scale: int = 1
    needs_reference: bool = False
    maximum: float | None = None

    @property
    def column(self) -> str:
        """Name of the matrix column."""
        return f"sample__{self.name}"

    def declare(self) -> Column:
        """Declare the matrix column."""
        kind: Literal["number", "integer"] = "number" if self.bottom else "integer"
        return Column(
            name=self.column,
            type=kind,
            unit="1",
            meaning=self.meaning,
            missing=MISSING,
            source=self.source,
            standard=self.standard,
            state_source=QUALITY,
            minimum=0,
            maximum=self.maximum,
        )

    def value(self, sums: Mapping[str, int]) -> float | Trouble:
        """Return the measure of one sample, or why it has none.

        Parameters
        ----------
        sums
            Quantity to its sum.
        """
        if self.needs_reference and not (sums["reference"] or sums[q.SHARED_RECORDS]):
            return VARIANTS_ONLY
        top = sum(sums[name] for name in self.top)
        if not self.bottom:
            return float(top)
        bottom = sum(sums[name] for name in self.bottom)
        return top / self.scale / bottom if bottom else self.empty


_BIALLELIC = "autosomal records with one ALT; GT, and the study's gates of FILTER, DP and GQ"
_CHARR = "Lu et al. 2023, Am J Hum Genet 110:2068 (CHARR)"

MEASURES = (
    Measure(
        name="call_rate",
        top=("called",),
        bottom=(q.RECORDS,),
        meaning="called fraction of the records of the sample's files; higher is better",
        standard=f"{_BIALLELIC}; of the file's own records, so only where reference is written",
        needs_reference=True,
        maximum=1,
    ),
    Measure(
        name="heterozygosity",
        top=("het",),
        bottom=("called",),
        meaning="heterozygous fraction of calls; much higher than others: contamination, "
        "much lower: shared ancestry of the parents",
        standard=f"{_BIALLELIC}; of the file's own records, so only where reference is written",
        needs_reference=True,
        maximum=1,
    ),
    Measure(
        name="het_hom_ratio",
        top=("het",),
        bottom=("hom_alt",),
        meaning="heterozygous calls per homozygous ALT call; much higher than others: "
        "contamination; differs between ancestries",
        standard=_BIALLELIC,
    ),
    Measure(
        name="ti_tv",
        top=("transitions",),
        bottom=("transversions",),
        meaning="transitions per transversion among the SNVs carried; about 2 in genomes, "
        "2.8 or more in exomes, lower with false calls",
        standard=_BIALLELIC,
    ),
    Measure(
        name="snvs",
        top=("transitions", "transversions"),
        meaning="records of one exchanged base with at least one ALT in the call",
        standard=_BIALLELIC,
    ),
    Measure(
        name="indels",
        top=("indels",),
        meaning="records of insertions and deletions with at least one ALT in the call",
        standard=_BIALLELIC,
    ),
    Measure(
        name="depth",
        top=("depth",),
        bottom=("with_depth",),
        meaning="mean DP of calls; higher is better",
        standard=f"{_BIALLELIC}; calls with DP",
        empty=NO_FIELD,
    ),
    Measure(
        name="genotype_quality",
        top=("quality",),
        bottom=("with_quality",),
        meaning="mean GQ of calls; higher is better",
        standard=f"{_BIALLELIC}; calls with GQ",
        empty=NO_FIELD,
    ),
    Measure(
        name="unbalanced_het",
        top=("het_unbalanced",),
        bottom=("het_with_reads",),
        meaning="fraction of heterozygous calls whose ALT reads are not 0.2 to 0.8 of all; "
        "higher: contamination or false calls",
        standard=f"{_BIALLELIC}; heterozygous calls with at least {q.MIN_DEPTH} reads in AD",
        maximum=1,
    ),
    Measure(
        name="reference_reads",
        top=("reference_reads",),
        bottom=("hom_alt_with_reads",),
        scale=q.UNIT,
        meaning="mean fraction of REF reads in homozygous ALT calls; higher: contamination",
        source=_CHARR,
        standard=f"{_BIALLELIC}; SNVs, {q.MIN_DEPTH} to {q.MAX_DEPTH} reads in AD, GQ at least "
        f"{q.MIN_QUALITY}; without the frequency that CHARR divides by",
        maximum=1,
    ),
)


def measures_of(settings: SampleQuality) -> list[Measure]:
    """Return the measures that a study asks for, in the order of their columns."""
    if not settings.frequency:
        return list(MEASURES)
    charr = Measure(
        name="contamination",
        top=("charr",),
        bottom=("charr_calls",),
        scale=q.UNIT,
        meaning="estimated fraction of reads of another person; higher is worse",
        source=_CHARR,
        standard=f"CHARR: mean over homozygous ALT calls of SNVs of REF reads / (reads x "
        f"(1 - {settings.frequency})), frequency {q.MIN_FREQUENCY} to {q.MAX_FREQUENCY}, "
        f"{q.MIN_DEPTH} to {q.MAX_DEPTH} reads in AD, GQ at least {q.MIN_QUALITY}",
        empty=NO_FREQUENCY,
    )
    return [*MEASURES, charr]
