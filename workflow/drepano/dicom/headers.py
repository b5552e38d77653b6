"""A DICOM file's header to what the conversion needs of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from pydicom.dataset import Dataset
from pydicom.uid import UID

from drepano.dicom.hidden import plain
from drepano.dicom.reading import NotRead, read_dataset
from drepano.dicom.sources import SourceFile

_NAMES = (
    *("PatientName", "PatientBirthName", "PatientMotherBirthName", "OtherPatientNames"),
    *("ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName"),
    *("NameOfPhysiciansReadingStudy", "RequestingPhysician", "PhysiciansOfRecord"),
)
_IDENTIFYING = (
    *("PatientID", "OtherPatientIDs", "PatientBirthDate", "PatientAddress", "AccessionNumber"),
    *("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "MedicalRecordLocator"),
    "PatientTelephoneNumbers",
)
_NEEDED = (
    *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "Modality"),
    *("StudyTime", "SeriesTime", "AcquisitionTime"),
    *("AcquisitionDateTime", "SeriesNumber", "InstanceNumber"),
    *("SeriesDescription", "ProtocolName", "ImageType"),
    *("EchoTime", "EffectiveEchoTime", "ComplexImageComponent", "BurnedInAnnotation"),
    *("SamplesPerPixel", "SpecificCharacterSet"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
)
_TAGS = [*_NAMES, *_IDENTIFYING, *_NEEDED]
_IMAGES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{part}" for part in ("2", "2.1", "2.2", "4", "4.1", "4.3", "4.4")
) | {"1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.130"}
"""Storage classes of CT, MR and PET images (DICOM PS3.4, B.5)."""
_DIRECTORY = "1.2.840.10008.1.3.10"
_COMPONENTS = {
    "mag": {"M", "MAGNITUDE", "M_FFE", "M_SE", "M_IR", "M_PCA"},
    "phase": {"P", "PHASE", "PHASE MAP", "P_FFE", "VELOCITY MAP"},
    "real": {"R", "REAL", "R_FFE"},
    "imag": {"I", "IMAGINARY", "I_FFE"},
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself.

    Attributes
    ----------
    file
        Where it is.
    size
        In bytes.
    patient, study, series, instance
        PatientID and UIDs; identify, and are never shown.
    study_date
        YYYYMMDD; never shown.
    acquired
        Sortable time of acquisition; never shown.
    number, instance_number
        SeriesNumber, and InstanceNumber in it; 0 without one.
    description, protocol, modality, image_type
        As in the header, without outer blanks.
    kind
        Empty for an image of voxels; else what it is, such as a structured report.
    looks
        Pairs of echo time in ms (None without one) and component: one for a plain file, those of
        all its frames for an enhanced one.
    burned_in
        The header says that text is burnt into the picture.
    cut_short
        The file ends before its voxels do.
    identifying, names
        Text to hide from people, and names of people among it.
    """

    file: SourceFile
    size: int
    patient: str
    study: str
    series: str
    instance: str
    study_date: str
    acquired: str
    number: int
    instance_number: int
    description: str
    protocol: str
    modality: str
    image_type: tuple[str, ...]
    kind: str
    looks: frozenset[tuple[float | None, str]]
    burned_in: bool
    cut_short: bool
    identifying: frozenset[str]
    names: frozenset[str]


def read_header(file: SourceFile) -> Header | None:
    """Read a file's header; None for a DICOMDIR, whose files are found by themselves.

    Raises
    ------
    NotRead
        It is no DICOM, or can not be read.
    """
    try:
        size = file.path.stat().st_size
        with file.path.open("rb") as handle:
            data, rest = read_dataset(handle, size, _TAGS)
    except OSError as error:
        raise NotRead((error.strerror or "it can not be read").lower(), broken=True) from None
    if data.file_meta.get("MediaStorageSOPClassUID") == _DIRECTORY:
        return None
    if not all(_text(data, key) for key in ("SOPClassUID", "SeriesInstanceUID", "SOPInstanceUID")):
        reason = "a DICOM file without class or UIDs: cut short, or not of a study"
        raise NotRead(reason, broken=True)
    if rest == "none" and not _kind(data) and not _text(data, "InstanceNumber"):
        # The cut may go through the series UID, so that nobody knows what it belongs to.
        raise NotRead("a DICOM file that is cut short in its header", broken=True)
    return _header(file, size, data, rest)


def _header(file: SourceFile, size: int, data: Dataset, rest: str) -> Header:
    kind = _kind(data)
    return Header(
        file=file,
        size=size,
        patient=_text(data, "PatientID"),
        study=_text(data, "StudyInstanceUID"),
        series=_text(data, "SeriesInstanceUID"),
        instance=_text(data, "SOPInstanceUID"),
        study_date=_date(data),
        acquired=_acquired(data),
        number=_whole_number(_text(data, "SeriesNumber")),
        instance_number=_whole_number(_text(data, "InstanceNumber")),
        description=_text(data, "SeriesDescription"),
        protocol=_text(data, "ProtocolName"),
        modality=_text(data, "Modality").upper(),
        image_type=_image_type(data),
        kind=kind,
        looks=frozenset(_looks(data)),
        burned_in=_text(data, "BurnedInAnnotation").upper() == "YES",
        cut_short=bool(rest) and not kind,
        identifying=_texts(data, _IDENTIFYING),
        names=_texts(data, _NAMES),
    )


def _text(data: Dataset, key: str) -> str:
    value = data.get(key)
    return plain(str(value)) if value is not None else ""


def _texts(data: Dataset, keys: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(None, (_text(data, key) for key in keys)))


def _whole_number(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,12}", text) else 0


def _date(data: Dataset) -> str:
    return "".join(c for c in _text(data, "StudyDate") if c.isdecimal())


def _acquired(data: Dataset) -> str:
    """Return a text that sorts by time of acquisition."""
    moment = _text(data, "AcquisitionDateTime")
    if moment:
        return moment
    date = _first(data, "AcquisitionDate", "SeriesDate", "StudyDate")
    return date + _first(data, "AcquisitionTime", "SeriesTime", "StudyTime")


def _first(data: Dataset, *keys: str) -> str:
    return next(filter(None, (_text(data, key) for key in keys)), "")


def _kind(data: Dataset) -> str:
    """Say what an object is that is no image of voxels; empty for an image."""
    uid = _text(data, "SOPClassUID")
    if uid in _IMAGES:
        samples = _whole_number(_text(data, "SamplesPerPixel"))
        return "a colour image" if samples > 1 else ""
    name = UID(uid).name
    return "an object of an unknown class" if name == uid else name.removesuffix(" Storage")


def _image_type(data: Dataset) -> tuple[str, ...]:
    value = data.get("ImageType")
    words = [value] if isinstance(value, str) else list(value or [])
    return tuple(plain(str(word)).upper() for word in words)


def _looks(data: Dataset) -> Iterator[tuple[float | None, str]]:
    """Yield echo time and component of the file, or of each frame of an enhanced one."""
    words = _image_type(data)
    frames = data.get("PerFrameFunctionalGroupsSequence")
    if not frames:
        component = _component(_text(data, "ComplexImageComponent"), words)
        yield _milliseconds(data, "EchoTime"), component
        return
    shared = next(iter(data.get("SharedFunctionalGroupsSequence") or [Dataset()]))
    top = _text(data, "ComplexImageComponent")
    for frame in frames:
        echo = _inside(frame, shared, "MREchoSequence")
        look = _inside(frame, shared, "MRImageFrameTypeSequence")
        component = _text(look, "ComplexImageComponent") or top
        yield _milliseconds(echo, "EffectiveEchoTime"), _component(component, words)


def _inside(frame: Dataset, shared: Dataset, key: str) -> Dataset:
    found = frame.get(key) or shared.get(key)
    return cast("Dataset", found[0]) if found else Dataset()


def _milliseconds(data: Dataset, key: str) -> float | None:
    try:
        value = round(float(_text(data, key)), 2)
    except ValueError:
        return None
    return value if 0 < value < 1e5 else None


def _component(stated: str, words: tuple[str, ...]) -> str:
    """Return mag, phase, real or imag; mag where nothing is said."""
    for word in (stated.upper(), *words[2:]):
        for name, known in _COMPONENTS.items():
            if word in known:
                return name
    return "mag"
