"""Index, plan and dry run of sites of growing size: `python benchmarks/scale.py`.

Prints a Markdown table; jobs must not grow with the subjects.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from large_site import make_site

ROOT = Path(__file__).resolve().parent.parent
SIZES = (12, 1_200)
RUNS = 3


def timed(*command: str, folder: Path) -> tuple[float, str]:
    """Run a command and return its seconds and what it printed."""
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return time.perf_counter() - begun, done.stdout + done.stderr


def measure(subjects: int) -> dict[str, object]:
    """Return median seconds of index, index again, plan and dry run; and the number of jobs."""
    folder = Path(tempfile.mkdtemp())
    try:
        make_site(folder, subjects, ROOT / "config" / "study.yaml")
        drepano = [sys.executable, "-m", "drepano"]
        index = [*drepano, "index", "--site", "config/site.yaml", "--folder", "results/index"]
        first, again, dry, jobs = [], [], [], set()
        for run in range(RUNS):
            kept = f"results/kept/{run}.parquet"
            first.append(timed(*index, "--kept", kept, folder=folder)[0])
            again.append(timed(*index, "--kept", kept, folder=folder)[0])
            seconds, text = timed(*drepano, "run", "-n", folder=folder)
            dry.append(seconds)
            jobs.add(re.search(r"^total\s+(\d+)", text, re.MULTILINE)[1])
        return {
            "subjects": subjects,
            "index": statistics.median(first),
            "index, nothing new": statistics.median(again),
            "dry run": statistics.median(dry),
            "jobs": ", ".join(sorted(jobs)),
        }
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Measure and print."""
    rows = [measure(subjects) for subjects in SIZES]
    names = list(rows[0])
    print("| " + " | ".join(names) + " |")
    print("|" + " --- |" * len(names))
    for row in rows:
        cells = [f"{v:.1f} s" if isinstance(v, float) else str(v) for v in row.values()]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
