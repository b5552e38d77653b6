"""What the logs of a run say: why it stopped, and how much of it was computed anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

LOGS = Path("logs")
_TAIL = 8
_MARKS = ("error: ", "bug: ")
_SHARD = re.compile(r"shard \d+ of \d+: \d+ units, \d+ kept, (\d+) to compute")
_AGAIN = "finished units are kept, run again"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step stopped.

    Attributes
    ----------
    log
        Log that tells it.
    text
        An error of ours in its four parts, a bug with its place, or the last lines of a log.
    """

    log: Path
    text: str

    @property
    def rule(self) -> str:
        """Name of the rule, which is that of its log or of the folder of its logs."""
        return self.log.relative_to(LOGS).parts[0].removesuffix(".log")

    def __str__(self) -> str:
        return f"{self.log}:\n{self.text}"

    def line(self) -> str:
        """Return the reason as one line, with what to do about it."""
        head, *rest = self.text.splitlines() or [""]
        if head.startswith("bug: "):
            return f"STOPPED in {self.rule} by a {head} See {self.log}"
        if not head.startswith("error: "):
            last = (rest or [head])[-1].strip() or "nothing"
            return f"STOPPED in {self.rule}: killed? The last line of {self.log}: {last}; {_AGAIN}"
        parts = dict(line.strip().split(": ", 1) for line in rest if ": " in line)
        told = {name: text.strip() for name, text in parts.items()}
        where = head.removeprefix("error: ")
        remedy = told.get("to do", f"see {self.log}")
        again = "" if "run again" in remedy else f"; {_AGAIN}"
        return f"STOPPED in {self.rule}: {told.get('found', '?')} at {where}: {remedy}{again}"


def reasons(since: float) -> list[Reason]:
    """Return what the logs of this run say about its end, each reason once.

    Parameters
    ----------
    since
        Begin of the run, in seconds since 1970; older logs are of other runs.

    Returns
    -------
    list of Reason
        The errors that commands of ours told; where none did (a kill, a lack of memory), the
        last lines of the newest log.
    """
    logs = _logs(since)
    told: dict[str, Path] = {}
    for path in logs:
        for block in _errors(path):
            told.setdefault(block, path)
    if not told and logs:
        told["\n".join(_lines(logs[-1])[-_TAIL:])] = logs[-1]
    return [Reason(path, text) for text, path in told.items()]


def computed(since: float, rule: str) -> int:
    """Return how many units a rule had to compute in this run; the rest was kept."""
    logs = [path for path in _logs(since) if path.parent == LOGS / rule]
    found = (_SHARD.search(path.read_text(encoding="utf-8", errors="replace")) for path in logs)
    return sum(int(shard[1]) for shard in found if shard)


def _logs(since: float) -> list[Path]:
    """Return the logs that were written since then, the oldest first."""
    times = {path: path.stat().st_mtime for path in LOGS.rglob("*.log")}
    return sorted((p for p in times if times[p] >= since), key=lambda p: (times[p], p))


def _errors(path: Path) -> list[str]:
    """Return each error of a log with its indented lines."""
    blocks: list[list[str]] = []
    inside = False
    for line in _lines(path):
        if line.startswith(_MARKS):
            blocks.append([line])
            inside = True
        elif inside and line.startswith("  "):
            blocks[-1].append(line)
        else:
            inside = False
    return ["\n".join(block) for block in blocks]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()
