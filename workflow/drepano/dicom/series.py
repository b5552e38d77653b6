"""Headers to series, and series to parts: the files that make one image each."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from drepano.dicom.headers import Header

Look = tuple[float | None, str]


@dataclass(frozen=True, slots=True)
class Series:
    """Files of one SeriesInstanceUID, each instance once.

    Attributes
    ----------
    headers
        In the order of instances.
    repeated
        Files that were left out, for they hold an instance that is there already.
    trouble
        Why nothing can be made of it; empty if something can.
    """

    headers: tuple[Header, ...]
    repeated: int
    trouble: str

    @property
    def first(self) -> Header:
        """The header that speaks for all."""
        return self.headers[0]

    @property
    def acquired(self) -> tuple[str, int, str]:
        """What series are sorted by: time, number, UID."""
        return min(h.acquired for h in self.headers), self.first.number, self.first.series

    @property
    def folders(self) -> set[PurePosixPath]:
        """Folders of its files, in the source."""
        return {PurePosixPath(h.file.shown).parent for h in self.headers}

    @property
    def has_gap(self) -> bool:
        """Tell if its instance numbers do not run from 1 without a gap."""
        numbers = {h.instance_number for h in self.headers}
        return min(numbers) > 1 or max(numbers) - min(numbers) >= len(numbers)

    @property
    def parts(self) -> tuple[Part, ...]:
        """One part for each echo time and component, in this order."""
        looks = sorted(
            {look for header in self.headers for look in header.looks},
            key=lambda look: (look[0] or 0.0, look[1]),
        )
        return tuple(Part(self, look) for look in looks)


@dataclass(frozen=True, slots=True)
class Part:
    """Files of a series that show one echo and one component."""

    series: Series
    look: Look

    @property
    def echo_time_ms(self) -> float | None:
        """Echo time, in ms; None if the header has none."""
        return self.look[0]

    @property
    def component(self) -> str:
        """One of mag, phase, real, imag."""
        return self.look[1]

    @property
    def headers(self) -> tuple[Header, ...]:
        """The files; an enhanced file belongs to all the parts that it has frames of."""
        return tuple(h for h in self.series.headers if self.look in h.looks)

    @property
    def image_type(self) -> frozenset[str]:
        """Words of ImageType that all its files have."""
        return frozenset.intersection(*(frozenset(h.image_type) for h in self.headers))

    @property
    def digest(self) -> str:
        """Tells the part from any other: of its instances, their sizes, and its look.

        Time and name of a file are no part of it: an archive of the same export is the same.
        """
        lines = sorted(f"{h.instance} {h.size}" for h in self.headers)
        return hashlib.sha256("\n".join([*lines, repr(self.look)]).encode()).hexdigest()


def group_series(headers: Iterable[Header]) -> list[Series]:
    """Sort headers into series, those first acquired first."""
    groups: dict[str, list[Header]] = defaultdict(list)
    for header in headers:
        groups[header.series].append(header)
    return sorted(map(_series, groups.values()), key=lambda series: series.acquired)


def _series(headers: list[Header]) -> Series:
    once: dict[str, Header] = {}
    differing = False
    # Whole files first: a transfer that was broken off and taken up again leaves both.
    for header in sorted(headers, key=lambda h: (h.cut_short, h.file.shown)):
        known = once.setdefault(header.instance, header)
        differing |= known.size != header.size and not header.cut_short
    kept = tuple(once[instance] for instance in sorted(once))
    return Series(kept, len(headers) - len(kept), _trouble(kept, differing=differing))


def hold_back(series: Sequence[Series], broken: Iterable[str]) -> list[Series]:
    """Give a trouble to the series that a file without readable header may be missing from.

    Parameters
    ----------
    series
        All series.
    broken
        Names of the broken files. One may belong to a series of its folder: to the only one,
        or to one whose instance numbers have a gap.
    """
    folders = {PurePosixPath(name).parent for name in broken}
    owners: dict[PurePosixPath, set[str]] = defaultdict(set)
    for one in series:
        for folder in one.folders & folders:
            owners[folder].add(one.first.series)
    trouble = "a damaged file lies beside its files, and may be one of them"
    return [
        dataclasses.replace(one, trouble=one.trouble or trouble)
        if any(len(owners[f]) == 1 or one.has_gap for f in one.folders & folders)
        else one
        for one in series
    ]


def _trouble(headers: tuple[Header, ...], *, differing: bool) -> str:
    if len({h.patient for h in headers}) > 1:
        return "files of more than one patient under one series UID"
    if len({(h.study, h.study_date) for h in headers}) > 1:
        return "files of more than one study under one series UID"
    if len({h.description for h in headers}) > 1:
        return "files of more than one description under one series UID"
    short = sum(h.cut_short for h in headers)
    if short:
        return f"{short} of its {len(headers)} files cut short"
    if differing:
        return "files of one instance UID that differ in size: which is right is not known"
    return ""
