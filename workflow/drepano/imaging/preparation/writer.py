"""Prepared images of one session: written whole, listed as rows of `prepared`."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from drepano.contracts import write_json
from drepano.contracts.files import writing
from drepano.errors import UnitError
from drepano.imaging.preparation.naming import image_path, picture_path
from drepano.imaging.volumes import Volume

KEY = "DrepanoKey"
"""Entry of a sidecar: content key of the unit that made the image."""

_SCANNER_SPACE = 1
Row = dict[str, Any]


class SessionWriter:
    """Writes the images of a session below `folder`.

    Parameters
    ----------
    folder
        Root of the derivative dataset.
    session
        Subject and session label.
    key
        Content key of the unit.
    engine
        Name and version of what prepared the images.
    """

    def __init__(self, folder: Path, session: tuple[str, str], key: str, engine: str) -> None:
        self._folder = folder
        self._session = session
        self._key = key
        self._engine = engine
        self.rows: list[Row] = []

    def image(
        self,
        volume: Volume,
        suffix: str,
        entities: Mapping[str, str],
        *,
        sidecar: Mapping[str, Any],
        label_table: tuple[str, str] | None = None,
        near: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Write an image and its sidecar, and list it.

        Parameters
        ----------
        sidecar
            What was done to it, for people and tools.
        label_table
            Path and SHA-256 of the label table of a dseg.
        near
            Suffix of the scan in whose data type a region file lies.
        metadata
            Acquisition values of the raw scan's sidecar.
        """
        path = image_path(self._folder, self._session, suffix, entities, datatype_of=near)
        beside = _sidecar_path(path)
        # Without its sidecar an image counts as not there: a run that ends here is repeated.
        beside.unlink(missing_ok=True)
        content = _nifti(volume)
        with writing(path) as temporary:
            temporary.write_bytes(content)
        write_json(beside, {**(metadata or {}), **sidecar, KEY: self._key})
        self._add(
            path,
            suffix,
            entities,
            sha256=hashlib.sha256(content).hexdigest(),
            voxels=volume.voxels.size,
            label_table=label_table,
            metadata=metadata,
        )

    def unusable(
        self, suffix: str, entities: Mapping[str, str], why: UnitError, *, near: str = ""
    ) -> None:
        """List an image that could not be made, and remove what an earlier run made of it.

        One that is listed already stays as it is.
        """
        path = image_path(self._folder, self._session, suffix, entities, datatype_of=near)
        if any(row["path"] == str(path) for row in self.rows):
            return
        for old in (_sidecar_path(path), path):
            old.unlink(missing_ok=True)
        self._add(path, suffix, entities, why=why)

    def picture(self, stage: str, suffix: str, draw: Callable[[Path], None]) -> None:
        """Have the picture of a stage drawn; it is for people and no row lists it."""
        with writing(picture_path(self._folder, self._session, stage, suffix)) as temporary:
            named = temporary.with_suffix(".png")  # the writer goes by the suffix
            draw(named)
            named.replace(temporary)

    def _add(  # noqa: PLR0913
        self,
        path: Path,
        suffix: str,
        entities: Mapping[str, str],
        *,
        sha256: str = "",
        voxels: int | None = None,
        label_table: tuple[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        why: UnitError | None = None,
    ) -> None:
        subject, label = self._session
        table, table_sha256 = label_table or (None, None)
        self.rows.append(
            {
                "subject": subject,
                "session": label,
                "path": str(path),
                "derivative": True,
                "suffix": suffix,
                "entities": json.dumps(dict(entities), sort_keys=True),
                "sha256": sha256,
                "voxels": voxels,
                "label_table": table,
                "label_table_sha256": table_sha256,
                "metadata": json.dumps(dict(metadata or {}), sort_keys=True),
                "companions": "{}",
                "companions_sha256": "",
                "reason": why.reason if why else "",
                "detail": why.detail if why else "",
                "remedy": why.remedy if why else "",
                "engine": self._engine,
                "key": self._key,
            }
        )


def _sidecar_path(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".nii.gz") + ".json")


def _nifti(volume: Volume) -> bytes:
    """Return a gzipped NIfTI with the same bytes for the same voxels."""
    image = nib.Nifti1Image(np.ascontiguousarray(volume.voxels), volume.affine)
    image.header.set_xyzt_units("mm", "sec")
    image.set_sform(volume.affine, code=_SCANNER_SPACE)
    image.set_qform(volume.affine, code=_SCANNER_SPACE)
    return gzip.compress(image.to_bytes(), compresslevel=4, mtime=0)


def all_there(rows: list[Row]) -> bool:
    """Tell whether the images that a unit made are there, and made by that unit.

    Results of an earlier setting are kept by their key, while their images were overwritten
    by those of a later one: the sidecar tells whose image lies there.
    """
    for row in rows:
        path = Path(row["path"])
        if row["reason"]:
            continue
        try:
            told = json.loads(_sidecar_path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        if told.get(KEY) != row["key"] or not path.is_file():
            return False
    return True
