"""Landmarks of a histogram out of prepared scans, for normalisation by Nyul's method."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from drepano.errors import ConfigError, InputError, UnitError
from drepano.imaging.files import Absence, File, Session, SessionFiles
from drepano.imaging.preparation.expected import BRAIN
from drepano.imaging.preparation.intensity import Mask, standard_landmarks
from drepano.imaging.volumes import Volume, read_volume
from drepano.settings.preparation import Preparation


def learn_landmarks(
    settings: Preparation, name: str, bids_files: pa.Table, prepared: pa.Table
) -> dict[float, float]:
    """Learn landmarks from all prepared scans of a kind and their brain masks.

    Parameters
    ----------
    settings
        The study's preparation, in which the scan is not normalised yet.
    name
        The scan in `settings.scans`.
    bids_files, prepared
        What a run with these settings listed.

    Returns
    -------
    dict
        Percentile to standard intensity, 0 to 100.

    Raises
    ------
    ConfigError
        No such scan, or it is normalised already.
    InputError
        No scan with a brain mask was prepared, or one cannot be used.
    """
    asked = settings.scans.get(name)
    if asked is None or asked.normalise is not None:
        raise ConfigError.of(
            f"study: imaging.prepare.scans.{name}",
            found="no such scan" if asked is None else "a scan that is normalised already",
            expected=f"a scan without normalise, out of {', '.join(settings.scans)}",
            remedy="Set its normalise to null, run, then learn the landmarks.",
        )
    files = SessionFiles(bids_files, prepared, {asked.suffix, BRAIN[0]})
    sessions = sorted({(r["subject"], r["session"]) for r in prepared.to_pylist()})
    pairs = (_pair(session, asked.suffix, asked.entities, files) for session in sessions)
    try:
        return standard_landmarks(_volumes(pair for pair in pairs if pair is not None))
    except UnitError as error:
        raise InputError.of(
            f"prepared {name} scans",
            found=f"{error.reason}: {error.detail}",
            expected="prepared scans with brain masks",
            remedy=error.remedy,
        ) from error


def _pair(
    session: Session, suffix: str, entities: dict[str, str], files: SessionFiles
) -> tuple[File, File] | None:
    where = "prepare"
    scan = files.scan(session, suffix, entities, prepared=True, where=where)
    if isinstance(scan, Absence):
        return None
    brain = files.derivative(session, *BRAIN, near=suffix, where=where)
    return None if isinstance(brain, Absence) else (scan, brain)


def _volumes(pairs: Iterator[tuple[File, File]]) -> Iterator[tuple[Volume, Mask]]:
    for scan, brain in pairs:
        mask = np.asarray(read_volume(Path(brain["path"])).voxels > 0)
        yield read_volume(Path(scan["path"])), mask
