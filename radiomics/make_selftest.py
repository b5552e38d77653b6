"""Write the data of `voxomics selftest`: the digital phantom of IBSI, and golden values.

    python radiomics/make_selftest.py IBSI_FOLDER

IBSI_FOLDER holds ibsi_1_digital_phantom/, reference_values/ and pyradiomics_mapping/. Golden
values are those of pyradiomics 3.0.1, which this script needs; the self-test does not.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

import voxomics
from voxomics.selftest.cases import GOLDEN, golden_phantom

_TARGET = Path(voxomics.__file__).parent / "selftest"
_CASES = {"3D": "3D", "3D_Combined": "3D merged", "2D": "2D", "2D_Combined": "2D merged"}
_SOURCE = (
    "IBSI-1 digital phantom, A. Zwanenburg, github.com/theibsi/data_sets, commit 6da96021, "
    "CC BY 4.0 (creativecommons.org/licenses/by/4.0); voxels written as JSON"
)


def write_phantom(folder: Path) -> None:
    """Write image and mask as lists along Z, Y, X."""
    nifti = folder / "ibsi_1_digital_phantom" / "nifti"
    image = sitk.ReadImage(str(nifti / "image" / "phantom.nii.gz"))
    mask = sitk.ReadImage(str(nifti / "mask" / "mask.nii.gz"))
    found = {
        "source": _SOURCE,
        "spacing_mm": list(image.GetSpacing()[::-1]),
        "image": sitk.GetArrayFromImage(image).astype(int).tolist(),
        "mask": sitk.GetArrayFromImage(mask).astype(int).tolist(),
    }
    (_TARGET / "phantom.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


def write_consensus(folder: Path) -> None:
    """Write the consensus values that pyradiomics' features correspond to."""
    text = (folder / "reference_values" / "ibsi_1_dig_phantom.csv").read_text(encoding="utf-8-sig")
    known = {row["tag"]: row for row in csv.DictReader(text.splitlines(), delimiter=";")}
    mapping = folder / "pyradiomics_mapping" / "mapping_phantom.csv"
    lines = ["case\tfeature\tvalue\ttolerance\ttag"]
    for row in csv.DictReader(mapping.read_text(encoding="utf-8-sig").splitlines()):
        told = known.get(row["tag"])
        if not row["pyradiomics_feature"] or not told or not told["reference value"]:
            continue
        case, feature = row["pyradiomics_feature"].split("_original_")
        value, tolerance = told["reference value"], told["tolerance"]
        lines.append(f"{_CASES[case]}\toriginal_{feature}\t{value}\t{tolerance}\t{row['tag']}")
    (_TARGET / "consensus.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_golden() -> None:
    """Write pyradiomics' values on a phantom that follows from a formula."""
    image, mask = golden_phantom()
    lines = ["case\tlabel\tfeature\tvalue"]
    for case, settings in GOLDEN.items():
        table = voxomics.extract(image, mask, settings, engine="pyradiomics")
        for label, row in table.iterrows():
            lines += [f"{case}\t{label}\t{name}\t{value!r}" for name, value in row.items()]
    (_TARGET / "golden.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    write_phantom(folder)
    write_consensus(folder)
    write_golden()


if __name__ == "__main__":
    main()
