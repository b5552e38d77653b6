"""Alpha-globin chromosomes and their genotypes, and a site's table of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from drepano.contracts.sheets import read_columns, subject_label
from drepano.errors import Fault, InputError

GENES = {"--SEA": 0, "--MED": 0, "-a3.7": 1, "-a4.2": 1, "aa": 2, "aaa": 3}
"""Chromosome to its number of functional alpha genes; fewest first, as genotypes are written."""

NORMAL = "aa"
GENOTYPES = tuple("/".join(pair) for pair in itertools.combinations_with_replacement(GENES, 2))

Pair = tuple[str, str]

_ALSO = {"--MED-I": "--MED"}
_EMPTY = frozenset({"", "n/a"})
_PARTICIPANT, _GENOTYPE = "participant_id", "genotype"


def pair_of(chromosomes: Iterable[str]) -> Pair:
    """Return two chromosomes in the order in which genotypes are written."""
    first, second = sorted(chromosomes, key=list(GENES).index)
    return first, second


def genes_of(pair: Pair) -> int:
    """Return the number of functional alpha genes, 0 to 6."""
    return sum(GENES[chromosome] for chromosome in pair)


def parse_genotype(text: str) -> Pair | None:
    """Read a genotype such as ``-a3.7/aa``, in any order, with a or α; None if it is none."""
    parts = [part.strip() for part in text.replace("\N{GREEK SMALL LETTER ALPHA}", "a").split("/")]
    names = [_ALSO.get(part, part) for part in parts]
    return pair_of(names) if len(names) == 2 and GENES.keys() >= set(names) else None


def read_alpha_table(path: Path) -> dict[str, Pair]:
    """Read a site's table of participants and genotypes; an empty cell or n/a is no row.

    Raises
    ------
    InputError
        The file cannot be read, or rows of it are wrong; all of them are named by their line,
        none by what it says.
    """
    sheet = read_columns(path, [_PARTICIPANT, _GENOTYPE])
    known = ", ".join(GENES)
    found: dict[str, Pair] = {}
    seen: set[str] = set()
    faults = [
        Fault(
            f"{path}, line {line}", f"{cells} cells", f"{len(sheet.header)} cells", "Mend the row."
        )
        for line, cells in sheet.misfits
    ]
    rows = zip(sheet.lines, sheet.column(_PARTICIPANT), sheet.column(_GENOTYPE), strict=True)
    for line, participant, text in rows:
        where, subject = f"{path}, line {line}", subject_label(participant)
        if not subject:
            faults.append(Fault(where, "no participant", "a participant id", "Fill it in."))
        elif subject in seen:
            twice = "a participant that stands above too"
            faults.append(Fault(where, twice, "one row for each participant", "Keep one row."))
        seen.add(subject)
        if text in _EMPTY:
            continue
        pair = parse_genotype(text)
        if pair is None:
            expected = f"two of {known}, joined by /"
            faults.append(Fault(where, "a genotype of other form", expected, "Write it so."))
        else:
            found[subject] = pair
    if faults:
        raise InputError(*faults)
    return found
