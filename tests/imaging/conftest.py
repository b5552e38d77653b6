"""Scans and regions written to files, made from a seed."""

from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest

from drepano.imaging import Extraction
from drepano.ranks import Unit
from drepano.settings import Imaging

CLASSES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
FEW = {"firstorder": ("Mean",), "shape": ("VoxelVolume",)}
AFFINE = np.array([[-2.0, 0, 0, 20], [0, 1.5, 0, -15], [0, 0, 1, -8], [0, 0, 0, 1]])


def write(path, voxels, affine=AFFINE):
    """Write voxels (X, Y, Z) as NIfTI or MGH and give the path."""
    kind = nib.MGHImage if path.name.endswith(".mgz") else nib.Nifti1Image
    nib.save(kind(voxels, affine), path)
    return path


def scan_voxels():
    rng = np.random.default_rng(11)
    return (rng.normal(200, 40, (20, 18, 16)) + 5 * np.arange(20)[:, None, None]).astype("i2")


def label_voxels():
    """1: a block of 6x6x6; 2: one of 4x5x6; 3: two specks of 2 and 3 voxels that touch no other."""
    labels = np.zeros((20, 18, 16), dtype="i2")
    labels[2:8, 2:8, 3:9] = 1
    labels[10:14, 3:8, 4:10] = 2
    labels[16, 14, 12:14] = 3
    labels[2:5, 14, 2] = 3
    return labels


@pytest.fixture
def scan(tmp_path):
    return write(tmp_path / "scan_T1w.nii.gz", scan_voxels())


@pytest.fixture
def dseg(tmp_path):
    return write(tmp_path / "regions_dseg.nii.gz", label_voxels())


def imaging_of(regions=None, *, rules=None, **modality):
    """Give settings of one modality t1w with one region set `set`."""
    own = {"suffix": "dseg", "regions": regions or {"block": 1}} | (rules or {})
    return Imaging(
        region_sets={"set": own},
        modalities={
            "t1w": {"suffix": "T1w", "region_sets": ["set"], "feature_classes": FEW} | modality
        },
    )


def unit_of(scan, region_sets):
    """Give a unit of scan and region files: path, or path and label table."""
    files = {}
    for name, file in region_sets.items():
        path, table = file if isinstance(file, tuple) else (file, None)
        files[name] = {"path": str(path), "label_table": str(table) if table else None}
    payload = {"subject": "01", "session": "a", "modality": "t1w", "scan": str(scan)}
    return Unit("sub-01_ses-a_t1w", "0" * 32, 1.0, payload | {"region_sets": files})


def run(imaging, scan, *files, **named):
    """Extract, and give values by column and (state, reason) by source."""
    unit = unit_of(scan, named or {"set": files[0]})
    result = Extraction(imaging.model_dump_json()).compute(unit)
    values = {r["column"]: r["value"] for r in result.values.to_pylist()}
    states = {r["source"]: (r["state"], r["reason"]) for r in result.states.to_pylist()}
    assert len(values) == result.values.num_rows
    assert len(states) == result.states.num_rows
    return values, states


def rows(imaging, scan, *files, **named):
    """Extract, and give values by column and item."""
    unit = unit_of(scan, named or {"set": files[0]})
    result = Extraction(imaging.model_dump_json()).compute(unit)
    return {(r["column"], r["item"]): r["value"] for r in result.values.to_pylist()}


@pytest.fixture(scope="session")
def lab():
    """Everything above, for tests that cannot import a conftest."""
    return SimpleNamespace(
        AFFINE=AFFINE,
        CLASSES=dict.fromkeys(CLASSES),
        write=write,
        scan_voxels=scan_voxels,
        label_voxels=label_voxels,
        imaging_of=imaging_of,
        unit_of=unit_of,
        rows=rows,
        run=run,
    )
