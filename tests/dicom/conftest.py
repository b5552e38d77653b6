"""Synthetic DICOM series that never had a patient, and a runner for the command."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from drepano.cli import cli

MR = "1.2.840.10008.5.1.4.1.1.4"
SHAPE = (6, 8)


def uid(*words: object) -> str:
    """The same words give the same UID."""
    return generate_uid(entropy_srcs=[str(word) for word in words])


def slice_voxels(seed: int, position: int) -> np.ndarray:
    generator = np.random.default_rng([seed, position])
    return generator.integers(0, 1000, size=SHAPE, dtype=np.uint16)


@dataclass
class Series:
    """One MR series of axial slices, 2 x 2 x 3 mm, as a scanner would store it."""

    description: str = "T1 MPRAGE"
    patient: str = "PID0001"
    name: str = "Nobody^Nemo"
    date: str = "20200102"
    time: str = "101500"
    number: int = 2
    slices: int = 4
    seed: int = 0
    echo_ms: float | None = 3.0
    image_type: tuple = ("ORIGINAL", "PRIMARY", "M", "NORM")
    sop_class: str = MR
    tags: dict = field(default_factory=dict)

    def dataset(self, position: int) -> FileDataset:
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = self.sop_class
        instance = uid(self.patient, self.date, self.number, self.seed, position, self.echo_ms,
                       self.image_type)  # fmt: skip
        meta.MediaStorageSOPInstanceUID = instance
        data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        data.SpecificCharacterSet = "ISO_IR 192"
        data.SOPClassUID, data.SOPInstanceUID = self.sop_class, instance
        data.StudyInstanceUID = uid(self.patient, self.date)
        data.SeriesInstanceUID = uid(self.patient, self.date, self.number)
        data.FrameOfReferenceUID = uid(self.patient, self.date, "frame")
        data.PatientID, data.PatientName = self.patient, self.name
        data.StudyDate = data.SeriesDate = data.AcquisitionDate = self.date
        data.StudyTime = data.SeriesTime = data.AcquisitionTime = self.time
        data.Modality, data.Manufacturer = "MR", "Siemens"
        data.SeriesDescription, data.ProtocolName = self.description, self.description
        data.SeriesNumber, data.InstanceNumber = self.number, position + 1
        data.AcquisitionNumber = 1
        data.ImageType = list(self.image_type)
        data.MagneticFieldStrength, data.RepetitionTime, data.FlipAngle = 3.0, 2000.0, 9.0
        if self.echo_ms is not None:
            data.EchoTime = self.echo_ms
        data.MRAcquisitionType, data.ScanningSequence = "3D", "GR"
        data.SequenceVariant, data.SliceThickness = "SP", 3.0
        data.PixelSpacing, data.ImageOrientationPatient = [2.0, 2.0], [1, 0, 0, 0, 1, 0]
        data.ImagePositionPatient = [-8.0, -6.0, 3.0 * position]
        data.Rows, data.Columns = SHAPE
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated, data.BitsStored, data.HighBit = 16, 16, 15
        data.PixelRepresentation = 0
        data.PixelData = slice_voxels(self.seed, position).tobytes()
        for keyword, value in self.tags.items():
            setattr(data, keyword, value)
        return data

    def write(self, folder: Path, ending: str = ".dcm") -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for data in map(self.dataset, range(self.slices)):
            paths.append(folder / f"{data.SOPInstanceUID[-12:]}{ending}")
            data.save_as(paths[-1], enforce_file_format=True)
        return paths


T1W = {"description": "*mprage*", "datatype": "anat", "suffix": "T1w"}


@dataclass
class Site:
    """A folder with a source, a mapping and a subjects file."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def bids(self) -> Path:
        return self.folder / "bids"

    def mapping(self, *rules: dict, **keys: object) -> None:
        content = {**keys, "rules": list(rules) or [T1W]}
        (self.folder / "mapping.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")

    def subjects(self, *rows: str, columns: str = "patient_id,participant_id") -> None:
        text = "\n".join([columns, *rows]).replace(",", "\t") + "\n"
        (self.folder / "subjects.tsv").write_text(text, encoding="utf-8")

    def run(self, *options: str, source: Path | None = None):
        words = ["dicom", str(source or self.source), str(self.bids)]
        words += ["--mapping", str(self.folder / "mapping.yaml")]
        words += ["--subjects", str(self.folder / "subjects.tsv"), *options]
        return CliRunner().invoke(cli, words)

    def report(self, *options: str, source: Path | None = None) -> dict:
        done = self.run("--json", *options, source=source)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        told = json.loads(done.stdout)
        assert told["exit_code"] == done.exit_code
        return told

    def files(self) -> dict[str, bytes]:
        """What a reader of the dataset sees."""
        return {
            str(p.relative_to(self.bids)): p.read_bytes()
            for p in sorted(self.bids.rglob("*"))
            if p.is_file() and ".drepano" not in p.parts
        }


@pytest.fixture
def site(tmp_path) -> Site:
    """A site with the rule of a T1w and one patient, and no scan yet."""
    made = Site(tmp_path)
    made.source.mkdir()
    made.mapping()
    made.subjects("PID0001,01")
    return made


@pytest.fixture(scope="session")
def mr() -> type[Series]:
    """Makes series."""
    return Series


@pytest.fixture(scope="session")
def voxels_of():
    """Gives the voxels of a slice."""
    return slice_voxels
