"""A status as lines for a terminal, and as JSON."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from drepano.status.digest import FailureKind
from drepano.status.read import ON_RANKS, ReleaseStatus, SealStatus, Status
from drepano.status.units import StepStatus

_LABEL = 10
_LABELS = {"preparation": "prepared"}
_ONLY_IF_ASKED = ("preparation",)
"""Steps that few studies have: no word of them where there is none."""
_WIDTH = 100
_KINDS_SHOWN = 8
_HELD = "\N{NO-BREAK SPACE}"
_HEADS = {
    "failed": "failures, the most frequent first",
    "excluded_by_quality": "excluded by quality: a limit refused the value",
    "indeterminate": "indeterminate: more than one answer",
}


def as_json(status: Status) -> str:
    """Return a status as JSON with sorted keys."""
    return json.dumps(dataclasses.asdict(status), indent=2, sort_keys=True, ensure_ascii=False)


def render(status: Status, *, width: int | None = None) -> str:
    """Return a status as plain text that fits one screen.

    Parameters
    ----------
    width
        Columns of the terminal, to which remedies are cut; None cuts nothing.
    """
    lines = [
        _line("site", status.site),
        *_running(status),
        *_study(status),
        _line("index", _index(status)),
        *_steps(status),
        _line("clinical", _clinical(status)),
        _line("matrix", _matrix(status.quality)),
        *_seal(status.seal),
        *_release(status.release),
        *_others(status),
        *_failures(status.failures, width),
    ]
    return "\n".join(lines)


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}".rstrip()


def _study(status: Status) -> Iterator[str]:
    if status.asked is None:
        yield _line("study", "cannot be read; `drepano check` tells why")


def _running(status: Status) -> Iterator[str]:
    if status.running:
        done = ", ".join(
            f"{step.finished} of {count_of(step.planned, step.noun)}" for step in status.steps
        )
        yield _line("run", f"under way; finished so far: {done or 'nothing is planned yet'}")


def _not_run(status: Status, step: str) -> str:
    """Say why a step left nothing."""
    absent = status.asked is not None and step not in status.asked
    return "not in the study" if absent else "not run"


def _index(status: Status) -> str:
    if status.index is None:
        return "not run"
    found = status.index
    problems = _problems(found.problems, "results/index/problems.tsv")
    return (
        f"{count_of(found.subjects, 'subject')}, {count_of(found.sessions, 'session')}; {problems}"
    )


def count_of(number: int | None, noun: str) -> str:
    """Return a number with its noun; an unknown number is a question mark."""
    return f"{'?' if number is None else number} {noun}{'' if number == 1 else 's'}"


def _problems(counts: Mapping[str, int], path: str) -> str:
    if not counts:
        return "no problem"
    listed = ", ".join(count_of(count, severity) for severity, count in counts.items())
    return f"problems: {listed} ({path})"


def _steps(status: Status) -> Iterator[str]:
    found = {step.step: step for step in status.steps}
    for name in ON_RANKS:
        step = found.get(name)
        if step is not None or name not in _ONLY_IF_ASKED or name in (status.asked or ()):
            told = _not_run(status, name) if step is None else _step(step)
            yield _line(_LABELS.get(name, name), told)


def _step(step: StepStatus) -> str:
    todo = step.planned - step.finished
    count = count_of(step.planned, step.noun)
    if todo:
        done = f"{count}: {step.finished} finished, {step.failed} of them failed, {todo} to do"
    else:
        done = f"{count} computed, {step.failed} failed"
    refused = f"; {count_of(step.refused, step.noun)} refused by the index" if step.refused else ""
    return f"{done}{refused}" + ("" if step.gathered else "; table not there yet")


def _clinical(status: Status) -> str:
    if status.clinical is None:
        return _not_run(status, "clinical")
    problems = _problems(status.clinical.problems, "results/clinical_problems.tsv")
    return f"{count_of(status.clinical.values, 'value')}; {problems}"


def _matrix(quality: Mapping[str, Any] | None) -> str:
    if quality is None:
        return "not run"
    return (
        f"{count_of(quality['sessions'], 'row')}, {count_of(quality['columns'], 'column')}; "
        f"{_percent(quality['missing_fraction'])} of the cells missing, "
        f"{_percent(quality['failed_fraction'])} of what was acquired failed"
    )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.3g} %"


def gate_text(gate: Mapping[str, Any]) -> str:
    """Return a gate with its value and limit; fractions are per cent."""
    bound = "at least" if gate["gate"].startswith("min_") else "at most"
    passed = "passed" if gate["passed"] else "FAILED"
    told = _percent if gate["gate"].endswith("_fraction") else "{:g}".format
    return f"gate {gate['gate']} {passed}: {told(gate['value'])}, {bound} {told(gate['limit'])}"


def _seal(seal: SealStatus | None) -> Iterator[str]:
    if seal is None:
        yield _line("sealed", "not run")
        return
    place = "is the latest" if seal.promoted else "did NOT become the latest"
    yield _line("sealed", f"{seal.version} by the last run; {place}")
    yield from (_line("", gate_text(gate)) for gate in seal.failed_gates)


def _release(release: ReleaseStatus | None) -> Iterator[str]:
    if release is None:
        yield _line("latest", "no release yet")
        return
    intact = f"DAMAGED: {count_of(len(release.faults), 'fault')}" if release.faults else "intact"
    counted = (
        count_of(release.subjects, "subject"),
        count_of(release.sessions, "row"),
        count_of(release.columns, "column"),
    )
    yield _line("latest", f"{release.version}, {intact}; {', '.join(counted)}")
    for fault in release.faults:
        yield _line("", f"{fault.where}: {fault.found}")
    if release.states:
        listed = ", ".join(f"{n}{_HELD}{state}" for state, n in release.states.items())
        for part in textwrap.wrap(f"sources: {listed}", _WIDTH - _LABEL):
            yield _line("", part.replace(_HELD, " "))
    yield from (_line("", gate_text(gate)) for gate in release.gates)


def _others(status: Status) -> Iterator[str]:
    if status.others:
        there = count_of(status.others, "other version")
        yield _line("releases", f"{there}; all but what latest leads to may be deleted by hand")


def _failures(kinds: list[FailureKind], width: int | None) -> Iterator[str]:
    head = ""
    for kind in kinds[:_KINDS_SHOWN]:
        if kind.state != head:
            head = kind.state
            yield from ("", _HEADS[head])
        counted = f"{count_of(kind.count, 'source')} of {count_of(kind.subjects, 'subject')}"
        yield f"  {counted}: {kind.step} {kind.reason}: {kind.meaning}"
        if kind.remedy:
            yield f"      to do: {_cut(kind.remedy, width)}"
    if len(kinds) > _KINDS_SHOWN:
        yield f"  {len(kinds) - _KINDS_SHOWN} more kinds; see results/*_failures.tsv"


def _cut(text: str, width: int | None) -> str:
    """Return a text in one line, cut where a terminal would break it."""
    flat = " ".join(text.split())
    return flat if width is None else textwrap.shorten(flat, max(width - 13, 40), placeholder=" …")
