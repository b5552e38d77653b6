"""The quick way through plain lines says what the careful way says, or steps aside."""

from types import SimpleNamespace

import numpy as np
import pytest

from drepano.genomics.reading.copies import Copies, _count, _pairs, _read_plain

COPIES = np.array([0, 1, -1, 1], np.int8)


def record_of(*calls, whole=True, samples=None):
    cells = np.frombuffer("\t".join(calls).encode(), np.uint8)
    layout = SimpleNamespace(whole=whole)
    return SimpleNamespace(cells=cells, samples=samples or len(calls), layout=layout)


def carefully(calls):
    numbers = [[-1 if a == "." else int(a) for a in (call[0], call[2])] for call in calls]
    found = Copies(np.empty(len(calls), np.int32), np.empty(len(calls), np.int8))
    alleles = np.array(numbers, np.int16)
    _count(alleles, _pairs(COPIES.tobytes()), found.units, found.ploidy)
    return found


def test_every_pair_of_alleles():
    alleles = (".", "0", "1", "2", "3")
    calls = [f"{a}{mark}{b}" for a in alleles for b in alleles for mark in "/|"]
    plain, careful = _read_plain(record_of(*calls), COPIES), carefully(calls)
    assert plain.units.tolist() == careful.units.tolist()
    assert plain.ploidy.tolist() == careful.ploidy.tolist()


@pytest.mark.parametrize(
    "calls",
    [
        ("0/1", "0/4"),  # an allele that the record does not have is the reader's error
        ("0/1", "0x1"),
        ("0/1", "//1"),
        ("0/1", "0/:"),
        ("0/1", "a/1"),
        ("0/1", "\xe9/1"),
        ("0/1", "10/1"),
        ("0/1", "1"),
        ("0", "0/0/1"),  # as many bytes as two plain cells have
        ("0/1:3", "1"),
        ("0/1", "0/1:30"),
    ],
)
def test_anything_else_is_left_to_the_reader(calls):
    assert _read_plain(record_of(*calls), COPIES) is None


def test_so_is_a_file_of_which_some_samples_are_asked():
    assert _read_plain(record_of("0/1", "0/1", whole=False), COPIES) is None
    assert _read_plain(record_of("0/1", "0/1", samples=1), COPIES) is None


def test_and_a_record_without_text():
    assert _read_plain(SimpleNamespace(samples=2), COPIES) is None
