"""Which file of a session is meant: raw scans, the site's derivatives, prepared images."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from drepano.errors import UnitError
from drepano.settings import RegionSet

Session = tuple[str, str]
File = dict[str, Any]
"""A row of `bids_files` or `prepared`, its JSON columns read."""

PREPARED_SCAN = {"desc": "preproc"}
"""BIDS entity of a scan that drepano prepared."""

_JSON = ("entities", "metadata", "companions")


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a scan or a region file cannot be used."""

    state: str
    why: UnitError


class SessionFiles:
    """Image files by subject, session and suffix.

    Parameters
    ----------
    bids_files
        `bids_files` table of the index.
    prepared
        `prepared` table of the preparation, or None.
    suffixes
        Suffixes that matter.
    """

    def __init__(
        self, bids_files: pa.Table, prepared: pa.Table | None, suffixes: Iterable[str]
    ) -> None:
        self._found: dict[tuple[str, str, str, str], list[File]] = defaultdict(list)
        wanted = {*suffixes}
        self._add(bids_files, wanted, prepared=False)
        if prepared is not None:
            self._add(prepared, wanted, prepared=True)

    def _add(self, table: pa.Table, wanted: set[str], *, prepared: bool) -> None:
        for row in table.to_pylist():
            if row["suffix"] in wanted:
                row |= {name: json.loads(row[name]) for name in _JSON}
                kind = "prepared" if prepared else "derivative" if row["derivative"] else "raw"
                self._found[row["subject"], row["session"], row["suffix"], kind].append(row)

    def _matching(
        self, session: Session, suffix: str, entities: Mapping[str, str], kind: str
    ) -> list[File]:
        """Return the files of a kind that carry the asked suffix and entities."""
        files = self._found.get((*session, suffix, kind), [])
        return [f for f in files if entities.items() <= f["entities"].items()]

    def scan(
        self,
        session: Session,
        suffix: str,
        entities: Mapping[str, str],
        *,
        prepared: bool,
        where: str,
    ) -> File | Absence:
        """Return the only raw or prepared scan that fits, or why there is none.

        `where` is the place in the study at which entities would tell several files apart.
        """
        acquired = {k: v for k, v in entities.items() if not prepared or k != "space"}
        raw = self._matching(session, suffix, acquired, "raw")
        if not raw:
            return _not_acquired(suffix, entities)
        if not prepared:
            return single(raw, where)
        made = self._matching(session, suffix, {**entities, **PREPARED_SCAN}, "prepared")
        if not made:
            return single(raw, where) if len(raw) > 1 else _not_prepared(suffix, entities)
        # A reference scan may also have been brought to the grids of others, which names a space.
        own = [f for f in made if "space" not in f["entities"]]
        return single(own or made if "space" not in entities else made, where)

    def scans(
        self,
        session: Session,
        suffix: str,
        entities: Mapping[str, str],
        *,
        varying: str,
        where: str,
    ) -> list[File] | Absence:
        """Return the raw files of the only scan that fits, or why there is none.

        A scan may be several files whose names differ in the entity `varying` alone, such as
        `echo`; they come in the order of their paths.
        """
        raw = self._matching(session, suffix, entities, "raw")
        if not raw:
            return _not_acquired(suffix, entities)
        others = {_without(file, varying) for file in raw}
        if len(others) > 1 or len({f["entities"].get(varying) for f in raw}) < len(raw):
            return _ambiguous(raw, where)
        refused = [found for f in raw if isinstance(found := single([f], where), Absence)]
        return refused[0] if refused else sorted(raw, key=lambda f: str(f["path"]))

    def brought(self, session: Session, suffix: str, entities: Mapping[str, str]) -> list[File]:
        """Return all of the site's derivatives that fit."""
        return self._matching(session, suffix, entities, "derivative")

    def derivative(
        self, session: Session, suffix: str, entities: Mapping[str, str], *, near: str, where: str
    ) -> File | Absence:
        """Return the only derivative that fits, or why there is none.

        Files in the space of the scan with the suffix `near` come first; of those left, the
        site's come before prepared ones.
        """
        brought = self._matching(session, suffix, entities, "derivative")
        made = self._matching(session, suffix, entities, "prepared")
        if not brought and not made:
            detail = f"no derivative {described(suffix, entities)}"
            remedy = "Run the segmentation, or correct suffix and entities in the study."
            return Absence("not_acquired", UnitError("no_regions", detail, remedy))
        fitting = _in_space_of([*brought, *made], near)
        return single([f for f in fitting if f in brought] or fitting, where)

    def regions(
        self, session: Session, name: str, sets: Mapping[str, RegionSet], *, near: str
    ) -> File | Absence:
        """Return the file of a region set, or of the one that stands in for it.

        Its `rules` is the name of the set that describes it.
        """
        first: Absence | None = None
        for chosen in (name, sets[name].otherwise):
            if chosen is None:
                break
            rules = sets[chosen]
            found = self.derivative(
                session, rules.suffix, rules.entities, near=near, where=f"region_sets.{chosen}"
            )
            if not isinstance(found, Absence):
                return {**found, "rules": chosen}
            if found.state != "not_acquired":
                return found
            first = first or found
        if first is None:
            raise KeyError(name)
        return first


def _without(file: File, entity: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, v) for k, v in file["entities"].items() if k != entity))


def _not_acquired(suffix: str, entities: Mapping[str, str]) -> Absence:
    detail = f"no raw {described(suffix, entities)}"
    remedy = "Deliver the scan, or leave it: the columns stay empty."
    return Absence("not_acquired", UnitError("no_scan", detail, remedy))


def _not_prepared(suffix: str, entities: Mapping[str, str]) -> Absence:
    detail = f"{described(suffix, entities)} was not prepared"
    remedy = "Look at results/preparation_failures.tsv, and at imaging.prepare.scans of the study."
    return Absence("failed", UnitError("not_prepared", detail, remedy))


def single(found: list[File], where: str) -> File | Absence:
    """Return the only file, or why none can be used."""
    if len(found) > 1:
        return _ambiguous(found, where)
    file = found[0]
    if file["reason"]:
        detail = f"{PurePath(file['path']).name}: {file['detail']}"
        return Absence("failed", UnitError(file["reason"], detail, file["remedy"]))
    return file


def _ambiguous(found: list[File], where: str) -> Absence:
    names = ", ".join(sorted("/".join(PurePath(f["path"]).parts[-4:]) for f in found))
    remedy = f"Add entities to imaging.{where} in the study, so that one file fits."
    return Absence("failed", UnitError("ambiguous_scan", names, remedy))


def _in_space_of(found: list[File], suffix: str) -> list[File]:
    """Of several region files, prefer those in the scan's own space.

    First those that name it (``space-T1w`` for a T1w), then those that name none, which BIDS
    reads as the space of the scan itself.
    """
    if len(found) < 2:
        return found
    own = [f for f in found if f["entities"].get("space", "").lower() == suffix.lower()]
    return own or [f for f in found if "space" not in f["entities"]] or found


def space_of(scan: File) -> str:
    """Return the name of the space in which a scan lies: its own suffix, unless it was moved."""
    return str(scan["entities"].get("space", scan["suffix"]))


def described(suffix: str, entities: Mapping[str, str]) -> str:
    """Say in words which files are meant."""
    asked = ", ".join(f"{k}-{v}" for k, v in sorted(entities.items()))
    return f"{suffix} with {asked}" if asked else suffix
