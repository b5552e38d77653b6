"""One session: its reference scan first, then each other scan against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from drepano.errors import UnitError
from drepano.imaging.files import PREPARED_SCAN
from drepano.imaging.preparation.bias_field import correct_bias
from drepano.imaging.preparation.coregistration import check_coregistered, coregister, resample
from drepano.imaging.preparation.dataset import Loaded
from drepano.imaging.preparation.expected import expected_images
from drepano.imaging.preparation.intensity import normalise
from drepano.imaging.preparation.naming import names_space, without_space
from drepano.imaging.preparation.orientation import canonical
from drepano.imaging.preparation.pictures import draw_match, draw_regions
from drepano.imaging.preparation.reference import prepare_reference
from drepano.imaging.preparation.respacing import respace
from drepano.imaging.preparation.series import read_mean
from drepano.imaging.preparation.space import Space, brought_map
from drepano.imaging.preparation.writer import SessionWriter
from drepano.imaging.volumes import Volume
from drepano.settings.preparation import Preparation, PreparedScan

_NO_REFERENCE = UnitError(
    "no_reference",
    "no usable reference scan in this session",
    "Deliver the scan that imaging.prepare names as reference, or leave it.",
)
_NO_TISSUE = UnitError(
    "not_prepared",
    "no brain or white matter to normalise by",
    "Mend what kept the brain mask or the tissues from being made, or normalise otherwise.",
)


@dataclass(frozen=True, slots=True)
class _Scan:
    """A scan as it was read.

    Attributes
    ----------
    volume
        The scan, or the mean of a series, axes turned.
    volumes
        Number of volumes: more than one for a series.
    row
        Its row of the payload.
    """

    name: str
    asked: PreparedScan
    volume: Volume
    volumes: int
    row: dict[str, Any]


class SessionPreparation:
    """Prepares the scans of one session and writes what comes of it.

    Parameters
    ----------
    settings, loaded
        The study's preparation; its template and atlases.
    payload
        Scans and region files of the session.
    writer
        Where the images go.
    """

    def __init__(
        self,
        settings: Preparation,
        loaded: Loaded,
        payload: dict[str, Any],
        writer: SessionWriter,
    ) -> None:
        self._settings = settings
        self._loaded = loaded
        self._payload = payload
        self._writer = writer

    def run(self) -> None:
        """Prepare every scan; one that fails is told and costs no other."""
        names = [*self._payload["scans"]]
        reference = None
        if self._settings.reference in names:
            names.remove(self._settings.reference)
            reference = self._guarded(self._settings.reference, self._reference)
        for name in names:
            self._guarded(name, lambda scan: self._other(scan, reference))

    def _guarded(self, name: str, prepare: Callable[[_Scan], Space]) -> Space | None:
        """Prepare a scan, or list it and its label maps with the reason."""
        asked = self._settings.scans[name]
        try:
            return prepare(self._read(name, asked))
        except UnitError as error:
            refuse_scan(self._writer, self._settings, self._payload, name, error)
            return None

    def _read(self, name: str, asked: PreparedScan) -> _Scan:
        row = self._payload["scans"][name]
        if "fault" in row:
            raise UnitError(*row["fault"])
        volume, volumes = read_mean(Path(row["path"]))
        if volumes > 1 and (changed := _changes(asked)):
            raise UnitError(
                "unsupported_pixels",
                f"a series of {volumes} volumes, to which the study wants {changed}",
                "Series are only registered: leave these keys out, and grid: own.",
            )
        return _Scan(name, asked, canonical(volume), volumes, row)

    def _reference(self, scan: _Scan) -> Space:
        space = prepare_reference(
            scan.volume,
            self._payload,
            self._settings,
            self._loaded,
            lambda space, placed: self._draw("template", space, placed.image(space.scan)),
        )
        try:
            self._write(scan, space, {}, sidecar={})
        except UnitError as error:
            # Others can be registered to it all the same.
            refuse_scan(self._writer, self._settings, self._payload, scan.name, error)
        return space

    def _other(self, scan: _Scan, reference: Space | None) -> Space:
        asked, volume = scan.asked, scan.volume
        if asked.bias_field is not None:
            volume = correct_bias(volume, None, asked.bias_field)
        if asked.coregister is None:
            space = Space(asked.suffix, respace(volume, asked.spacing_mm))
            self._write(scan, space, {}, sidecar={})
            return space
        if reference is None:
            raise _NO_REFERENCE
        found = coregister(volume, reference.scan, asked.coregister)
        on_reference = resample(volume, reference.scan, found.transform, labels=False)
        self._draw("coreg", reference, on_reference, asked.suffix)
        check_coregistered(found, asked.coregister)
        told = {"OverlapWithReference": round(found.overlap, 4)}
        if asked.coregister.grid == "reference":
            return self._on_reference(scan, reference, on_reference, found.transform, told)
        space = reference.moved(
            asked.suffix, respace(volume, asked.spacing_mm), found.transform.GetInverse()
        )
        self._write(scan, space, {"space": asked.suffix}, sidecar=told)
        if asked.coregister.with_reference:
            brought = resample(
                reference.scan, space.scan, found.transform.GetInverse(), labels=False
            )
            entities = {"space": asked.suffix, **PREPARED_SCAN}
            self._writer.image(brought, reference.suffix, entities, sidecar=told)
        return space

    def _on_reference(
        self,
        scan: _Scan,
        reference: Space,
        moved: Volume,
        transform: sitk.Transform,
        told: dict[str, Any],
    ) -> Space:
        """Write a scan on the grid of the reference, and bring its own label maps there."""
        space = Space(reference.suffix, moved, reference.brain, reference.white_matter)
        for row in self._payload["regions"]:
            if not names_space(row["entities"], scan.asked.suffix):
                continue
            try:
                labels = brought_map(row, scan.volume)
                space.maps.append(labels.on(reference.scan, transform))
            except UnitError as error:
                space.faults.append((row["suffix"], without_space(row["entities"]), error))
        self._write(scan, space, {"space": reference.suffix}, sidecar=told)
        return space

    def _write(
        self, scan: _Scan, space: Space, named: dict[str, str], *, sidecar: dict[str, Any]
    ) -> None:
        """Write the label maps of a space, then the scan itself."""
        near = scan.asked.suffix
        for suffix, entities, error in space.faults:
            self._writer.unusable(suffix, {**entities, **named}, error, near=near)
        for found in space.maps:
            if found.written:
                self._writer.image(
                    found.volume,
                    found.suffix,
                    {**found.entities, **named},
                    sidecar={},
                    label_table=found.table,
                    near=near,
                )
        if space.maps:
            self._writer.picture(
                "regions", near, lambda path: draw_regions(path, space.scan, _drawn(space))
            )
        if scan.volumes == 1:
            in_space = {k: v for k, v in named.items() if v != near}
            self._writer.image(
                _normalised(scan.asked, space),
                near,
                {**scan.row["entities"], **in_space, **PREPARED_SCAN},
                sidecar={"Preparation": scan.asked.model_dump(mode="json"), **sidecar},
                metadata=scan.row["metadata"],
            )

    def _draw(self, stage: str, space: Space, moved: Volume, suffix: str = "") -> None:
        self._writer.picture(
            stage,
            suffix or space.suffix,
            lambda path: draw_match(path, space.scan, moved),
        )


def _changes(asked: PreparedScan) -> str:
    """Name what a study wants done to a scan that cannot be done to a series."""
    wanted = [k for k in ("bias_field", "spacing_mm", "normalise") if getattr(asked, k) is not None]
    if asked.coregister is not None and asked.coregister.grid == "reference":
        wanted.append("coregister.grid: reference")
    return ", ".join(wanted)


def _normalised(asked: PreparedScan, space: Space) -> Volume:
    if asked.normalise is None:
        return space.scan
    white = asked.normalise.method == "whitestripe" or asked.normalise.within == "white_matter"
    if (space.white_matter if white else space.brain) is None:
        raise _NO_TISSUE
    return normalise(space.scan, space.brain, space.white_matter, asked.normalise)


def _drawn(space: Space) -> Volume:
    """Return the label map that a picture shows: the last that was made."""
    return space.maps[-1].volume


def refuse_scan(
    writer: SessionWriter,
    settings: Preparation,
    payload: dict[str, Any],
    name: str,
    error: UnitError,
) -> None:
    """List a scan, and the label maps that its space would have, with the reason."""
    near = settings.scans[name].suffix
    for suffix, entities in expected_images(settings, payload, name):
        writer.unusable(suffix, entities, error, near=near)
