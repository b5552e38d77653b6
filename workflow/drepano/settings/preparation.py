"""How scans are prepared before anything is measured: each step a named choice of the study."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import FileChoice, Fraction, Name, Settings, refuse

Positive = Annotated[float, Field(gt=0)]


class BiasField(Settings):
    """N4 bias field correction: estimated on a shrunk grid, divided out at full resolution."""

    shrink: int = Field(default=4, ge=1, le=8)
    """Each axis of the grid on which the field is estimated is shorter by this factor."""
    iterations: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(50, 50, 50), min_length=1)
    """Most iterations at each level; each level halves the distance of control points."""
    convergence: Positive = 0.001
    """A level ends when the field's coefficient of variation changes less than this."""
    control_point_mm: Positive = 200.0
    """Distance between control points of the field's spline at the first level, in mm."""


class Coregistration(Settings):
    """Rigid registration of a scan to the reference scan of its session."""

    grid: Literal["own", "reference"] = "own"
    """Where the scan is measured: on its own voxels, to which the regions of the reference are
    moved (no intensity is interpolated), or resampled to the voxels of the reference."""
    with_reference: bool = False
    """With `grid: own`: write the reference on the voxels of this scan too (T1w beside FLAIR, to
    tell lesions that are dark on T1w)."""
    resolution_mm: Positive = 2.0
    """Voxel size at which the registration ends, in mm; what it is off is far less."""
    min_overlap: Fraction = 0.8
    """The registration has failed when less than this fraction of the smaller of the two heads
    lies inside the other one."""
    min_information: Annotated[float, Field(ge=0)] = 0.05
    """The registration has failed when the mutual information of the two scans, in nats, is
    below: one scan then tells nothing of the other."""


class Normalisation(Settings):
    """Intensity normalisation."""

    method: Literal["zscore", "whitestripe", "nyul"]
    """zscore: mean 0 and standard deviation 1 in a tissue. whitestripe: the same in the peak of
    normal-appearing white matter (Shinohara 2014). nyul: landmarks of the histogram moved to
    those of the study (Nyul 2000)."""
    within: Literal["brain", "white_matter"] = "brain"
    """Tissue whose voxels count; whitestripe always looks at white matter."""
    landmarks: dict[float, float] = {}
    """For nyul: percentile to its standard intensity, made by `drepano landmarks`."""
    whitestripe_width: Positive = 0.05
    """For whitestripe: half width of the stripe around the peak, as a quantile."""

    @model_validator(mode="after")
    def _landmarks_where_needed(self) -> Self:
        if (self.method == "nyul") != bool(self.landmarks):
            found = "no landmarks" if self.method == "nyul" else "landmarks"
            expected = "landmarks for nyul, and for nothing else"
            remedy = "Make them once on a sample with `drepano landmarks`, or remove them."
            raise refuse(Fault("landmarks", found, expected, remedy))
        if self.landmarks and not _rise(self.landmarks):
            found = "percentiles beyond 0 to 100, one landmark, or intensities that do not rise"
            expected = "at least two percentiles, and intensities that rise with them"
            remedy = "Make them once on a sample with `drepano landmarks`."
            raise refuse(Fault("landmarks", found, expected, remedy))
        return self


def _rise(landmarks: dict[float, float]) -> bool:
    percentiles = sorted(landmarks)
    values = [landmarks[p] for p in percentiles]
    inside = percentiles[0] >= 0 and percentiles[-1] <= 100
    return len(values) > 1 and inside and all(a < b for a, b in itertools.pairwise(values))


class PreparedScan(FileChoice):
    """One kind of scan, and what is done to it, in the order of the keys."""

    bias_field: BiasField | None = None
    """Bias field correction; null: none."""
    coregister: Coregistration | None = None
    """Registration to the reference scan; null: the scan already lies in its space."""
    spacing_mm: tuple[Positive, Positive, Positive] | None = None
    """Resample to voxels of this size (left-right, posterior-anterior, inferior-superior) by
    B-spline; null: as acquired."""
    normalise: Normalisation | None = None
    """Intensity normalisation; null: none."""


class BroughtTissues(FileChoice):
    """Tissues that the site may bring."""

    white_matter: tuple[int | str, ...] = Field(min_length=1)
    """Labels of white matter, for normalisation."""
    names: Literal["table", "freesurfer"] = "table"
    """Where names of labels come from: the label table beside the file, or FreeSurfer's own."""


class Atlas(Settings):
    """A label map in the space of the template."""

    volume: Path
    """Label map; labels are whole numbers."""
    table: Path | None = None
    """Label table: TSV with the columns index and name, or a FreeSurfer colour table."""


class Template(Settings):
    """The template to which the reference scan is registered."""

    name: str = "MNI152"
    """Name of the space in file names; MNI152 without files is that of the nilearn wheel."""
    t1w: Path | None = None
    """T1w of the template; null: nilearn's ICBM152 2009a symmetric, 1 mm."""
    brain: Path | None = None
    """Brain mask of the template."""
    grey: Path | None = None
    """Probability of grey matter."""
    white: Path | None = None
    """Probability of white matter."""
    resolution_mm: Positive = 2.0
    """Voxel size at which the registration ends, in mm."""
    deformable: bool = True
    """Add a deformable registration to the affine one."""
    min_overlap: Fraction = 0.5
    """The registration has failed when the mean Dice overlap of grey and white matter, told by
    the intensities of the scan alone and by the template, is below."""

    @model_validator(mode="after")
    def _all_files_or_none(self) -> Self:
        given = [n for n in ("t1w", "brain", "grey", "white") if getattr(self, n) is not None]
        if len(given) not in (0, 4):
            expected = "t1w, brain, grey and white, or none of them"
            raise refuse(Fault("", f"only {', '.join(given)}", expected, "Give all four files."))
        return self


class Preparation(Settings):
    """Bias field, registration, brain, tissues and atlases of each session."""

    reference: Name
    """Scan of `scans` to which the others are registered; a T1w."""
    scans: dict[Name, PreparedScan] = Field(min_length=1)
    """Scans by name."""
    brain_mask: tuple[FileChoice, ...] = (FileChoice(suffix="mask", entities={"desc": "brain"}),)
    """Brain masks that the site may bring, the first that is there counts; made if none is."""
    tissues: tuple[BroughtTissues, ...] = ()
    """Tissue dsegs that the site may bring, the first that is there counts; made if none is."""
    template: Template | None = None
    """Registration to a template; null: none, so no brain, tissues or atlases are made."""
    atlases: dict[Name, Atlas] = {}
    """Atlases in the space of the template, warped to each session."""
    max_failed_fraction: Fraction = 0.2
    """The step fails when more than this fraction of its units failed."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        faults = []
        if self.reference not in self.scans:
            known = ", ".join(self.scans)
            faults.append(
                Fault("reference", repr(self.reference), f"one of {known}", "Name a scan.")
            )
        elif self.scans[self.reference].coregister is not None:
            faults.append(
                Fault(
                    f"scans.{self.reference}.coregister",
                    "a registration of the reference to itself",
                    "null for the reference",
                    "Remove the key.",
                )
            )
        suffixes = [scan.suffix for scan in self.scans.values()]
        for twice in sorted({x for x in suffixes if suffixes.count(x) > 1}):
            found = f"two scans with the suffix {twice}"
            faults.append(Fault("scans", found, "each suffix once", "Prepare one of them."))
        if self.atlases and self.template is None:
            faults.append(
                Fault("atlases", "atlases without a template", "a template", "Add `template: {}`.")
            )
        if faults:
            raise refuse(*faults)
        return self
