"""voxomics against its peers: `python benchmarks/radiomics.py`, Markdown tables for the docs.

Measured are the cases of `radiomics_cases` on the original image and on 11 images (original, LoG
1 and 3 mm, coif1 wavelet), by voxomics (1 and 2 threads) and pyradiomics, and by nyxus and mirp
on the original image; how long a start takes; and the memory for a large image.

Each run is a process of its own, and engines take turns, so that a busy machine slows all of
them; figures are medians. Ratios, not seconds, carry over to other machines. pyradiomics and mirp
take each label on its own: of B and C they are given some, and their time is multiplied;
`--whole` gives them all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

# Last, not first: this file has pyradiomics' import name.
_HERE = str(Path(__file__).resolve().parent)
sys.path[:] = [*(place for place in sys.path if place != _HERE), _HERE]

# ruff: noqa: E402
from radiomics_cases import LABELS, write_case
from radiomics_peers import Engine, find_engines
from radiomics_runs import Runs, Task, measure, plan, plan_first, plan_memory
from radiomics_tables import all_tables, machine_line

_NOTES = """\
- (n labels x m): the time of n labels, multiplied to all labels of the case. Of C they are the
  smallest.
- nyxus turns voxels into whole numbers. Without more, its 3D textures take each of them as a grey
  level, whatever `coarse_gray_depth` says; "64 levels" sets each class's `greydepth`. Its families
  are intensity, morphology, GLCM, GLRLM, GLSZM, GLDM and NGTDM; NGTDM came out 0 throughout, and
  it has other shape features, without diameters.
- mirp: pyradiomics' bins of width 25, seven families; GLCM and GLRLM are merged over directions,
  where the others take 13 of each; morphology holds Moran's I and Geary's C.
- Modules were compiled to byte code before, as an installation by pip leaves them.
"""


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    engines, left = find_engines(asked.peers)
    machine = machine_line(engines)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in {"tiny", *asked.cases}:
            write_case(case, folder)
        _prepare(engines, folder)
        most = max(LABELS.values()) if asked.whole else 1 if asked.quick else None
        tasks = [*plan(engines, asked.cases, asked.images, most=most)]
        found, failed = measure(tasks, engines, folder, asked.runs)
        if asked.memory:
            write_case("memory", folder)
            found |= measure([*plan_memory()], engines, folder, 1)[0]
    print(machine, f"Medians of {asked.runs}.", end="\n\n")
    for table in all_tables(found):
        print(table, end="\n\n")
    print(_NOTES, end="")
    for engine, reason in left.items():
        print(f"- {engine} was not measured: {reason}.")
    for task, reason in failed.items():
        print(f"- {task.engine} failed on {task.case}: {reason}.")
    if asked.json:
        asked.json.write_text(_as_json(machine, engines, found))


def _prepare(engines: Mapping[str, Engine], folder: Path) -> None:
    """Compile what is not compiled yet; no run shall do that."""
    voxomics = engines["voxomics"]
    subprocess.run(
        [voxomics.python, "-P", "-W", "ignore", "-m", "voxomics", "warm"],
        env=voxomics.environment(folder / "bytecode"),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    measure([*plan_first(engines)], engines, folder, 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=[c for c in LABELS if c != "memory"])
    parser.add_argument("--images", nargs="+", choices=("original", "11 images"))
    parser.add_argument("--runs", type=int, help="how often everything is measured; 3")
    parser.add_argument("--whole", action="store_true", help="give every engine every label")
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="no large image")
    parser.add_argument("--peers", type=Path, help="folder in which nyxus and mirp are installed")
    parser.add_argument("--json", type=Path, help="file for what every run found")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one run of B, one label for slow engines, no large image",
    )
    asked = parser.parse_args()
    asked.cases = asked.cases or (["B"] if asked.quick else ["A", "B", "C"])
    asked.images = asked.images or ["original", "11 images"]
    asked.runs = asked.runs or (1 if asked.quick else 3)
    asked.memory = asked.memory and not asked.quick
    return asked


def _as_json(machine: str, engines: Mapping[str, Engine], found: Mapping[Task, Runs]) -> str:
    """Return everything that was found, for a machine."""
    whole = {
        "machine": machine,
        "versions": {name: engine.version for name, engine in engines.items()},
        "tasks": [asdict(task) | {"runs": [*runs.found]} for task, runs in found.items()],
    }
    return json.dumps(whole, indent=1) + "\n"


if __name__ == "__main__":
    main()
