"""The files of one part to an image with its sidecars, by dcm2niix."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import dcm2niix  # type: ignore[import-untyped]

from drepano.contracts import write_text
from drepano.dicom.cleaning import (
    NotConverted,
    clean_image,
    clean_sidecar,
    read_gradients,
    read_sidecar,
    sidecar_text,
)
from drepano.dicom.hidden import Hidden
from drepano.dicom.naming import Scan
from drepano.dicom.series import Part

_LIMIT_S = 3600
_ECHO_TOLERANCE_MS = 0.011
_COMPONENT_WORDS = {"phase": "PHASE", "real": "REAL", "imag": "IMAGINARY"}
_OPTIONS = (
    *("-g", "i"),  # no defaults from somebody's home
    *("-b", "y", "-ba", "y"),
    *("-z", "n"),  # the header is cleaned before it is packed
    *("-d", "0", "-w", "2", "-f", "image"),
)
_UNEVEN = (
    "Slices may lack, be unevenly spaced or lie in several directions: export the series again, "
    "or skip it by a rule."
)
_AGAIN = "Export the series again; if it stays so, give it to dcm2niix by hand."


def convert(scan: Scan, folder: Path) -> dict[str, Path]:
    """Make the files of a scan.

    Parameters
    ----------
    scan
        What is to be made.
    folder
        Empty and private; on the file system of the dataset.

    Returns
    -------
    dict
        Path below `folder` of each file by its path in the dataset; the image comes last.

    Raises
    ------
    NotConverted
        dcm2niix gave no image, several, or one that does not fit its rule.
    """
    incoming, raw, done = (folder / name for name in ("in", "raw", "done"))
    for path in (incoming, raw, done):
        path.mkdir()
    _stage(scan.part, incoming)
    image = _only_image(scan.part, _run(incoming, raw))
    shape = clean_image(image, done / "image.nii.gz")
    volumes = shape[3] if len(shape) > 3 else 1
    files = {f"{scan.stem}{ending}": path for ending, path in _gradients(scan, image, volumes)}
    if scan.rule.volumes:
        stem = scan.stem.removesuffix(scan.rule.suffix)
        write_text(done / "aslcontext.tsv", _context(scan, volumes))
        files[f"{stem}aslcontext.tsv"] = done / "aslcontext.tsv"
    write_text(done / "image.json", sidecar_text(_sidecar(scan, image)))
    files[f"{scan.stem}.json"] = done / "image.json"
    files[f"{scan.stem}.nii.gz"] = done / "image.nii.gz"
    return files


def _stage(part: Part, folder: Path) -> None:
    """Give dcm2niix the part's files alone, under names that say nothing."""
    for number, header in enumerate(part.headers):
        link = folder / f"{number:07d}.dcm"
        path = header.file.path.resolve()
        try:
            link.symlink_to(path)
        except OSError:  # a file system without links
            shutil.copyfile(path, link)


def _run(incoming: Path, raw: Path) -> list[Path]:
    """Run dcm2niix; what it says holds names and is not shown."""
    command = [dcm2niix.bin, *_OPTIONS, "-o", str(raw), str(incoming)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise NotConverted(f"dcm2niix did not end in {_LIMIT_S} s", _AGAIN) from None
    images = sorted(raw.glob("*.nii"))
    if done.returncode and images:
        reason = f"dcm2niix is not content with the series (exit {done.returncode})"
        raise NotConverted(reason, _UNEVEN)
    if not images:
        reason = f"dcm2niix gave no image and ended with exit {done.returncode}"
        raise NotConverted(reason, _AGAIN)
    return images


def _only_image(part: Part, images: list[Path]) -> Path:
    """Choose the image of the part's echo and component."""
    fitting = images if len(images) == 1 else [i for i in images if _shows(part, i)]
    if len(fitting) != 1:
        reason = f"dcm2niix gave {len(images)} images for one, {len(fitting)} of them alike"
        raise NotConverted(reason, _UNEVEN)
    return fitting[0]


def _shows(part: Part, image: Path) -> bool:
    content = read_sidecar(image.with_suffix(".json"))
    echo_ms = 1000 * float(content.get("EchoTime", 0))
    words = content.get("ImageType", [])
    component = next((c for c, word in _COMPONENT_WORDS.items() if word in words), "mag")
    near = part.echo_time_ms is None or abs(echo_ms - part.echo_time_ms) < _ECHO_TOLERANCE_MS
    return near and component == part.component


def _gradients(scan: Scan, image: Path, volumes: int) -> list[tuple[str, Path]]:
    """Return bvec and bval of a diffusion series."""
    if scan.rule.suffix != "dwi":
        return []
    found = [(ending, image.with_suffix(ending)) for ending in (".bvec", ".bval")]
    if not all(path.is_file() for _, path in found):
        remedy = "Map it to the suffix sbref, or skip it, if it is no diffusion series."
        raise NotConverted("no b-values and directions in the headers", remedy)
    for ending, path in found:
        rows, columns = read_gradients(path).shape
        if (rows, columns) != (3 if ending == ".bvec" else 1, volumes):
            reason = f"{volumes} volumes with gradients of {rows} x {columns}"
            raise NotConverted(reason, _AGAIN)
    return found


def _context(scan: Scan, volumes: int) -> str:
    kinds = scan.rule.volumes
    if volumes % len(kinds):
        reason = f"{volumes} volumes, where the rule repeats {len(kinds)} types"
        raise NotConverted(reason, "State the types of all volumes in the rule.")
    return "\n".join(["volume_type", *kinds * (volumes // len(kinds))]) + "\n"


def _sidecar(scan: Scan, image: Path) -> dict[str, Any]:
    hidden = Hidden()
    for header in scan.part.headers:
        hidden.add(header.identifying, header.names)
    content = clean_sidecar(read_sidecar(image.with_suffix(".json")), hidden)
    if "task" in scan.rule.entities:
        content["TaskName"] = scan.rule.entities["task"]
    return content | scan.rule.metadata
