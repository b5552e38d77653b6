"""Real scans of Siemens and Philips against the reference that comes with them."""

import gzip
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

pytestmark = pytest.mark.real_data

OF_THE_VERSION = {"ConversionSoftwareVersion", "PulseSequenceType", "PartialFourier"}
"""Keys that one version of dcm2niix writes and another does not, or not alike."""
GONE = {
    *("InstitutionName", "InstitutionalDepartmentName", "InstitutionAddress", "StationName"),
    *("DeviceSerialNumber", "ProcedureStepDescription", "StudyDescription", "ProtocolName"),
    *("SeriesDescription", "AcquisitionTime", "AcquisitionNumber", "ImageComments", "BidsGuess"),
    *("TablePosition", "PulseSequenceDetails", "ConsistencyInfo"),
}
"""All of the reference that a sidecar of ours does not keep."""
"""Identifying or free text, and where the table stood."""


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "dicom"


def test_epi_series_equal_the_reference(site, folder):
    rules = [
        {
            "description": f"epi pe={direction}",
            "datatype": "func",
            "suffix": "bold",
            "entities": {"task": "rest", "dir": direction},
        }
        for direction in ("AP", "PA", "RL", "LR")
    ]
    site.mapping(*rules)
    site.subjects("DEV,01")
    told = site.report(source=folder / "dcm_qa_nih" / "In_20180918Si.tar.gz")
    assert (told["exit_code"], len(told["converted"])) == (0, 4)
    for number, direction in enumerate(("AP", "PA", "RL", "LR"), start=3):
        stem = site.bids / f"sub-01/func/sub-01_task-rest_dir-{direction}_bold"
        known = folder / "dcm_qa_nih" / "Ref" / f"EPI_PE={direction}_{number}"
        _same_image(f"{stem}.nii.gz", f"{known}.nii.gz")
        _same_sidecar(*(json.loads(Path(f"{path}.json").read_text()) for path in (stem, known)))


def _same_image(ours, theirs):
    one, other = nib.load(ours), nib.load(theirs)
    assert one.get_data_dtype() == other.get_data_dtype()
    assert np.array_equal(np.asarray(one.dataobj), np.asarray(other.dataobj))
    assert np.array_equal(one.affine, other.affine)
    assert one.header.get_zooms() == other.header.get_zooms()
    for field in ("dim_info", "slice_code", "slice_duration", "xyzt_units", "qform_code"):
        assert one.header[field] == other.header[field]


def _same_sidecar(ours, theirs):
    assert set(theirs) - set(ours) - OF_THE_VERSION == GONE
    shared = (set(ours) & set(theirs)) - OF_THE_VERSION
    assert len(shared) > 40
    assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}


def _unpack(folder, name, target, patient):
    with gzip.open(folder / "nibabel" / f"{name}.dcm.gz") as content:
        data = pydicom.dcmread(content)
    data.PatientID = patient
    data.save_as(target / f"{name}.dcm")


def test_a_siemens_dwi_keeps_its_gradients(site, folder):
    site.mapping({"description": "*dti*", "datatype": "dwi", "suffix": "dwi"})
    for name in ("siemens_dwi_0", "siemens_dwi_1000"):
        _unpack(folder, name, site.source, "PID0001")
    assert site.report()["converted"] == ["sub-01/dwi/sub-01_dwi"]
    stem = site.bids / "sub-01/dwi/sub-01_dwi"
    assert nib.load(f"{stem}.nii.gz").shape == (128, 128, 48, 2)
    assert np.loadtxt(f"{stem}.bval").tolist() == [0, 1000]
    directions = np.loadtxt(f"{stem}.bvec")
    assert np.allclose(np.linalg.norm(directions, axis=0), [0, 1], atol=1e-4)


def test_an_enhanced_philips_mprage(site, folder):
    _unpack(folder, "philips_mprage", site.source, "PID0001")
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"]
    sidecar = json.loads((site.bids / "sub-01/anat/sub-01_T1w.json").read_text())
    assert nib.load(site.bids / "sub-01/anat/sub-01_T1w.nii.gz").shape == (176, 256, 256)
    assert sidecar["EchoTime"] == 0.003513
    assert sidecar["Manufacturer"] == "Philips"
