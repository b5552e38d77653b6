"""How a command ends: faults in four parts, a bug's place, and the one line that a mail needs."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from typing import NoReturn

import click

from drepano.cli.reasons import Reason
from drepano.errors import (
    EXIT_BUG,
    EXIT_GATE,
    EXIT_INTERRUPTED,
    EXIT_USER,
    BusyError,
    DrepanoError,
)
from drepano.status import Status, count_of, gate_text


@dataclass(frozen=True, slots=True)
class Ending:
    """Exit code and last line of a run."""

    code: int
    text: str

    def tell(self, site: str) -> NoReturn:
        """Print the last line, on both streams if it is no success, and exit."""
        line = ": ".join(
            part for part in ("drepano run", site, " ".join(self.text.split())) if part
        )
        click.echo(line)
        both_seen = sys.stdout.isatty() and sys.stderr.isatty()
        if self.code and not both_seen:
            click.echo(line, err=True)
        sys.exit(self.code)


INTERRUPTED = Ending(EXIT_INTERRUPTED, "interrupted; finished units are kept, run again")


def tell_faults(error: DrepanoError) -> None:
    """Print every fault in its four parts."""
    for fault in error.faults:
        click.echo(f"error: {fault.where}", err=True)
        click.echo(f"  found:    {fault.found}", err=True)
        click.echo(f"  expected: {fault.expected}", err=True)
        click.echo(f"  to do:    {fault.remedy}", err=True)


def tell_bug() -> Ending:
    """Print the place of the exception under way; its message may hold a value, and is not told."""
    kind, error, trace = sys.exc_info()
    del error
    name = kind.__name__ if kind else "unknown"
    click.echo(f"bug: {name}, please report:", err=True)
    for line in traceback.format_tb(trace):
        click.echo(line.rstrip(), err=True)
    return Ending(EXIT_BUG, f"STOPPED by a bug: {name}; please report it with the lines on stderr")


def of_error(error: DrepanoError) -> Ending:
    """End with an error of the user: its first fault, and how many more there are."""
    first, *more = error.faults
    head = "NOT STARTED" if isinstance(error, BusyError) else "STOPPED"
    others = f" ({count_of(len(more), 'more problem')} on stderr)" if more else ""
    text = f"{head}: found {first.found} at {first.where}: {first.remedy}{others}"
    return Ending(error.exit_code, text)


def of_reasons(reasons: list[Reason]) -> Ending:
    """End with what the logs told first."""
    if not reasons:
        told = "STOPPED before a step told why: see Snakemake's message on stderr"
        return Ending(EXIT_USER, f"{told} and in .snakemake/log")
    others = f" ({count_of(len(reasons) - 1, 'more reason')} above)" if reasons[1:] else ""
    return Ending(EXIT_USER, reasons[0].line() + others)


def of_status(status: Status, latest: str) -> Ending:
    """End a workflow that went through with its release: the latest, kept back, or none."""
    seal, release = status.seal, status.release
    if seal is None:
        return Ending(0, "done; no release: none was asked for")
    if not seal.promoted:
        gates = ", ".join(gate_text(gate) for gate in seal.failed_gates)
        stays = f"stays at {release.version}" if release else "is not there yet"
        return Ending(EXIT_GATE, f"{gates}; latest {stays}; see drepano status")
    if release is None or release.faults:
        lack = "DAMAGED" if release else "gone"
        mend = "remove results/release.json and run again"
        return Ending(EXIT_USER, f"the latest release is {lack}: {mend}")
    subjects = count_of(release.subjects, "subject")
    failed = count_of(release.states.get("failed", 0), "failed source")
    text = f"release {release.version} is the latest ({subjects}, {failed}): {latest}"
    return Ending(0, text)
