"""A seed to the people of a cohort: who they are, and what is missing or broken of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, get_args

import numpy as np

DeliveredPart = Literal[
    "complete",
    "no_lesions",
    "no_flair",
    "tiny_lesion",
    "no_t1w",
    "no_lesion_mask",
    "no_imaging",
    "no_sample",
    "no_clinical",
    "truncated_flair",
    "no_ventricles",
    "other_grid",
]
RawPart = Literal[
    "complete",
    "no_lesions",
    "no_asl",
    "asl_without_metadata",
    "gradient_mismatch",
    "noise_flair",
    "no_flair",
    "no_imaging",
    "no_t1w",
    "no_clinical",
    "nan_flair",
    "no_sample",
]
Part = DeliveredPart | RawPart

# The order is the order of the first twelve subjects: what is broken comes last, so that
# the share of failures stays under the gates for any number of subjects.
PARTS: tuple[Part, ...] = get_args(DeliveredPart)
RAW_PARTS: tuple[Part, ...] = get_args(RawPart)
"""The parts of a cohort of raw scans; the first six show what fails, too."""

TWO_SESSIONS: frozenset[Part] = frozenset({"complete", "tiny_lesion"})

_GENOTYPES = (
    "HbSS",
    "HbSC",
    "HbS/beta0",
    "HbSS",
    "HbS/beta+",
    "HbAS",
    "HbSS",
    "HbSS",
    "HbAA",
    "HbSS",
    "HbS/codon6",
    "HbSC",
)
_WEIGHTS = {"HbSS": 0.55, "HbSC": 0.2, "HbS/beta0": 0.08, "HbS/beta+": 0.07, "HbAS": 0.1}


class Stream(IntEnum):
    """What a generator of random numbers is for, so that one draw never shifts another."""

    COHORT = 0
    PERSON = 1
    HEAD = 2
    SCAN = 3
    GENOME = 4
    CLINICAL = 5
    POSE = 6
    PHYSIOLOGY = 7


@dataclass(frozen=True, slots=True)
class Person:
    """One subject of a synthetic cohort.

    Attributes
    ----------
    index
        0-based place in the cohort.
    label
        BIDS label without ``sub-``.
    sessions
        BIDS session labels; one empty label when the subject has no session level.
    part
        What is special about the subject.
    genotype
        Haemoglobin genotype; ``HbS/codon6`` is HbS/beta0 by the deletion that overlaps rs334.
    male, age
        Sex, and age in years.
    sample
        Name of the sample in the VCF.
    phased
        The sample's calls are phased.
    """

    index: int
    label: str
    sessions: tuple[str, ...]
    part: Part
    genotype: str
    male: bool
    age: float
    sample: str
    phased: bool

    @property
    def participant(self) -> str:
        """The participant id, as BIDS writes it."""
        return f"sub-{self.label}"


def generator(seed: int, stream: Stream, *place: int) -> np.random.Generator:
    """Return the generator of one purpose; equal for equal arguments."""
    return np.random.default_rng([seed, int(stream), *place])


def draw_people(subjects: int, seed: int, possible: tuple[Part, ...] = PARTS) -> tuple[Person, ...]:
    """Draw the people of a cohort; the first twelve hold every part in a fixed order."""
    parts = list(possible)
    blocks = -(-subjects // len(possible))
    for block in range(1, blocks):
        order = generator(seed, Stream.COHORT, block).permutation(len(possible))
        parts += [possible[place] for place in order]
    width = max(2, len(str(subjects)))
    return tuple(_person(i, f"{i + 1:0{width}d}", parts[i], seed) for i in range(subjects))


def _person(index: int, label: str, part: Part, seed: int) -> Person:
    rng = generator(seed, Stream.PERSON, index)
    drawn = str(rng.choice(list(_WEIGHTS), p=list(_WEIGHTS.values())))
    # Every third laboratory name differs from the participant's.
    other_name = f"LAB{rng.integers(10_000, 100_000)}-{label}"
    return Person(
        index=index,
        label=label,
        sessions=("01", "02") if part in TWO_SESSIONS else ("",),
        part=part,
        genotype=_GENOTYPES[index] if index < len(_GENOTYPES) else drawn,
        male=bool(rng.random() < 0.5) if index >= 2 else index == 0,
        age=round(float(rng.uniform(4, 45)), 1),
        sample=other_name if index % 3 == 1 else f"sub-{label}",
        phased=index % 6 == 5,
    )
