"""BIDS datasets of a site: its raw one and its derivatives, the images in them and beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from drepano.index.findings import Problems
from drepano.index.freesurfer import take_freesurfer
from drepano.index.names import BidsName, parse_name, stands_elsewhere
from drepano.index.walk import IMAGE_SUFFIXES, Entry, utf8_text, walk
from drepano.settings import BidsSource

SIDECAR_SUFFIXES = (".json", ".bval", ".bvec", "aslcontext.tsv")


@dataclass(frozen=True, slots=True)
class Image:
    """An image with a BIDS name."""

    entry: Entry
    name: BidsName
    derivative: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset.

    Attributes
    ----------
    root
        Its folder.
    derivative
        False for the raw dataset.
    images
        Images below its subject folders.
    label_tables
        `*dseg.tsv` files anywhere in it.
    sidecars
        JSON files, gradients and ASL contexts anywhere in it.
    """

    root: Path
    derivative: bool
    images: list[Image]
    label_tables: list[Entry]
    sidecars: list[Entry]


def derivative_roots(source: BidsSource) -> list[Path]:
    """Return the derivative datasets: those stated, or all folders of <bids>/derivatives."""
    if source.derivatives is not None:
        return list(source.derivatives)
    folder = source.bids / "derivatives"
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def dataset_files(root: Path) -> list[Entry]:
    """List what the index looks at in one dataset: top files and all below subject folders."""
    files = []
    for path in sorted(root.iterdir()):
        if path.name.startswith("sub-") and (path.is_dir() or path.is_symlink()):
            files += [e for e in walk(path) if e.trouble or _matters(e.path)]
        elif _matters(path) and path.is_file():
            status = path.stat()
            files.append(Entry(path, status.st_size, status.st_mtime_ns))
    return files


def read_dataset(root: Path, *, derivative: bool, problems: Problems) -> Dataset:
    """Sort a dataset's files into images, what stands beside them, and problems."""
    tables: list[Entry] = []
    sidecars: list[Entry] = []
    nameless: list[Path] = []
    entries = dataset_files(root)
    surfed, entries = take_freesurfer(root, entries, problems) if derivative else ([], entries)
    images = [Image(entry, name, derivative) for entry, name in surfed]
    for entry in entries:
        path = entry.path
        if not path.name.endswith(IMAGE_SUFFIXES):
            _sort_companion(entry, tables, sidecars, problems)
        elif (name := _name_of(path, root)) is None:
            nameless.append(path)
        elif stands_elsewhere(name, path.relative_to(root)):
            problems.error(
                path,
                found="a name that says another subject or session than its folder",
                expected="one subject and session",
                remedy="Rename the file, or move it: nobody here knows whose scan it is.",
            )
        else:
            images.append(Image(entry, name, derivative))
    _note_nameless(root, nameless, problems)
    if not surfed:  # FreeSurfer describes no dataset
        _check_description(root, images, derivative=derivative, problems=problems)
    return Dataset(root, derivative, images, tables, sidecars)


def _name_of(path: Path, root: Path) -> BidsName | None:
    """Return a BIDS name; None if there is none, or no table can hold the path."""
    return parse_name(path.relative_to(root)) if utf8_text(str(path)) == str(path) else None


def _sort_companion(
    entry: Entry, tables: list[Entry], sidecars: list[Entry], problems: Problems
) -> None:
    """Sort what is no image: label tables, sidecars, and what cannot be looked at."""
    path = entry.path
    if utf8_text(str(path)) != str(path):  # no table can hold it
        return
    if path.name.endswith("dseg.tsv"):
        tables.append(entry)
    elif entry.trouble:
        _note_trouble(entry, problems)
    elif path.name.endswith(SIDECAR_SUFFIXES):
        sidecars.append(entry)


def _matters(path: Path) -> bool:
    return path.name.endswith((*IMAGE_SUFFIXES, *SIDECAR_SUFFIXES, "dseg.tsv"))


def _note_trouble(entry: Entry, problems: Problems) -> None:
    problems.error(
        entry.path,
        found=entry.trouble,
        expected="a file or folder that can be read",
        remedy="Fetch the link's target (datalad get), or mend the permission.",
    )


def _note_nameless(root: Path, nameless: list[Path], problems: Problems) -> None:
    if nameless:
        problems.warning(
            root,
            found=f"{len(nameless)} images without a BIDS name, the first: {nameless[0].name}",
            expected="names such as sub-01_T1w.nii.gz",
            remedy="Nothing if they are not meant; otherwise rename them.",
        )


def _check_description(
    root: Path, images: list[Image], *, derivative: bool, problems: Problems
) -> None:
    path = root / "dataset_description.json"
    expected = "a dataset_description.json with Name and BIDSVersion"
    remedy = "Add or mend the file (BIDS specification, dataset description)."
    if not images:
        problems.warning(
            root,
            found="no image below a subject folder",
            expected="sub-<label>/ folders with BIDS images",
            remedy="Nothing if it is no BIDS derivative." if derivative else "Mend the path.",
        )
        return
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.warning(root, found="no description", expected=expected, remedy=remedy)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        found = "a description that is not JSON in UTF-8"
        problems.warning(path, found=found, expected=expected, remedy=remedy)
    else:
        if not isinstance(content, dict) or not {"Name", "BIDSVersion"} <= set(content):
            found = "a description without Name or BIDSVersion"
            problems.warning(path, found=found, expected=expected, remedy=remedy)
