"""Seal a release: pseudonyms, files written aside, one rename, and `latest` if the gates pass."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

import drepano
from drepano.contracts.files import naming_storage_errors
from drepano.contracts.released import (
    CONTENT,
    DICTIONARY,
    MANIFEST,
    MANIFEST_VERSION,
    QUALITY,
    file_entry,
    verify,
    version_of,
)
from drepano.contracts.states import RELEASED_STATES
from drepano.errors import ReleaseError
from drepano.release.aside import make_private, put_in_place, remove_leftovers, writing_aside
from drepano.release.promote import check_link, promote
from drepano.release.pseudonyms import Disguise
from drepano.release.tables import json_text, write_text, writers

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What a release is made of.

    Attributes
    ----------
    matrix, states
        As `withhold` returned them, still under the site's own names.
    dictionary
        Of the study, with its `contract_id`.
    quality
        Counted on `matrix` and `states`, with its gates.
    """

    matrix: pa.Table
    states: pa.Table
    dictionary: dict[str, Any]
    quality: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A release on the disk.

    Attributes
    ----------
    folder
        Where it lies.
    version
        Its name: version of the study, and a hash of its content.
    promoted
        True if `latest` leads to it.
    failed_gates
        Gates that it did not pass: name, value, limit.
    written
        False if the same content lay there already.
    """

    folder: Path
    version: str
    promoted: bool
    failed_gates: list[dict[str, Any]]
    written: bool


def seal(
    content: Content, *, site: str, key: bytes, folder: Path, engines: Sequence[str] = ()
) -> Sealed:
    """Write `<folder>/<site>/<version>/`, and move `latest` there if every gate passed.

    The same content makes the same version; where that lies intact, nothing is written. A
    release is there in full or not at all, whatever interrupts the writing.

    Parameters
    ----------
    key
        Secret key of the pseudonyms, see `read_key`.
    folder
        Folder of the releases of all sites.
    engines
        Name and version of each engine that made a value.

    Raises
    ------
    ReleaseError
        The tables do not fit the dictionary, two subjects share a pseudonym, or something
        else than a link is called `latest`.
    StorageError
        The disk is full or cannot be written; nothing is left behind.
    """
    _check_fields(content)
    disguise = Disguise.of(content.matrix, key, site)
    matrix = disguise.apply(content.matrix)
    states = RELEASED_STATES.check(disguise.apply(content.states), "states of the release")
    own = folder / site
    with naming_storage_errors(own / MANIFEST):
        make_private(own)
        check_link(own)
        for name in remove_leftovers(own):
            _LOG.info("removed %s, left by a run that died", name)
        with writing_aside(own, content.dictionary["drepano"]["version"]) as incoming:
            version = _write(incoming, content, matrix, states, (site, engines))
            target = own / version
            written = bool(verify(target)) if target.exists() else True
            if written:
                put_in_place(incoming, target)
        failed = [gate for gate in content.quality["gates"] if not gate["passed"]]
        if not failed:
            promote(own, version)
    _tell(version, failed, written=written)
    return Sealed(target, version, not failed, failed, written)


def _write(
    incoming: Path,
    content: Content,
    matrix: pa.Table,
    states: pa.Table,
    origin: tuple[str, Sequence[str]],
) -> str:
    """Write all files of a release into a folder and return its version."""
    identity = content.dictionary["drepano"]
    texts = {
        DICTIONARY: json_text(content.dictionary),
        QUALITY: json_text(content.quality),
    }
    for name, write in writers(matrix, states, texts, identity).items():
        write(incoming / name)
    files = {name: file_entry(incoming / name) for name in CONTENT}
    version = version_of(identity["version"], files)
    site, engines = origin
    manifest = {
        "manifest_version": MANIFEST_VERSION,
        "version": version,
        "site": site,
        "study": {"name": identity["study"], "version": identity["version"]},
        "contract_id": identity["contract_id"],
        "files": files,
        "rows": matrix.num_rows,
        "columns": matrix.num_columns - 2,
        "subjects": content.quality["subjects"],
        "gates": content.quality["gates"],
        "software": {"drepano": drepano.__version__, "engines": sorted(set(engines))},
    }
    write_text(incoming / MANIFEST, json_text(manifest))
    return version


def _check_fields(content: Content) -> None:
    """Refuse a matrix whose columns are not those of the dictionary, in its order."""
    declared = [field["name"] for field in content.dictionary["fields"]]
    if content.matrix.column_names != declared:
        differing = set(declared) ^ set(content.matrix.column_names)
        raise ReleaseError.of(
            "release",
            found=f"columns that are not those of the dictionary ({len(differing)} differ)",
            expected=f"the {len(declared)} columns of the dictionary, in its order",
            remedy="Rebuild the matrix and the dictionary from the same study file.",
        )


def _tell(version: str, failed: list[dict[str, Any]], *, written: bool) -> None:
    _LOG.info("release %s %s", version, "written" if written else "lay there already, intact")
    for gate in failed:
        _LOG.warning(
            "gate %s failed: %g, limit %g; `latest` stays where it was",
            *(gate["gate"], gate["value"], gate["limit"]),
        )
