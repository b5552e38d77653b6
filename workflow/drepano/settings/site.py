"""The site: where this hospital's data lies, and what it lets out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from drepano.settings.base import NOTHING, Name, Settings, refuse


def _keys_as_text(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if any(isinstance(key, bool) for key in value):
        message = "codes in quotation marks: YAML reads yes, no, on and off as true and false"
        raise ValueError(message)
    return {str(key): meaning for key, meaning in value.items()}


Coding = Annotated[dict[str, str], BeforeValidator(_keys_as_text)]
"""What a cell says to what it means; YAML numbers as keys are taken as text."""

Missing = Annotated[dict[str, Literal["not_recorded", "refused"]], BeforeValidator(_keys_as_text)]
"""Codes of missing values to their reason."""


class BidsSource(Settings):
    """A BIDS dataset and its derivatives."""

    bids: Path
    """Root of the BIDS dataset."""
    derivatives: tuple[Path, ...] | None = None
    """Roots of derivative datasets with regions; null: every folder of <bids>/derivatives."""


class GenomeSource(Settings):
    """VCF files: one for the cohort, one per sample, or both."""

    build: Literal["GRCh37", "GRCh38"]
    """Genome build that the site's files are on; a file that is not is refused."""
    vcf: tuple[str, ...] = Field(min_length=1)
    """Paths or glob patterns of bgzipped, indexed VCF or BCF files."""
    samples: Path | None = None
    """TSV with the columns sample and participant_id; null: sample names are participant ids."""
    reference: Path | None = None
    """FASTA of the build with its .fai: left-aligns indels and checks REF; null: by trimming."""
    alpha_globin: Path | None = None
    """TSV with the columns participant_id and genotype, such as -a3.7/aa; null: none."""


class ClinicalColumn(Settings):
    """Where a concept stands in a clinical file, and in which unit."""

    column: str
    """Header of the column in the file."""
    unit: str | None = None
    """Unit of the file's values; required for a concept with a unit, never guessed."""
    values: Coding = {}
    """What the file's codes mean, for categories and flags: {"1": male, "2": female}."""
    missing: Missing = {}
    """Missing codes of this column, added to those of the file."""


class ClinicalSource(Settings):
    """A clinical table, TSV or CSV."""

    path: Path
    """The file; .tsv, or .csv with commas or semicolons."""
    participant: str = "participant_id"
    """Header of the column with participant ids."""
    session: str | None = None
    """Header of the column with session labels; null: a row holds for every session."""
    decimal: Literal[".", ","] = "."
    """Decimal mark of the file's numbers."""
    columns: dict[Name, ClinicalColumn] = Field(min_length=1)
    """Concept to its column and unit, such as `hb: {column: Hb, unit: g/L}`."""
    missing: Missing = {"": "not_recorded", "NA": "not_recorded", "n/a": "not_recorded"}
    """Codes of missing values, for all columns of the file."""


class Release(Settings):
    """What leaves the steps for the release folder."""

    genotypes: Literal["withheld", "released"] = "withheld"
    """Genotype columns of single variants: nulls with the state `withheld`, or values."""
    withheld_columns: tuple[str, ...] = ()
    """Patterns (fnmatch) of further columns that this site does not release."""


class Site(Settings):
    """The site file. Relative paths start at the folder in which drepano runs."""

    site: Name
    """Name of the site; a folder of releases/ is called so."""
    study: Path
    """The study file."""
    key_file: Path
    """Secret key of the pseudonyms, at least 32 bytes, readable by its owner alone."""
    shards: int = Field(default=1, ge=1, le=4096)
    """Number of pieces into which the units of a step fall; no value depends on it."""
    unit_time_limit_s: float = Field(default=7200, gt=0)
    """A unit that runs longer is stopped and becomes a failure."""
    imaging: BidsSource | None = None
    """Scans and regions; null: the site has none."""
    genomics: GenomeSource | None = None
    """VCFs; null: the site has none."""
    clinical: tuple[ClinicalSource, ...] = ()
    """Clinical tables."""
    release: Release = Release()
    """What leaves."""

    @model_validator(mode="after")
    def _brings_something(self) -> Self:
        if self.imaging is None and self.genomics is None and not self.clinical:
            raise refuse(NOTHING)
        return self
