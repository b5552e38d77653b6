"""Parts with their rules to BIDS names: echoes, parts and runs are counted here."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from drepano.dicom.ledger import Ledger
from drepano.dicom.mapping import Rule
from drepano.dicom.series import Part
from drepano.dicom.words import AUTO, ENTITIES


@dataclass(frozen=True, slots=True)
class Scan:
    """An image to be made.

    Attributes
    ----------
    part
        Its files.
    rule
        Why it gets its name.
    subject, session
        Labels; an empty session if there is none.
    run
        Number among images of one name; 0 if it is alone.
    trouble, remedy
        Why it can not be made, and what to do; empty if it can.
    """

    part: Part
    rule: Rule
    subject: str
    session: str
    echo: int = 0
    run: int = 0
    trouble: str = ""
    remedy: str = ""

    @property
    def stem(self) -> str:
        """Path in the dataset without endings."""
        entities = dict(self.rule.entities)
        if entities.get("echo") == AUTO:
            entities["echo"] = str(self.echo)
        if entities.get("part") == AUTO:
            entities["part"] = self.part.component
        if self.run:
            entities["run"] = str(self.run)
        folders = [f"sub-{self.subject}", *([f"ses-{self.session}"] if self.session else [])]
        known = [f"{key}-{entities[key]}" for key in ENTITIES if key in entities]
        name = "_".join([*folders, *known, self.rule.suffix])
        return "/".join([*folders, self.rule.datatype, name])

    @property
    def who(self) -> str:
        """Subject and session for people."""
        return f"sub-{self.subject}" + (f" ses-{self.session}" if self.session else "")

    @property
    def rule_digest(self) -> str:
        """Digest of what of the rule changes the content of the files."""
        told = self.rule.model_dump_json(include={"metadata", "volumes", "entities"})
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def name_scans(scans: Sequence[Scan], ledger: Ledger, *, repeats: str) -> list[Scan]:
    """Count echoes and runs, and find the names that can not be given.

    Parameters
    ----------
    scans
        Those of all series, in the order of acquisition.
    ledger
        Names that were given before, and to what.
    repeats
        `run` or `refuse`, for several series of one name.
    """
    groups: dict[str, list[Scan]] = defaultdict(list)
    for scan in _with_echoes(scans):
        groups[scan.stem].append(scan)
    named = [scan for stem in groups for scan in _runs(groups[stem], repeats)]
    taken = {made.stem: digest for digest, made in ledger.images.items()}
    current = {scan.part.digest: scan.stem for scan in named}
    checked = [_against(scan, ledger, taken, current) for scan in named]
    return sorted(checked, key=lambda scan: scan.stem)


def _with_echoes(scans: Sequence[Scan]) -> list[Scan]:
    """Count the echo times of a series that follow one rule, the shortest first."""
    times: dict[tuple[str, int], set[float]] = defaultdict(set)
    for scan in scans:
        times[_series_rule(scan)].add(scan.part.echo_time_ms or 0.0)
    return [
        dataclasses.replace(
            scan, echo=1 + sorted(times[_series_rule(scan)]).index(scan.part.echo_time_ms or 0.0)
        )
        for scan in scans
    ]


def _series_rule(scan: Scan) -> tuple[str, int]:
    return scan.part.series.first.series, id(scan.rule)


def _runs(scans: list[Scan], repeats: str) -> list[Scan]:
    series = {scan.part.series.first.series for scan in scans}
    if len(series) < len(scans):
        trouble = "one series gives several images of one name"
        remedy = "Part them by echo_time_ms or component, or state {echo: auto} or {part: auto}."
        return [dataclasses.replace(scan, trouble=trouble, remedy=remedy) for scan in scans]
    if len(scans) == 1:
        return scans
    if repeats == "refuse":
        trouble = f"{len(scans)} series of one name"
        remedy = "Narrow the rule, skip one of them by a rule, or state `repeats: run`."
        return [dataclasses.replace(scan, trouble=trouble, remedy=remedy) for scan in scans]
    ordered = sorted(scans, key=lambda scan: scan.part.series.acquired)
    return [dataclasses.replace(scan, run=n) for n, scan in enumerate(ordered, start=1)]


def _against(scan: Scan, ledger: Ledger, taken: dict[str, str], current: dict[str, str]) -> Scan:
    """Compare a name with those that earlier conversions gave."""
    if scan.trouble:
        return scan
    made = ledger.images.get(scan.part.digest)
    if made and made.stem != scan.stem:
        trouble = f"converted earlier as {made.stem}"
        remedy = "Remove those files to convert it under its new name, or undo what renamed it."
    elif made and made.rule != scan.rule_digest:
        trouble = "converted earlier, by a rule of other entities, metadata or volumes"
        remedy = "Remove its files to convert it anew."
    elif not made and (other := _holder(scan, taken, current)):
        trouble = f"{other} was made of other files"
        remedy = "If the series grew or was sent again, remove those files; if it is a repeat, "
        remedy += "give both in one export, and remove the files that were made."
    else:
        return scan
    return dataclasses.replace(scan, trouble=trouble, remedy=remedy)


def _holder(scan: Scan, taken: dict[str, str], current: dict[str, str]) -> str:
    """Return a name like this one, whatever its run, that something else holds on the disk."""
    alone = _without_run(scan.stem)
    return next(
        (
            stem
            for stem, digest in sorted(taken.items())
            if _without_run(stem) == alone and current.get(digest) != stem
        ),
        "",
    )


def _without_run(stem: str) -> str:
    return "_".join(part for part in stem.split("_") if not part.startswith("run-"))
