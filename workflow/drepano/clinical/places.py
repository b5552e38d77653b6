"""Where cells and rows stand in a file, shortened for people."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_SHOWN = 5


def place(path: Path, lines: Iterable[int], column: str = "") -> str:
    """Name a file, the first lines of many, and a column."""
    known = sorted(set(lines))
    shown = ", ".join(map(str, known[:_SHOWN]))
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    parts = [f"{path}", f"line{'' if len(known) == 1 else 's'} {shown}{more}"]
    return ", ".join([*parts, f"column {column}"] if column else parts)


def first_of(places: list[str]) -> str:
    """Join the first of many places."""
    more = f"; and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return " | ".join(places[:_SHOWN]) + more


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write `1 value`, `2 values`."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"
