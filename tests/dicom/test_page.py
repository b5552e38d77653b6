"""The mapping of docs/dicom.md, held against a protocol that never had a patient."""

import json
import re

import pytest

PROTOCOL = {
    2: ("t1_mprage_sag_p2_iso", "anat/sub-01_ses-01_T1w"),
    3: ("FLAIR 3D SAG", "anat/sub-01_ses-01_FLAIR"),
    4: ("TOF_3D_multi-slab", "anat/sub-01_ses-01_acq-tof_angio"),
    5: ("SWI_Images", "anat/sub-01_ses-01_acq-swi_part-mag_T2starw"),
    6: ("t1_mprage_sag_p2_iso_ND", None),
    7: ("asl_m0", "perf/sub-01_ses-01_m0scan"),
    8: ("PhoenixZIPReport", None),
    9: ("TOF_MIP_SAG", None),
}


@pytest.fixture
def page(root):
    text = (root / "docs" / "dicom.md").read_text(encoding="utf-8")
    return re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1]


def test_the_example_names_a_sickle_cell_protocol(site, mr, page):
    (site.folder / "mapping.yaml").write_text(page, encoding="utf-8")
    for number, (description, _) in PROTOCOL.items():
        last = "ND" if description.endswith("ND") else "DIS3D"
        words = ("ORIGINAL", "PRIMARY", "M", last)
        mr(description=description, number=number, image_type=words).write(site.source)
    series = mr(description="pCASL_3D", number=10)
    for volume in range(4):
        for position in range(series.slices):
            data = series.dataset(position)
            data.InstanceNumber = volume * series.slices + position + 1
            data.AcquisitionNumber = volume + 1
            data.AcquisitionTime = f"10{volume:02d}00"
            data.SOPInstanceUID = f"{data.SOPInstanceUID[:-2]}.{volume + 1}"
            data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
            path = site.source / f"asl{volume}{position}"
            data.save_as(path, enforce_file_format=True)
    told = site.report()
    wanted = {f"sub-01/ses-01/{name}" for _, name in PROTOCOL.values() if name}
    asl = "sub-01/ses-01/perf/sub-01_ses-01_asl"
    assert set(told["converted"]) == wanted | {asl}, told["refused"]
    assert len(told["skipped"]) == 3
    context = (site.bids / f"{asl}context.tsv").read_text()
    assert context.split() == ["volume_type", *["control", "label"] * 2]
    assert json.loads((site.bids / f"{asl}.json").read_text())["PostLabelingDelay"] == 1.8
