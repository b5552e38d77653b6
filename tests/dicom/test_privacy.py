"""Identifiers planted in every tag that can hold one: no output has any of them."""

import gzip
import json
import random
import re
import string
import subprocess
import warnings

import dcm2niix
import pydicom
import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

NAME = "Zürnqvist^Xaveria"
PATIENT = "KH-77341-Q"
DATE, TIME = "19610317", "031726.535897"
GROUPS = (0x0008, 0x0010, 0x0012, 0x0020, 0x0032, 0x0038, 0x0040, 0x0088, 0x4000, 0x4008)
EQUIPMENT = {
    *("DeviceSerialNumber", "DeviceUID", "ProtocolName", "AcquisitionComments", "GantryID"),
    *("DateOfLastCalibration", "TimeOfLastCalibration", "SecondaryCaptureDeviceID", "PlateID"),
    *("DetectorID", "CassetteID", "DeviceDescription", "ContributionDescription", "GeneratorID"),
    *("AcquisitionDeviceProcessingDescription", "PerformedProcedureStepComments"),
}
"""Of group 0018, whose other text tells how an image is acquired."""
NOT_IDENTIFYING = {
    *("SOPClassUID", "SpecificCharacterSet", "Manufacturer", "ManufacturerModelName", "Modality"),
    *("TransferSyntaxUID", "TimezoneOffsetFromUTC", "ImageType"),
}
USED = {"PatientID", "PatientName", "SeriesInstanceUID", "StudyInstanceUID", "SOPInstanceUID"}
FORMS = {"PN", "LO", "SH", "LT", "ST", "UT", "UC", "UR", "AE", "UI", "DA", "TM", "DT"}


def word(generator: random.Random) -> str:
    return "zq" + "".join(generator.choices(string.ascii_lowercase, k=10))


def value_of(form: str, generator: random.Random) -> str:
    number = "".join(generator.choices("123456789", k=20))
    special = {"DA": DATE, "TM": TIME, "DT": DATE + TIME, "UI": f"2.25.{number}"}
    return special.get(form) or word(generator)


def plant(data: Dataset, generator: random.Random) -> set[str]:
    """Fill every tag of these groups that takes text; return what is to be looked for."""
    planted = set()
    for tag, (form, count, _, retired, keyword) in DicomDictionary.items():
        group = tag >> 16
        wanted = group in GROUPS or keyword in EQUIPMENT
        fits = form in FORMS and keyword and not retired and count in ("1", "1-n")
        if not (wanted and fits) or keyword in NOT_IDENTIFYING | USED:
            continue
        if keyword == "SeriesDescription":
            continue
        value = value_of(form, generator)
        setattr(data, keyword, value)
        planted.add(value)
    return planted | plant_private(data, generator) | plant_nested(data, generator)


def plant_private(data: Dataset, generator: random.Random) -> set[str]:
    planted = set()
    for group, creator in ((0x0009, "GEMS_IDEN_01"), (0x0029, "SIEMENS CSA HEADER")):
        block = data.private_block(group, creator, create=True)
        for offset in (0x10, 0x30, 0x60):
            planted.add(word(generator))
            block.add_new(offset, "LO", max(planted))
    return planted


def plant_nested(data: Dataset, generator: random.Random) -> set[str]:
    planted = {word(generator) for _ in range(3)}
    first, second, third = sorted(planted)
    request, other, study = Dataset(), Dataset(), Dataset()
    request.RequestedProcedureDescription = first
    other.PatientID = second
    study.ReferencedSOPInstanceUID = "2.25.424242424242424242"
    study.StudyDescription = third
    data.RequestAttributesSequence = Sequence([request])
    data.OtherPatientIDsSequence = Sequence([other])
    data.ReferencedStudySequence = Sequence([study])
    return planted | {"2.25.424242424242424242"}


def spellings(values: set[str]) -> set[bytes]:
    """Every value as UTF-8 and Latin-1, in either case, and its parts."""
    parts = {part for v in values for part in (v, *v.split("^"))}
    parts |= {f(part) for part in parts for f in (str.lower, str.upper)}
    parts |= {"1961-03-17", "03:17:26", "031726", "19610317", "17.03.1961"}
    texts = {part for part in parts if len(part) > 3}
    texts |= {json.dumps(text)[1:-1] for text in texts}
    return {t.encode("utf-8") for t in texts} | {t.encode("latin-1", "replace") for t in texts}


def haystacks(site, *told: str):
    """All bytes of the dataset, its ledger among them, packed and unpacked, and all names."""
    for path in sorted(site.bids.rglob("*")):
        yield path.name, str(path.relative_to(site.bids)).encode()
        if path.is_file():
            content = path.read_bytes()
            yield path.name, content
            if path.suffix == ".gz":
                yield f"{path.name} unpacked", gzip.decompress(content)
    yield from (("told", text.encode()) for text in told)


@pytest.fixture
def planted(site, mr):
    """Two series full of identifiers, one of them without a rule, below folders with the name."""
    generator = random.Random(7)
    found = {NAME, PATIENT, DATE}
    folder = site.source / "Zürnqvist_Xaveria" / f"{PATIENT} {DATE}"
    folder.mkdir(parents=True)
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        for number, description in ((2, "T1 MPRAGE Zürnqvist"), (3, f"other {PATIENT}")):
            series = mr(PATIENT, PATIENT, NAME, DATE, TIME, number)
            series.description = description
            values = None
            for position in range(series.slices):
                data = series.dataset(position)
                state = random.Random(number)
                values = plant(data, state)
                found |= values | {str(data[key].value) for key in USED}
                data.save_as(folder / f"{number}_{position}.dcm", enforce_file_format=True)
    (folder / f"broken {NAME}.dcm").write_bytes((folder / "2_0.dcm").read_bytes()[:3000])
    (folder / f"{generator.random()} {DATE}.txt").write_text("notes")
    site.mapping({"description": "*mprage*", "datatype": "anat", "suffix": "T1w"})
    site.subjects(f"{PATIENT},01")
    return found


def test_enough_is_planted(planted):
    assert len(planted) > 150


@pytest.mark.parametrize("options", [(), ("--json",), ("--dry-run",)])
def test_no_output_has_an_identifier(site, planted, options):
    done = site.run(*options)
    assert done.exit_code == 2, done.output
    assert "--dry-run" in options or len(site.files()) == 5
    needles = spellings(planted)
    hits = {
        (where, needle)
        for where, content in haystacks(site, done.stdout, done.stderr)
        for needle in needles
        if needle in content
    }
    assert hits == set()


def test_the_search_finds_what_dcm2niix_alone_leaves(site, planted, tmp_path):
    site.bids.mkdir()
    command = [dcm2niix.bin, "-ba", "y", "-z", "y", "-o", str(site.bids), str(site.source)]
    subprocess.run(command, check=True, capture_output=True)
    text = b"".join(content for _, content in haystacks(site))
    found = {needle for needle in spellings(planted) if needle in text}
    assert len(found) > 5, "without cleaning the same search has much to find"


def test_values_of_the_wrong_kind_are_not_shown(site, mr):
    wrong = {"PatientBirthDate": "zqborn", "StudyTime": "zqtime", "SeriesNumber": "7"}
    series = mr(tags=wrong | {"OtherPatientIDs": "zqother"})
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        for path in series.write(site.source):
            content = path.read_bytes()
            content = content.replace(b"IS\x02\x007 ", b"IS\x02\x00zq").replace(b"192", b"zqw")
            path.write_bytes(content.replace(b"20200102", b"zq.q01zq"))
    done = site.run()
    assert done.exit_code == 0, done.output
    told = done.stdout + done.stderr + str(site.files())
    assert not re.search("zq", told)


def test_people_are_told_that_faces_and_burnt_in_text_stay(site, mr):
    mr().write(site.source)
    done = site.run()
    assert "faces are not removed" in done.stderr
    assert "burnt-in text is not looked for" in done.stderr


def test_a_word_that_holds_an_identifier_goes_even_under_a_kept_key(site, mr):
    mr(tags={"SequenceName": "tfl Nemo", "ScanOptions": "PFP"}).write(site.source)
    assert site.run().exit_code == 0
    sidecar = json.loads(site.files()["sub-01/anat/sub-01_T1w.json"])
    assert "SequenceName" not in sidecar
    assert sidecar["ScanOptions"] == "PFP"


def test_no_file_of_the_dataset_says_when(site, mr):
    mr(date="20190304", time="112233").write(site.source)
    site.run()
    text = b"".join(site.files().values()).decode("latin-1")
    assert not re.search(r"2019-?03-?04|11:?22:?33", text)
