"""Folders that FreeSurfer or FastSurfer wrote: their images under BIDS names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from drepano.index.findings import Problems
from drepano.index.names import BidsName
from drepano.index.walk import IMAGE_SUFFIXES, Entry

_KNOWN = {
    "aseg.mgz": ("dseg", "aseg"),
    "aparc+aseg.mgz": ("dseg", "aparcaseg"),
    "aparc.a2009s+aseg.mgz": ("dseg", "aparca2009saseg"),
    "aparc.DKTatlas+aseg.mgz": ("dseg", "aparcDKTatlasaseg"),
    "aparc.DKTatlas+aseg.deep.mgz": ("dseg", "aparcDKTatlasasegdeep"),
    "brainmask.mgz": ("mask", "brain"),
    "norm.mgz": ("T1w", "norm"),
    "T1.mgz": ("T1w", "conformed"),
}
"""File below `mri/` to suffix and `desc`; those of aseg and aparc+aseg are fMRIPrep's."""

_SPACE = "fsnative"
"""BIDS space of a FreeSurfer run: the scan's own world, on FreeSurfer's grid. A file on the
scan's grid, such as fMRIPrep's, names no space and is taken before."""

_CROSS = re.compile(r"sub-(?P<sub>[0-9a-zA-Z+]+)(?:_ses-(?P<ses>[0-9a-zA-Z+]+))?")
_SESSION = re.compile(r"ses-(?P<ses>[0-9a-zA-Z+]+)")

Named = tuple[Entry, BidsName]


def take_freesurfer(
    root: Path, entries: Iterable[Entry], problems: Problems
) -> tuple[list[Named], list[Entry]]:
    """Take the images of FreeSurfer folders out of the files of a derivative dataset.

    Parameters
    ----------
    root
        Folder of the dataset, FreeSurfer's `SUBJECTS_DIR`.
    entries
        Its files.
    problems
        Gets the folders that are of no single session.

    Returns
    -------
    tuple
        Images that are known, with BIDS names; and the files that are not FreeSurfer's.
        FreeSurfer's working images are in neither.

    Notes
    -----
    A folder is `sub-<label>`, `sub-<label>_ses-<label>` or `sub-<label>/ses-<label>`, and has
    `mri/`. The longitudinal stream's folders (`.long.`, or with a file `base-tps`) are named as
    problems: a base is of no session, and whether its time points or the cross-sectional runs
    are meant, nobody here knows.
    """
    rest: list[Entry] = []
    folders: dict[Path, list[Entry]] = defaultdict(list)
    for entry in entries:
        parts = entry.path.relative_to(root).parts
        at = parts.index("mri") if "mri" in parts[:-1] else 0
        if at and entry.path.name.endswith(IMAGE_SUFFIXES):
            folders[root.joinpath(*parts[:at])].append(entry)
        else:
            rest.append(entry)
    named: list[Named] = []
    for folder, files in folders.items():
        owner = _owner(root, folder, problems)
        if owner:
            named += _named(folder, files, owner)
    return named, rest


def _named(folder: Path, files: list[Entry], owner: tuple[str, str]) -> Iterable[Named]:
    for entry in files:
        if entry.path.parent == folder / "mri" and entry.path.name in _KNOWN:
            suffix, desc = _KNOWN[entry.path.name]
            entities = {"desc": desc, "space": _SPACE}
            yield entry, BidsName(*owner, suffix, "anat", entities)


def _owner(root: Path, folder: Path, problems: Problems) -> tuple[str, str] | None:
    """Return the subject and session of a FreeSurfer folder, or name it as a problem."""
    parts = folder.relative_to(root).parts
    expected = "sub-<label> or sub-<label>_ses-<label>, one run for each session"
    if ".long." in folder.name or next(folder.glob("base-tps*"), None):
        problems.error(
            folder,
            found="a folder of FreeSurfer's longitudinal stream",
            expected=expected,
            remedy="Deliver the cross-sectional folders. To use the time points of the "
            "longitudinal stream, link each as sub-<label>_ses-<label> in a folder of its own.",
        )
        return None
    cross = _CROSS.fullmatch(parts[0])
    session = _SESSION.fullmatch(parts[1]) if len(parts) == 2 else None
    if cross and len(parts) == 1:
        return cross["sub"], cross["ses"] or ""
    if cross and session and not cross["ses"]:
        return cross["sub"], session["ses"]
    problems.error(
        folder,
        found="a FreeSurfer folder whose name is no subject and session",
        expected=expected,
        remedy="Rename it, or link it under such a name.",
    )
    return None
