"""Enhanced and compressed files: frames of several echoes in one file, packed voxels."""

import copy
import json

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

ENHANCED = "1.2.840.10008.5.1.4.1.1.4.1"
ECHOES = (5.0, 20.0)


def group(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def frame(echo_ms, position, number):
    return group(
        MREchoSequence=[group(EffectiveEchoTime=echo_ms)],
        PlanePositionSequence=[group(ImagePositionPatient=[-8.0, -6.0, 3.0 * position])],
        FrameContentSequence=[
            group(
                DimensionIndexValues=[1, position + 1, number + 1],
                InStackPositionNumber=position + 1,
                StackID="1",
                TemporalPositionIndex=1,
            )
        ],
        MRImageFrameTypeSequence=[
            group(FrameType=["ORIGINAL", "PRIMARY", "M", "NONE"], ComplexImageComponent="MAGNITUDE")
        ],
    )


def enhanced(mr, slices=4):
    data = mr(sop_class=ENHANCED, description="GRE").dataset(0)
    for keyword in ("EchoTime", "ImagePositionPatient", "PixelSpacing", "ImageOrientationPatient"):
        delattr(data, keyword)
    data.Manufacturer = "Philips"
    frames = [(echo, position) for echo in ECHOES for position in range(slices)]
    shared = group(
        PlaneOrientationSequence=[group(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[
            group(PixelSpacing=[2.0, 2.0], SliceThickness=3.0, SpacingBetweenSlices=3.0)
        ],
    )
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [
        frame(echo, position, ECHOES.index(echo)) for echo, position in frames
    ]
    data.NumberOfFrames = len(frames)
    data.PixelData = b"".join(
        np.full((6, 8), 100 * ECHOES.index(echo) + position, np.uint16).tobytes()
        for echo, position in frames
    )
    return data


def test_echoes_of_one_enhanced_file_become_images_of_their_own(site, mr):
    rule = {"description": "gre", "datatype": "anat", "suffix": "MEGRE"}
    site.mapping(rule | {"entities": {"echo": "auto"}})
    enhanced(mr).save_as(site.source / "enhanced", enforce_file_format=True)
    told = site.report()
    stems = [f"sub-01/anat/sub-01_echo-{n}_MEGRE" for n in (1, 2)]
    assert told["converted"] == stems, told["refused"]
    for number, stem in enumerate(stems):
        image = nib.load(site.bids / f"{stem}.nii.gz")
        values = np.asarray(image.dataobj)
        assert image.shape == (8, 6, 4)
        assert values[0, 0].tolist() == [100 * number + position for position in range(4)]
        sidecar = json.loads((site.bids / f"{stem}.json").read_text())
        assert sidecar["EchoTime"] == pytest.approx(ECHOES[number] / 1000)


def test_packed_voxels_are_read_and_a_cut_is_seen(site, mr):
    series = mr()
    paths = []
    for position in range(series.slices):
        data = copy.deepcopy(series.dataset(position))
        data.compress(RLELossless, generate_instance_uid=False)
        paths.append(site.source / f"{position}.dcm")
        data.save_as(paths[-1], enforce_file_format=True)
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"]
    values = np.asarray(nib.load(site.bids / "sub-01/anat/sub-01_T1w.nii.gz").dataobj)
    assert values.max() > 900
    paths[0].write_bytes(paths[0].read_bytes()[:-40])
    assert "cut short" in site.report("--dry-run")["refused"][0]["reason"]
