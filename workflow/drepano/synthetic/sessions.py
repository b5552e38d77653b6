"""A person to heads with lesions, one per session, before anything is missing or broken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drepano.synthetic.anatomy import Anatomy, Grid, shape_head
from drepano.synthetic.lesions import Lesions, grown, place_lesions, tiny_lesion
from drepano.synthetic.roster import Person, Stream, generator
from drepano.synthetic.template import Template
from drepano.synthetic.warp import head_warp, later_warp


@dataclass(frozen=True, slots=True)
class Session:
    """What one session of a person would hold if all of it were delivered whole."""

    person: Person
    name: str
    anatomy: Anatomy
    lesions: Lesions


def draw_sessions(person: Person, template: Template, grid: Grid, seed: int) -> list[Session]:
    """Shape the head and the lesions of each of the person's sessions."""
    rng = generator(seed, Stream.HEAD, person.index)
    warp = head_warp(rng)
    ventricle_mm = float(rng.uniform(-0.8, 2.0))
    sessions: list[Session] = []
    for name in person.sessions:
        if sessions:
            warp, ventricle_mm = later_warp(warp, rng), ventricle_mm + 0.4
        anatomy = shape_head(template, warp, grid, ventricle_mm=ventricle_mm)
        earlier = sessions[-1].lesions if sessions else None
        lesions = _draw_lesions(person, anatomy, earlier, rng)
        sessions.append(Session(person, name, anatomy, lesions))
    return sessions


def _draw_lesions(
    person: Person, anatomy: Anatomy, earlier: Lesions | None, rng: np.random.Generator
) -> Lesions:
    """Draw 1 to 6 lesions, or none; at a later session they grew a little, and one is new."""
    if person.part == "no_lesions":
        return place_lesions(anatomy, 0, rng)
    if person.part == "tiny_lesion":
        return tiny_lesion(anatomy, rng)
    if earlier is None:
        return place_lesions(anatomy, int(rng.integers(1, 7)), rng)
    known = tuple(grown(lesion.seed, 1.1) for lesion in earlier.lesions)
    return place_lesions(anatomy, 1, rng, known=known)
