"""A session to the maps that every scan of it is made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.synthetic.anatomy import LABELS, Grid, Mask
from drepano.synthetic.lesions import lesion_voxels
from drepano.synthetic.raw.poses import View
from drepano.synthetic.sessions import Session

Field = NDArray[np.float32]
Labels = NDArray[np.uint8]

TISSUES = ("grey", "white", "fluid", "lesion")
"""Names of the fractions, in the order of their axis."""

_NOT_DARK = 3
_RIGHT = (LABELS["grey matter right"], LABELS["white matter right"])
_SIDED = (LABELS["grey matter left"], LABELS["white matter left"], *_RIGHT)


@dataclass(frozen=True, slots=True)
class Head:
    """Maps of one session's head, all (X, Y, Z) on its own grid.

    Attributes
    ----------
    session
        Anatomy and lesions.
    fractions
        (4, X, Y, Z), share of each of `TISSUES`; a lesion takes the place of its tissues.
    lesion_numbers
        Number of the lesion in the truth table, 0 elsewhere.
    right
        1 where the nearest hemisphere is the right one, else 0.
    """

    session: Session
    fractions: Field
    lesion_numbers: Labels
    right: Field

    @property
    def grid(self) -> Grid:
        """The grid of all maps."""
        return self.session.anatomy.grid

    @property
    def hypointense(self) -> Mask:
        """Lesions that are dark on the T1w; every third one is not."""
        return np.asarray((self.lesion_numbers > 0) & (self.lesion_numbers % _NOT_DARK != 0))


def map_head(session: Session) -> Head:
    """Return the maps of a session."""
    anatomy = session.anatomy
    lesion = session.lesions.mask
    tissues = [np.where(lesion, 0, part) for part in (anatomy.grey, anatomy.white, anatomy.fluid)]
    sided = np.isin(anatomy.labels, _SIDED)
    nearest = ndimage.distance_transform_edt(~sided, return_distances=False, return_indices=True)
    return Head(
        session=session,
        fractions=np.stack([*tissues, lesion]).astype(np.float32),
        lesion_numbers=_numbers(session),
        right=np.isin(anatomy.labels[tuple(nearest)], _RIGHT).astype(np.float32),
    )


def is_hypointense(number: int) -> bool:
    """Tell whether the lesion of this number is dark on the T1w."""
    return number % _NOT_DARK != 0


def _numbers(session: Session) -> Labels:
    """Return the number that each lesion has in the truth table."""
    numbers = np.zeros(session.anatomy.grid.shape, np.uint8)
    for number, lesion in enumerate(session.lesions.lesions, start=1):
        numbers[lesion_voxels(lesion.seed, session.anatomy)] = number
    return numbers


@dataclass(frozen=True, slots=True)
class Seen:
    """What the voxels of one scan hold, all on its grid.

    Attributes
    ----------
    fractions
        (4, X, Y, Z), mean share of each of `TISSUES`.
    labels
        The label of `LABELS` that fills most of the voxel, 0 where none does.
    brain
        More than half of the voxel lies inside of the brain's surface.
    lesion_numbers
        Number of the lesion where lesions fill more than half of the voxel.
    """

    fractions: Field
    labels: Labels
    brain: Mask
    lesion_numbers: Labels

    def blend(self, values: dict[str, float]) -> Field:
        """Return the mean of a value per tissue, weighted by what brain there is in a voxel."""
        weights = np.asarray([values[name] for name in TISSUES], np.float32)
        total = np.einsum("t,txyz->xyz", weights, self.fractions)
        share = self.fractions.sum(axis=0)
        return np.asarray(np.where(share > 0.01, total / np.maximum(share, 0.01), 0), np.float32)


def look(head: Head, view: View) -> Seen:
    """See a head on the voxels of a scan; on the head's own voxels nothing is interpolated."""
    anatomy = head.session.anatomy
    if view.on_own_voxels:
        return Seen(head.fractions, anatomy.labels, anatomy.brain_depth_mm > 0, head.lesion_numbers)
    numbers = (0, *LABELS.values())
    own = np.stack([view.mean(anatomy.labels == number) for number in LABELS.values()])
    shares = np.concatenate([1 - own.sum(axis=0, keepdims=True), own])
    lesion = view.mean(head.fractions[TISSUES.index("lesion")])
    fractions = [view.mean(part) for part in head.fractions[:-1]]
    return Seen(
        fractions=np.stack([*fractions, lesion]),
        labels=np.asarray(numbers, np.uint8)[shares.argmax(axis=0)],
        brain=view.mean(anatomy.brain_depth_mm > 0) > 0.5,
        lesion_numbers=np.where(lesion > 0.5, view.nearest(_spread(head.lesion_numbers)), 0).astype(
            np.uint8
        ),
    )


def _spread(numbers: Labels) -> Labels:
    """Give every voxel the number of the nearest lesion."""
    if not numbers.any():
        return numbers
    nearest = ndimage.distance_transform_edt(
        numbers == 0, return_distances=False, return_indices=True
    )
    return np.asarray(numbers[tuple(nearest)])
