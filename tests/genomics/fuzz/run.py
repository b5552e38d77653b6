"""Fuzz the reading of VCF and BCF: mutated files from fixed seeds, and what became of each.

    python tests/genomics/fuzz/run.py --cases 20000 [--seed 1]

Prints counts by kind, and every finding with the number of its case; ends with 1 if there is one.
A case runs in a process of its own kind: one that crashes or hangs ends it and is counted.
``--only NUMBER`` repeats one case in this process.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from cases import KINDS, Cases, Verdict

SECONDS = 20
"""No case takes one; a worker that needs longer for one hangs."""


def work(first: int, last: int, seed: int) -> None:
    """Run cases in this process; a line of JSON for each."""
    with tempfile.TemporaryDirectory() as folder:
        cases = Cases(Path(folder), seed)
        sys.stderr.write("ready\n")
        for number in range(first, last):
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            try:
                verdict = cases.run(number)
            except Exception as error:  # noqa: BLE001 - the finding that fuzzing looks for
                verdict = Verdict(
                    KINDS[number % len(KINDS)],
                    "read",
                    [f"unforeseen: {type(error).__name__}: {error}"],
                )
            sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
            sys.stdout.flush()


def gather(count: int, seed: int) -> list[Verdict]:
    """Run cases in workers; one that ends early is that case's finding."""
    verdicts: list[Verdict] = []
    while len(verdicts) < count:
        command = [sys.executable, __file__, "--worker", str(len(verdicts)), str(count)]
        done = subprocess.run(
            [*command, "--seed", str(seed)], capture_output=True, text=True, check=False
        )
        verdicts += [Verdict(**json.loads(line)) for line in done.stdout.splitlines()]
        if "ready" not in done.stderr:
            message = f"the worker could not begin: {done.stderr[-2000:]}"
            raise RuntimeError(message)
        if len(verdicts) < count:
            kind = KINDS[len(verdicts) % len(KINDS)]
            what = "hang" if "Timeout" in done.stderr else f"crash ({done.returncode})"
            verdicts.append(Verdict(kind, "dead", [f"{what}: {done.stderr[-300:]}"]))
    return verdicts


def report(verdicts: list[Verdict]) -> str:
    """Return counts by kind, then every finding."""
    counts = Counter((v.kind, v.what.split(" (")[0]) for v in verdicts)
    lines = [f"{kind:16} {what:44} {n:6}" for (kind, what), n in sorted(counts.items())]
    for number, verdict in enumerate(verdicts):
        lines += [f"case {number} ({verdict.kind}): {finding}" for finding in verdict.findings]
    return "\n".join(
        [*lines, f"{len(verdicts)} cases, {sum(bool(v.findings) for v in verdicts)} bad"]
    )


def main() -> int:
    """Parse the arguments; see the module."""
    parser = argparse.ArgumentParser(description="Fuzz the reading of VCF and BCF.")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--worker", type=int, nargs=2)
    given = parser.parse_args()
    if given.worker:
        work(*given.worker, given.seed)
        return 0
    if given.only is not None:
        work(given.only, given.only + 1, given.seed)
        return 0
    verdicts = gather(given.cases, given.seed)
    sys.stdout.write(report(verdicts) + "\n")
    return 1 if any(verdict.findings for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
