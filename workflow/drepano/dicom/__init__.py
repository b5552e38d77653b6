"""DICOM to BIDS with dcm2niix, by a mapping that the site gives, without identifiers."""

from drepano.dicom.convert import Order, convert_source
from drepano.dicom.mapping import Mapping, load_mapping
from drepano.dicom.report import WARNINGS, Report, as_json, as_text
from drepano.dicom.subjects import Subjects, read_subjects

__all__ = [
    "WARNINGS",
    "Mapping",
    "Order",
    "Report",
    "Subjects",
    "as_json",
    "as_text",
    "convert_source",
    "load_mapping",
    "read_subjects",
]
