"""voxomics' values beside pyradiomics 3.0.1's: `python benchmarks/parity.py`.

Prints a Markdown table: of each case and class of features how many values were compared, the
worst relative difference, and where it was. What is measured against, and how noise is told from
a difference, says `compared/comparison.py`.

- brain1: pyradiomics' own published baselines (shared data; DREPANO_SHARED_DATA names the folder).
- phantom: IBSI's digital phantom, one grey level a bin.
- A, B, C: MNI152 at 1 mm as one label, 100 labels, 30 lesions (`radiomics.py`), eleven images.
- drawn: images, regions and settings drawn at random (`compared/drawn_cases.py`).

pyradiomics filters the image again for each label: of B it is given ten labels, of C six, unless
`--whole` asks for all, which takes a quarter of an hour. `--quick` leaves A, B and C out.
"""

from __future__ import annotations

import argparse
import ast
import csv
import functools
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

_HERE = Path(__file__).resolve().parent
# This folder holds a file that Python would take for pyradiomics' package.
sys.path = [place for place in sys.path if Path(place).resolve() != _HERE]
sys.path.append(str(_HERE / "compared"))

import comparison  # noqa: E402
from comparison import Report  # noqa: E402

import voxomics  # noqa: E402

CLASSES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
ELEVEN = {
    "imageType": {"Original": {}, "LoG": {"sigma": [1.0, 3.0]}, "Wavelet": {"wavelet": "coif1"}},
    "featureClass": dict.fromkeys(CLASSES),
    "setting": {"binWidth": 25},
}
LABELS = {"A": (1,), "B": tuple(range(1, 101)), "C": tuple(range(1, 31))}
SOME = {"A": 1, "B": 10, "C": 6}
"""Labels that pyradiomics is given, spread over all of them."""

OLD_MESH = {"MeshVolume", "SurfaceArea", "SurfaceVolumeRatio", "Sphericity"}
"""Published for the case brain1 with an older mesh, which pyradiomics 3.0.1 misses too."""


def load_script(name: str) -> ModuleType:
    """Return another script of this folder, under a name that hides no package."""
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", _HERE / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shared_data() -> Path:
    """Return the folder of real data."""
    return Path(os.environ.get("DREPANO_SHARED_DATA", _HERE.parents[1] / "shared" / "data"))


def read_baselines(folder: Path) -> Iterator[tuple[str, str, dict[str, Any], dict[str, float]]]:
    """Yield class, case, settings and values of each published baseline."""
    for kind in CLASSES:
        with (folder / f"baseline_{kind}.csv").open() as handle:
            rows = list(csv.reader(handle))
        for column, case in enumerate(rows[0][1:], start=1):
            texts = {row[0]: row[column] for row in rows[1:]}
            settings = ast.literal_eval(texts["diagnostics_Configuration_Settings"])
            values = {n: float(v) for n, v in texts.items() if n.startswith("original")}
            yield kind, case, settings, values


def compare_brain1() -> Report:
    """Compare with what pyradiomics' authors published."""
    folder, report = shared_data() / "pyradiomics", Report()
    image, mask = (
        sitk.ReadImage(str(folder / f"brain1_{part}.nrrd")) for part in ("image", "label")
    )
    for kind, case, settings, expected in read_baselines(folder / "baseline"):
        asked = {"setting": settings, "featureClass": {kind: None}}
        own = voxomics.extract(image, mask, asked).loc[1].to_dict()
        old = OLD_MESH if case == "brain1" else ()
        names = [name for name in expected if name.rsplit("_")[-1] not in old]
        report.add({name: own[name] for name in names}, {name: expected[name] for name in names})
    return report


def compare_phantom() -> Report:
    """Compare on IBSI's digital phantom."""
    folder = shared_data() / "ibsi/ibsi_1_digital_phantom"
    parts = ("image/phantom", "mask/mask")
    image, mask = (sitk.ReadImage(str(folder / f"nifti/{part}.nii.gz")) for part in parts)
    settings = {"setting": {"binWidth": 1}, "featureClass": dict.fromkeys(CLASSES)}
    return compare_labels(image, mask, settings, (1,))


def compare_labels(
    image: sitk.Image, mask: sitk.Image, settings: dict[str, Any], labels: tuple[int, ...]
) -> Report:
    """Compare labels of one mask; all of its labels are measured together."""
    report = Report()
    own = voxomics.extract(image, mask, settings)
    for label in labels:
        expected = comparison.reference(image, mask, settings, label)
        if isinstance(expected, Exception):
            raise expected
        report.add(own.loc[label].to_dict(), expected)
    return report


def compare_mni(case: str, *, whole: bool) -> Report:
    """Compare on a case of the benchmark."""
    image, mask = load_script("radiomics_cases").make_case(case)
    labels = LABELS[case]
    if not whole:
        labels = labels[:: len(labels) // SOME[case]][: SOME[case]]
    return compare_labels(image, mask, ELEVEN, labels)


def compare_drawn(examples: int, seed: int) -> Report:
    """Compare what Hypothesis draws; what both engines refuse, or one by intent, is left out."""
    import agreement  # noqa: PLC0415 - needs Hypothesis
    import drawn_cases  # noqa: PLC0415
    import hypothesis  # noqa: PLC0415

    report = Report()
    comparison.lend_sphere_patterns()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(drawn_cases.cases())
    def compare(case: Any) -> None:  # noqa: ANN401 - a Case
        for own, expected in agreement.pairs(case):
            report.add(own, expected)

    compare()
    return report


def print_report(case: str, report: Report) -> None:
    """Print the rows of one case."""
    for kind in sorted(report.classes, key=CLASSES.index):
        found = report.classes[kind]
        where = f"`{found.feature}`" if found.feature else "-"
        print(f"| {case} | {kind} | {found.compared} | {found.worst:.1e} | {where} |", flush=True)


def main() -> None:
    """Print the table; exit 1 if a difference is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave the whole brains out")
    parser.add_argument("--cases", nargs="+", help="these alone")
    parser.add_argument("--whole", action="store_true", help="give pyradiomics every label")
    parser.add_argument("--examples", type=int, default=200, help="cases to draw")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    sitk.ProcessObject.GlobalWarningDisplayOff()
    cases: dict[str, Callable[[], Report]] = {
        "brain1": compare_brain1,
        "phantom": compare_phantom,
        "drawn": lambda: compare_drawn(asked.examples, asked.seed),
        **{case: functools.partial(compare_mni, case, whole=asked.whole) for case in LABELS},
    }
    names = asked.cases or [name for name in cases if not (asked.quick and name in LABELS)]
    print("| case | class | values | worst relative difference | of |\n|---|---|---|---|---|")
    worst = 0.0
    for case in names:
        report = cases[case]()
        print_report(case, report)
        worst = max([worst, *(found.worst for found in report.classes.values())])
    sys.exit(int(not np.isfinite(worst) or worst > comparison.LIMIT))


if __name__ == "__main__":
    main()
