"""What the scan says of copy number and coverage at a locus, of each subject."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from drepano.genomics.callers.haemoglobin import Gene
from drepano.genomics.callers.intervals import Interval, covers
from drepano.genomics.callers.loci import BETA, LOCI
from drepano.genomics.callers.structural import SOURCE
from drepano.genomics.interpretation.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Change:
    """A deletion (DEL) or duplication (DUP); `copies` chromosomes carry it, None: not certain."""

    kind: str
    span: Interval
    copies: int | None


@dataclass(frozen=True, slots=True)
class Structure:
    """Evidence of one subject on one chromosome.

    Attributes
    ----------
    covered
        Bases that were called.
    segments
        Stretches with their number of copies.
    changes
        Deletions and duplications that a record types, carried or not.
    """

    covered: tuple[Interval, ...] = ()
    segments: tuple[tuple[Interval, float], ...] = ()
    changes: tuple[Change, ...] = ()


Structures = dict[tuple[str, str], Structure]


def structures_of(evidence: Evidence) -> Structures:
    """Return the evidence by subject and chromosome; nothing where nothing was looked at."""
    table = evidence.sums(SOURCE)
    texts: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = zip(*(table[name].to_pylist() for name in ("subject", "item", "text")), strict=True)
    for subject, item, text in sorted(rows, key=lambda row: (row[0], row[1])):
        kind, chrom, _ = item.split(":")
        texts[subject, chrom][kind] += text.split(",") if text else []
    return {key: _structure(found) for key, found in texts.items()}


def _structure(texts: dict[str, list[str]]) -> Structure:
    segments = [text.split(":") for text in texts["copies"]]
    changes = [text.split(":") for text in texts["changes"]]
    return Structure(
        tuple(_interval(text) for text in texts["covered"]),
        tuple((_interval(span), float(copies)) for span, copies in segments),
        tuple(
            Change(kind, _interval(span), None if copies == "?" else int(copies))
            for kind, span, copies in changes
        ),
    )


def _interval(text: str) -> Interval:
    first, last = text.split("-")
    return Interval(int(first), int(last))


def beta_gene(structure: Structure, build: str) -> Gene:
    """Conclude what is known of HBB beside the panel's sites."""
    locus = LOCI[build][BETA]
    near = [(span, n) for span, n in structure.segments if span.shared(locus.copies)]
    carried = [change for change in structure.changes if change.copies != 0]
    return Gene(
        covered=locus.bases is not None and covers(structure.covered, locus.bases),
        copies_checked=covers([span for span, _ in near], locus.copies),
        changed=bool(carried) or any(copies != 2 for _, copies in near),
    )
