"""What comes of raw scans against their truth: `python benchmarks/raw_cohort.py FOLDER`.

FOLDER is a cohort of `drepano synthetic FOLDER --raw` after `drepano run` in it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from statistics import median

from drepano.synthetic.raw.matrix_against_truth import Compared, compare_with_truth


def main() -> None:
    """Print a Markdown table: each quantity with its median error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    groups: dict[str, list[Compared]] = defaultdict(list)
    for item in compare_with_truth(folder):
        groups[item.quantity].append(item)
    print("| quantity | values | null | truth, median | found, median | median error | worst |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, items in sorted(groups.items()):
        there = [(i.found, i.true) for i in items if i.found is not None and i.true]
        lacking = sum(i.found is None for i in items)
        if not there:
            print(f"| {name} | 0 | {lacking} | | | | |")
            continue
        errors = sorted((found / true - 1 for found, true in there), key=abs)
        print(
            f"| {name} | {len(there)} | {lacking} | {median(t for _, t in there):.4g} "
            f"| {median(f for f, _ in there):.4g} | {100 * median(errors):+.1f} % "
            f"| {100 * errors[-1]:+.1f} % |"
        )


if __name__ == "__main__":
    main()
