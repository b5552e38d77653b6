"""Names of prepared images, as BIDS derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_ORDER = (
    "acq", "ce", "rec", "dir", "run", "echo", "part", "hemi", "space", "res", "den", "label",
    "seg", "atlas", "desc",
)  # fmt: skip
"""Order of entities in a name (BIDS specification, appendix on entities)."""

_DATATYPES = {"asl": "perf", "m0scan": "perf", "dwi": "dwi", "bold": "func", "sbref": "func"}


def image_path(
    folder: Path,
    session: tuple[str, str],
    suffix: str,
    entities: Mapping[str, str],
    *,
    datatype_of: str = "",
) -> Path:
    """Return the path of a session's derivative.

    Such as ``sub-01/ses-1/anat/sub-01_ses-1_space-FLAIR_desc-brain_mask.nii.gz``.

    Parameters
    ----------
    session
        Subject and session label; an empty session label if there is none.
    datatype_of
        Suffix of the scan to whose data type a region file belongs; empty: `suffix` itself.
    """
    subject, label = session
    stem = [f"sub-{subject}", *([f"ses-{label}"] if label else [])]
    known = [key for key in _ORDER if key in entities]
    others = sorted(entities.keys() - set(_ORDER))
    parts = [*stem, *(f"{key}-{entities[key]}" for key in [*others, *known]), suffix]
    datatype = _DATATYPES.get(datatype_of or suffix, "anat")
    return folder.joinpath(*stem, datatype, f"{'_'.join(parts)}.nii.gz")


def picture_path(folder: Path, session: tuple[str, str], stage: str, suffix: str) -> Path:
    """Return the path of the picture of a stage, as fMRIPrep and its kin name them."""
    subject, label = session
    stem = [f"sub-{subject}", *([f"ses-{label}"] if label else [])]
    return folder / stem[0] / "figures" / f"{'_'.join([*stem, f'desc-{stage}', suffix])}.png"


def names_space(entities: Mapping[str, str], suffix: str) -> bool:
    """Tell if BIDS entities name the space of the scan with this suffix.

    FreeSurfer works in a space of its own that lies over the T1w.
    """
    space = entities.get("space", "").lower()
    return space == suffix.lower() or (space == "fsnative" and suffix == "T1w")


def without_space(entities: dict[str, str]) -> dict[str, str]:
    """Return BIDS entities without the space, which is told by where a map lies."""
    return {key: value for key, value in entities.items() if key != "space"}
