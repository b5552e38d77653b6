"""What a mutated file says, read by nothing but splitting; and what calls must not say."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from base import ASKED, HEADER, variants

from drepano.genomics.reading.alleles import REFERENCE_MARKERS, Role, Target, role_of
from drepano.genomics.reading.normalise import trim

Key = tuple[str, str]
"""Subject and variant."""

JOINED = frozenset({"record_conflict", "ref_mismatch", "out_of_range"})
"""What another record at its site may make of a call."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Dosages, and reasons where there is none, of every asked sample and variant."""

    dosages: dict[Key, float]
    reasons: dict[Key, str]


def targets() -> dict[str, Target]:
    """Return the base's variants as the reader has them."""
    return {
        name: Target(name, chrom, pos, pos + len(ref), ref, alt, trim(pos, ref, alt))
        for name, (chrom, pos, ref, alt) in variants().items()
    }


TARGETS = targets()


def findings(text: bytes, calls: Calls, before: Calls, lines: list[bytes]) -> list[str]:
    """Return what is wrong with the calls of a mutated file; nothing if all is well.

    Parameters
    ----------
    text
        The mutated file.
    calls, before
        Of the mutated file and of the base.
    lines
        Records of the base.
    """
    rows, columns = _rows(text), _columns(text)
    found = [
        f"wrong: {variant} of {subject} is {dosage}"
        for (subject, variant), dosage in calls.dosages.items()
        if not any(_among(dosage, told(rows, TARGETS[variant], p)) for p in columns[subject])
    ]
    if text.startswith(HEADER):
        found += _lost(rows, calls, before, lines)
    return found


def _among(dosage: float, possible: set[float]) -> bool:
    """Compare as closely as the text of a BCF tells its 32-bit floats: six digits."""
    return any(math.isclose(dosage, one, rel_tol=1e-5) for one in possible)


def changed(calls: Calls, before: Calls) -> list[str]:
    """Return what differs from the base."""
    if calls == before:
        return []
    keys = (before.dosages | before.reasons).keys()
    differ = [
        key
        for key in keys
        if calls.dosages.get(key) != before.dosages.get(key)
        or calls.reasons.get(key) != before.reasons.get(key)
    ]
    return [f"changed: {variant} of {subject}" for subject, variant in differ]


def _lost(rows: list[list[str]], calls: Calls, before: Calls, lines: list[bytes]) -> list[str]:
    """Name calls of lines that no mutation touched and that are not what they were."""
    intact = {tuple(row) for row in rows}
    kept = [cells for line in lines if tuple(cells := line.decode().split("\t")) in intact]
    found = []
    for key, dosage in before.dosages.items():
        target = TARGETS[key[1]]
        if not any(_is_of(cells, target) for cells in kept):
            continue
        if calls.dosages.get(key) != dosage and calls.reasons.get(key) not in JOINED:
            found.append(f"lost: {key[1]} of {key[0]}: {calls.reasons.get(key)}")
    return found


def _is_of(cells: list[str], target: Target) -> bool:
    start, end = int(cells[1]), int(cells[1]) + len(cells[3])
    if cells[7].startswith("END="):
        end = int(cells[7][4:]) + 1
    return cells[0] == target.chrom and start <= target.start < end


def _rows(text: bytes) -> list[list[str]]:
    lines = text.decode("latin-1").split("\n")
    rows = [line.removesuffix("\r").split("\t") for line in lines if line[:1] != "#"]
    return [row for row in rows if len(row) > 9 and row[1].isascii() and row[1].isdigit()]


def _columns(text: bytes) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for line in text.decode("latin-1").split("\n"):
        if line.startswith("#CHROM"):
            for place, name in enumerate(line.removesuffix("\r").split("\t")):
                if name in ASKED:
                    found[name].append(place)
    return found


def told(rows: list[list[str]], target: Target, place: int) -> set[float]:
    """Return every dosage that any record of the text may tell of one sample."""
    found: set[float] = set()
    for row in rows:
        if row[0].removeprefix("chr") not in {target.chrom, *(["23"] * (target.chrom == "X"))}:
            continue
        if len(row) <= place:
            continue
        position, ref = int(row[1]), row[3].upper()
        alts = [] if row[4] == "." else row[4].upper().split(",")
        last = _end(row, position + len(ref) - 1)
        if position > target.end or last < target.start:
            continue
        fields = dict(zip(row[8].split(":"), row[place].split(":"), strict=False))
        if REFERENCE_MARKERS.issuperset(alts):
            if position <= target.span[0] and target.span[1] <= last:
                found |= _counted(fields, [])
            continue
        roles = [role_of(target, position, ref, alt) for alt in alts]
        if Role.CARRIES in roles or any(alt in REFERENCE_MARKERS for alt in alts):
            found |= _counted(fields, roles)
    return found


def _end(row: list[str], last: int) -> int:
    told = [part[4:] for part in row[7].split(";") if part.startswith("END=")]
    return max([last, *(int(end) for end in told if end.isascii() and end.isdigit())])


def _counted(fields: dict[str, str], roles: list[Role]) -> set[float]:
    if "GT" not in fields:
        parts = fields.get("DS", ".").split(",")
        carrying = [part for part, role in zip(parts, roles, strict=False) if role is Role.CARRIES]
        try:
            return {sum(map(float, carrying))} if carrying else set()
        except ValueError:
            return set()
    call = fields["GT"]
    parts = call[call[:1] in {"/", "|"} :].replace("|", "/").split("/")
    if len(parts) > 2 or not all(p.isascii() and p.isdigit() for p in parts):
        return set()
    numbers = [int(part) for part in parts]
    if max(numbers) > len(roles):
        return set()
    return {float(sum(n > 0 and roles[n - 1] is Role.CARRIES for n in numbers))}
