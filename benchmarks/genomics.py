"""Genomics against its peers: `python benchmarks/genomics.py`, Markdown tables for the docs.

Cohorts are made from a seed: A (3,200 samples, GT), B (500 samples, GT:AD:DP:GQ:PL, annotated by
VEP), both of 50,000 records, and a file for each of 500 samples. Measured are the panel, a score of
all records of A, a burden over B, two MPI ranks, and the memory for a file three times as large;
beside them, in the same run, bcftools and plink2.

CPU seconds are user and system time of all processes. The start of Python and its libraries is
told apart: a rank starts once, whatever number of files it reads.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path

from genomics_plan import Cohorts, make, tasks_of
from genomics_runs import measure, peers, scores_of
from genomics_tables import all_tables, machine_line

_NOTES = """\
- drepano's step: from the plan to the written table. Its start: Python, libraries, kernels, and the
  step on a tiny file.
- bcftools and plink2 run on one thread and read what drepano reads; what they print goes to a file.
- The gain without the start is that of the second and third part of the three times larger file.
"""


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    if asked.install:
        packages = ["bcftools", "plink2", "tabix"]
        subprocess.run(["apt-get", "install", "--yes", *packages], check=True)
    known, left = peers()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        cohorts = make(Path(name), asked.cohorts, asked.scale, asked.seed, larger=asked.larger)
        tasks = tasks_of(cohorts, known, ranks=asked.ranks)
        measure([t for t in tasks if t.asked and "ranks" not in t.asked], cohorts.folder, 1)
        found = measure(tasks, cohorts.folder, asked.runs)
        difference = _difference(cohorts) if "A" in cohorts.made and "plink2" in known else None
    print(machine_line(known), f"Medians of {asked.runs}.", end="\n\n")
    for table in all_tables(found, cohorts):
        print(table, end="\n\n")
    print(_NOTES, end="")
    if difference is not None:
        print(f"- The largest difference of a score of A from plink2's: {difference:.1g}.")
    for peer, reason in left.items():
        print(f"- {peer} was not measured: {reason}.")
    if asked.json:
        whole = {"versions": known, "difference": difference, "scale": asked.scale}
        runs = {name: asdict(of)["found"] for name, of in found.items()}
        asked.json.write_text(json.dumps(whole | {"runs": runs}, indent=1) + "\n")


def _difference(cohorts: Cohorts) -> float:
    """Compare the scores of A with those that plink2 left."""
    ours = scores_of(cohorts.score_task("A"), cohorts.folder)
    lines = (cohorts.folder / "plink.sscore").read_text().splitlines()
    head = lines[0].lstrip("#").split("\t")
    theirs = [dict(zip(head, line.split("\t"), strict=True)) for line in lines[1:]]
    totals = {row["IID"]: float(row["SCORE1_SUM"]) for row in theirs}
    if totals.keys() != ours.keys():
        raise SystemExit("plink2 and drepano have not scored the same samples")
    return max(abs(ours[name] - total) for name, total in totals.items())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", nargs="+", choices=("A", "B", "files"))
    parser.add_argument("--scale", type=float, default=1.0, help="of samples and records; 1")
    parser.add_argument("--runs", type=int, default=3, help="how often everything is measured; 3")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the cohorts are made for a while")
    parser.add_argument("--no-ranks", dest="ranks", action="store_false", help="no MPI")
    parser.add_argument("--no-larger", dest="larger", action="store_false", help="no larger files")
    parser.add_argument("--install", action="store_true", help="apt-get install the peers first")
    parser.add_argument("--json", type=Path, help="file for what every run found")
    asked = parser.parse_args()
    asked.cohorts = asked.cohorts or ["A", "B", "files"]
    asked.ranks = asked.ranks and (os.cpu_count() or 1) > 1
    return asked


if __name__ == "__main__":
    main()
