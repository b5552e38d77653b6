"""A status as lines for a terminal, and as JSON."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from drepano.status.digest import FailureKind
from drepano.status.read import ON_RANKS, ReleaseStatus, SealStatus, Status

_LABEL = 10
_WIDTH = 100
_KINDS_SHOWN = 8


def as_json(status: Status) -> str:
    """Return a status as JSON with sorted keys."""
    return json.dumps(dataclasses.asdict(status), indent=2, sort_keys=True, ensure_ascii=False)


def render(status: Status) -> str:
    """Return a status as plain text that fits one screen."""
    lines = [
        _line("site", status.site),
        *_study(status),
        _line("index", _index(status)),
        *_steps(status),
        _line("clinical", _clinical(status)),
        _line("matrix", _matrix(status.quality)),
        *_seal(status.seal),
        *_release(status.release),
        *_failures(status.failures),
    ]
    return "\n".join(lines)


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}".rstrip()


def _study(status: Status) -> Iterator[str]:
    if status.asked is None:
        yield _line("study", "cannot be read; `drepano check` tells why")


def _not_run(status: Status, step: str) -> str:
    """Say why a step left nothing."""
    absent = status.asked is not None and step not in status.asked
    return "not in the study" if absent else "not run"


def _index(status: Status) -> str:
    if status.index is None:
        return "not run"
    found = status.index
    problems = _problems(found.problems, "results/index/problems.tsv")
    return f"{_count(found.subjects, 'subject')}, {_count(found.sessions, 'session')}; {problems}"


def _count(number: int | None, noun: str) -> str:
    """Return a number with its noun; an unknown number is a question mark."""
    return f"{'?' if number is None else number} {noun}{'' if number == 1 else 's'}"


def _problems(counts: Mapping[str, int], path: str) -> str:
    if not counts:
        return "no problem"
    listed = ", ".join(_count(count, severity) for severity, count in counts.items())
    return f"problems: {listed} ({path})"


def _steps(status: Status) -> Iterator[str]:
    found = {step.step: step for step in status.steps}
    for name in ON_RANKS:
        step = found.get(name)
        if step is None:
            yield _line(name, _not_run(status, name))
            continue
        todo = step.planned - step.finished
        table = "table there" if step.gathered else "table not there yet"
        yield _line(
            name,
            f"{_count(step.planned, 'unit')}: {step.finished} finished, "
            f"{step.failed} of them failed, {todo} to do; {table}",
        )


def _clinical(status: Status) -> str:
    if status.clinical is None:
        return _not_run(status, "clinical")
    problems = _problems(status.clinical.problems, "results/clinical_problems.tsv")
    return f"{_count(status.clinical.values, 'value')}; {problems}"


def _matrix(quality: Mapping[str, Any] | None) -> str:
    if quality is None:
        return "not run"
    return (
        f"{_count(quality['sessions'], 'row')}, {_count(quality['columns'], 'column')}; "
        f"{quality['missing_fraction']:.1%} of the cells missing, "
        f"{quality['failed_fraction']:.1%} of what was acquired failed"
    )


def _gate(gate: Mapping[str, Any]) -> str:
    bound = "at least" if gate["gate"].startswith("min_") else "at most"
    passed = "passed" if gate["passed"] else "FAILED"
    return f"gate {gate['gate']}: {gate['value']:g}, {bound} {gate['limit']:g}: {passed}"


def _seal(seal: SealStatus | None) -> Iterator[str]:
    if seal is None:
        yield _line("sealed", "not run")
        return
    place = "is the latest" if seal.promoted else "did NOT become the latest"
    yield _line("sealed", f"{seal.version} by the last run; {place}")
    yield from (_line("", _gate(gate)) for gate in seal.failed_gates)


def _release(release: ReleaseStatus | None) -> Iterator[str]:
    if release is None:
        yield _line("latest", "no release yet")
        return
    intact = f"DAMAGED: {_count(len(release.faults), 'fault')}" if release.faults else "intact"
    counted = (
        _count(release.subjects, "subject"),
        _count(release.sessions, "row"),
        _count(release.columns, "column"),
    )
    yield _line("latest", f"{release.version}, {intact}; {', '.join(counted)}")
    for fault in release.faults:
        yield _line("", f"{fault.where}: {fault.found}")
    if release.states:
        listed = ", ".join(f"{count} {state}" for state, count in release.states.items())
        yield from (_line("", part) for part in textwrap.wrap(listed, _WIDTH - _LABEL))
    yield from (_line("", _gate(gate)) for gate in release.gates)


def _failures(kinds: list[FailureKind]) -> Iterator[str]:
    if not kinds:
        return
    yield ""
    yield "failures, the most frequent first"
    for kind in kinds[:_KINDS_SHOWN]:
        yield f"{kind.count:>8} {kind.step} {kind.reason}: {kind.meaning}"
        if kind.remedy:
            remedy = textwrap.shorten(kind.remedy, _WIDTH - 16, placeholder=" …")
            yield f"{'':>9}to do: {remedy}"
    if len(kinds) > _KINDS_SHOWN:
        yield f"{len(kinds) - _KINDS_SHOWN:>8} more kinds; see results/*_failures.tsv"
