"""One session to its raw scans, each moved on its own, and to the truth about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.synthetic.bids import SEQUENCES
from drepano.synthetic.raw import angiography, diffusion, perfusion, relaxometry, rows, structural
from drepano.synthetic.raw.delivery import SCANS, Delivery, state_of
from drepano.synthetic.raw.head import Head, Seen, look, map_head
from drepano.synthetic.raw.poses import ScanGrid, View, between, draw_pose
from drepano.synthetic.raw.vessels import draw_tubes
from drepano.synthetic.roster import Stream
from drepano.synthetic.sessions import Session
from drepano.synthetic.tables import Row

Size = tuple[float, float, float]
_VOXELS: dict[str, Size] = {
    "FLAIR": structural.SLICES,
    "asl": perfusion.VOXEL,
    "dwi": diffusion.VOXEL,
    "MEGRE": relaxometry.VOXEL,
}


@dataclass(frozen=True, slots=True)
class Truth:
    """Rows about all sessions, gathered while the scans are written."""

    scans: list[Row] = field(default_factory=list)
    transforms: list[Row] = field(default_factory=list)
    measures: list[Row] = field(default_factory=list)
    lesions: list[Row] = field(default_factory=list)


def write_raw_session(
    session: Session, delivery: Delivery, haematocrit: float, truth: Truth
) -> None:
    """Write the scans that the session has, and what is true of them.

    The truth's space is that of the T1w, also where the T1w itself was not delivered.
    """
    writer = _Writer(map_head(session), delivery, haematocrit, truth)
    on_flair = None
    for scan in SCANS:
        state, reason = state_of(session.person, session.name, scan)
        truth.scans.append({**delivery.where(scan), "state": state, "reason": reason})
        if state == "not_acquired" and scan != "T1w":
            continue
        view = writer.view(scan)
        writer.tell_motion(scan, view)
        if scan == "angio":
            writer.write_angiography(view)
            continue
        seen = look(writer.head, view)
        on_flair = seen if scan == "FLAIR" else on_flair
        writer.tell_maps(scan, view, seen)
        writer.write(scan, reason, view, seen)
    truth.lesions.extend(rows.lesion_rows(writer.head, writer.view("T1w").scan, on_flair))


@dataclass(frozen=True, slots=True)
class _Writer:
    head: Head
    delivery: Delivery
    haematocrit: float
    truth: Truth

    def view(self, scan: str) -> View:
        """Lay the head into the world of a scan, on the scan's voxels."""
        pose = draw_pose(self.delivery.rng(Stream.POSE, scan))
        if scan == "T1w":
            return View(self.head.grid, ScanGrid.along_head(self.head.grid, pose))
        if scan == "angio":
            size, box = angiography.VOXEL_MM, angiography.BOX_MM
            return View(self.head.grid, ScanGrid.along_world(size, pose, box))
        x, y, z = (share * self.head.grid.voxel_mm for share in _VOXELS[scan])
        return View(self.head.grid, ScanGrid.along_world((x, y, z), pose))

    def tell_motion(self, scan: str, view: View) -> None:
        """Note how the head moved between the T1w and the scan."""
        # The T1w against itself is exactly nothing, not the rounding of a product.
        still = scan == "T1w"
        motion = np.eye(4) if still else between(self.view("T1w").scan.pose, view.scan.pose)
        row = rows.transform_row(self.delivery.where(scan), motion)
        self.truth.transforms.append(row)

    def tell_maps(self, scan: str, view: View, seen: Seen) -> None:
        """Write tissues, brain and lesions on the scan's voxels, and their volumes."""
        delivery = self.delivery
        self.truth.measures.extend(rows.volume_rows(delivery.where(scan), seen, view.scan))
        delivery.known(scan, "tissue", seen.labels, view.scan)
        delivery.known(scan, "brain", seen.brain.astype(np.uint8), view.scan)
        delivery.known(scan, "lesions", seen.lesion_numbers, view.scan)

    def write(self, scan: str, reason: str, view: View, seen: Seen) -> None:
        """Write a scan, broken as `reason` says."""
        if scan in structural.CONTRASTS:
            self._structural(scan, reason, view)
        elif scan == "asl":
            self._asl(reason, view, seen)
        elif scan == "dwi":
            self._dwi(reason, view, seen)
        else:
            self._multi_echo(view, seen)

    def _structural(self, scan: str, reason: str, view: View) -> None:
        delivery, rng = self.delivery, self.delivery.rng(Stream.SCAN, scan)
        shaded = structural.structural(self.head, view, scan, rng)
        delivery.known(scan, "bias", shaded.field, view.scan)
        if state_of(delivery.person, delivery.session, scan)[0] == "not_acquired":
            return
        voxels: NDArray[Any] = shaded.voxels
        if reason == "registration_failed":
            voxels = structural.without_head(view.scan.shape, rng)
        elif reason == "not_finite":
            voxels = structural.with_nan(shaded.voxels)
        delivery.scan("anat", scan, voxels, view.scan)
        delivery.sidecar("anat", scan, SEQUENCES[scan])

    def _asl(self, reason: str, view: View, seen: Seen) -> None:
        delivery, rng = self.delivery, self.delivery.rng(Stream.SCAN, "asl")
        drawn = delivery.rng(Stream.PHYSIOLOGY, "asl")
        lopsided = delivery.person.index % 2 == 0
        flow = perfusion.draw_flow(drawn, self.haematocrit, lopsided=lopsided)
        made = perfusion.asl(self.head, view, seen, flow, rng)
        delivery.scan("perf", "asl", made.series, view.scan)
        delivery.scan("perf", "m0scan", made.m0, view.scan)
        delivery.sidecar("perf", "m0scan", {**perfusion.M0_SIDECAR, "IntendedFor": self._asl_uri})
        delivery.text("perf", "aslcontext.tsv", "\n".join(["volume_type", *made.context, ""]))
        if reason != "no_metadata":
            delivery.sidecar("perf", "asl", perfusion.SIDECAR)
        delivery.known("asl", "cbf", made.cbf, view.scan)
        self.truth.measures.extend(rows.flow_rows(delivery.where("asl"), seen, flow, made.cbf))

    @property
    def _asl_uri(self) -> str:
        path = self.delivery.path("perf", "asl.nii.gz").relative_to(self.delivery.bids)
        return f"bids::{path.as_posix()}"

    def _dwi(self, reason: str, view: View, seen: Seen) -> None:
        delivery = self.delivery
        made = diffusion.dwi(self.head, view, seen, delivery.rng(Stream.SCAN, "dwi"))
        delivery.scan("dwi", "dwi", made.series, view.scan)
        delivery.sidecar("dwi", "dwi", diffusion.SIDECAR)
        told = made.bvals[:-1] if reason == "companion_mismatch" else made.bvals
        delivery.text("dwi", "dwi.bval", " ".join(f"{b:g}" for b in told) + "\n")
        # FSL's convention, which BIDS takes over: along the voxels' axes, the first one
        # turned round where the affine's determinant is positive. Mirrored or not, that is
        # the world's axes with X turned round.
        bvecs = made.bvecs * (-1, 1, 1) + 0.0
        lines = (" ".join(f"{value:.8f}" for value in axis) for axis in bvecs.T)
        delivery.text("dwi", "dwi.bvec", "\n".join([*lines, ""]))
        delivery.known("dwi", "fa", made.fa, view.scan)
        delivery.known("dwi", "md", made.md, view.scan)
        self.truth.measures.extend(rows.tensor_rows(delivery.where("dwi"), seen, made.fa, made.md))

    def write_angiography(self, view: View) -> None:
        """Write an angiography and the label map of its vessels."""
        delivery = self.delivery
        absent = frozenset({"L-Pcom"} if delivery.person.index % 2 else ())
        narrowed = frozenset({"R-MCA"} if delivery.person.part == "no_asl" else ())
        drawn = delivery.rng(Stream.PHYSIOLOGY, "angio")
        tubes = draw_tubes(drawn, absent=absent, narrowed=narrowed)
        rng = delivery.rng(Stream.SCAN, "angio")
        made = angiography.angiography(self.head, view, tubes, rng)
        delivery.scan("anat", "acq-TOF_angio", made.voxels, view.scan)
        delivery.sidecar("anat", "acq-TOF_angio", angiography.SIDECAR)
        delivery.vessels(made.lumen.labels, view.scan)
        self.truth.measures.extend(
            rows.vessel_rows(delivery.where("angio"), tubes, made.lumen, view.scan)
        )

    def _multi_echo(self, view: View, seen: Seen) -> None:
        delivery = self.delivery
        rng = delivery.rng(Stream.SCAN, "MEGRE")
        made = relaxometry.multi_echo(self.head, view, seen, rng)
        for number, voxels in enumerate(made.echoes, start=1):
            name = f"echo-{number}_MEGRE"
            delivery.scan("anat", name, voxels, view.scan)
            delivery.sidecar("anat", name, relaxometry.sidecar(number))
        delivery.known("MEGRE", "r2star", made.r2star, view.scan)
        self.truth.measures.extend(rows.decay_rows(delivery.where("MEGRE"), seen, made.r2star))
