"""A release: its files, its manifest, the version that follows from them, and its check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from drepano.contracts.identity import canonical_json, contract_id_of
from drepano.errors import Fault

MATRIX, MATRIX_CSV, STATES = "matrix.parquet", "matrix.csv.gz", "states.parquet"
DICTIONARY, QUALITY, MANIFEST = "dictionary.json", "quality.json", "manifest.json"
CONTENT = (DICTIONARY, MATRIX_CSV, MATRIX, QUALITY, STATES)
"""Files that the version of a release is made of, sorted."""

LATEST = "latest"
"""Link to the newest release of a site that passed its gates."""

MANIFEST_VERSION = 1
_DIGITS = 12
_REMEDY = "Do not use this release; run `drepano run` to write it again."


def file_entry(path: Path) -> dict[str, Any]:
    """Return the SHA-256 and the size of a file as it lies on the disk."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "size": path.stat().st_size}


def version_of(study_version: str, files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the version of a release: that of the study, and a hash of the files' hashes.

    The same content has the same version, whenever and wherever it is written.
    """
    hashes = {name: files[name]["sha256"] for name in CONTENT}
    digest = hashlib.sha256(canonical_json(hashes).encode()).hexdigest()
    return f"{study_version}-{digest[:_DIGITS]}"


def verify(folder: Path) -> list[Fault]:
    """Return all that is wrong with a release; nothing if it is intact.

    Every file is read again: hashes and sizes against the manifest, the version against the
    hashes, the contract's id against the dictionary and the tables.
    """
    try:
        manifest = read_manifest(folder)
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or "text that is no manifest"
        return [_fault(folder / MANIFEST, found.lower(), "a manifest")]
    faults = _wrong_files(folder, manifest)
    if not faults:
        version = version_of(manifest["study"]["version"], manifest["files"])
        if not version == manifest["version"] == folder.resolve().name:
            found = f"the version {manifest['version']}"
            faults.append(_fault(folder / MANIFEST, found, f"{version}, of the files' hashes"))
        faults += _wrong_contract(folder, manifest["contract_id"])
    return faults


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a release.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no manifest of a version that this code knows.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict) or manifest.get("manifest_version") != MANIFEST_VERSION:
        message = f"not a manifest of version {MANIFEST_VERSION}"
        raise ValueError(message)
    try:
        texts = [manifest["version"], manifest["contract_id"], manifest["study"]["version"]]
        texts += [entry["sha256"] for entry in manifest["files"].values()]
        whole = all(isinstance(text, str) for text in texts)
    except (KeyError, TypeError, AttributeError):
        whole = False
    if not whole or sorted(manifest["files"]) != sorted(CONTENT):
        message = "a manifest that lacks a part"
        raise ValueError(message)
    return manifest


def _wrong_files(folder: Path, manifest: dict[str, Any]) -> list[Fault]:
    faults = []
    for name, entry in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            faults.append(_fault(path, "no file", "the file of the manifest"))
        elif file_entry(path) != entry:
            found = "bytes that differ from the manifest"
            faults.append(_fault(path, found, f"SHA-256 {entry['sha256'][:12]}…"))
    strangers = sorted(p.name for p in folder.iterdir() if p.name not in {*CONTENT, MANIFEST})
    return faults + [_fault(folder / name, "a file", "no such file") for name in strangers]


def _wrong_contract(folder: Path, contract_id: str) -> list[Fault]:
    found = {
        folder / DICTIONARY: _id_of(folder / DICTIONARY),
        **{folder / name: _id_in(folder / name) for name in (MATRIX, STATES)},
    }
    return [
        _fault(path, f"the contract {str(value)[:12]}", f"{contract_id[:12]}")
        for path, value in found.items()
        if value != contract_id
    ]


def _id_of(path: Path) -> str | None:
    try:
        return contract_id_of(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _id_in(path: Path) -> str | None:
    try:
        metadata = pq.read_schema(path).metadata or {}
    except pa.ArrowInvalid:
        return None
    value = metadata.get(b"contract_id")
    return value.decode() if value else None


def _fault(where: Path, found: str, expected: str) -> Fault:
    return Fault(str(where), found, expected, _REMEDY)
