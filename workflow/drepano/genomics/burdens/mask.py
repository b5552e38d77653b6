"""A mask of the study on one file: which ALT alleles of a record are counted."""

from __future__ import annotations

from dataclasses import dataclass

from drepano.genomics.burdens.annotation import (
    NOBODY,
    Entry,
    Format,
    entries,
    info_fields,
    read_format,
)
from drepano.genomics.reading.record import Record
from drepano.settings import Burden

_BASES = frozenset("ACGT")
_DIGITS = 7
"""Numbers of INFO are held with 24 bits: 0.001 comes as 0.0010000000475."""


@dataclass(frozen=True, slots=True)
class Counted:
    """ALT alleles of a record that the mask counts, and those without a frequency.

    Attributes
    ----------
    alts
        Indices into the record's ALTs.
    unknown
        How many ALTs fit the mask and have no frequency, whether they are counted or not.
    lost
        True if an entry fits the mask and tells an allele that the record does not have.
    """

    alts: list[int]
    unknown: int
    lost: bool = False

    @property
    def any(self) -> bool:
        """True if the record matters to the mask."""
        return bool(self.alts or self.unknown or self.lost)


NOTHING = Counted([], 0)


class Texts:
    """The INFO text of the record at hand, which all masks look at."""

    def __init__(self) -> None:
        self._record: Record | None = None
        self._field = ""
        self._text: str | None = None

    def of(self, record: Record, field: str) -> str | None:
        """Return an INFO field of a record; read once for all masks that ask in turn."""
        if record is not self._record or field != self._field:
            self._record, self._field = record, field
            self._text = record.info(field)
        return self._text


class Mask:
    """A mask of the study, as it reads one file.

    Parameters
    ----------
    settings
        The study's mask.
    spans
        Intervals of the chromosome, 1-based and inclusive; None: everywhere.
    header
        Header lines of the file.
    texts
        Shared by the masks of the study.
    """

    def __init__(
        self, settings: Burden, spans: list[tuple[int, int]] | None, header: str, texts: Texts
    ) -> None:
        self._texts = texts
        self._settings = settings
        self._spans = spans
        self._format = read_format(header, settings.annotation)
        self._genes = frozenset(settings.genes)
        self._consequences = frozenset(settings.consequences)
        self._impacts = frozenset(settings.impacts)
        self._frequency = settings.frequency if settings.max_frequency is not None else ""
        asked = (self._genes, self._consequences, self._impacts)
        self._asked = [tuple(words) for words in asked if words]
        in_annotation = self._format is not None and self._frequency in self._format.names
        self._frequency_in_info = bool(self._frequency) and not in_annotation
        self._info_told = self._frequency in info_fields(header)
        self._annotated = bool(
            settings.genes
            or settings.consequences
            or settings.impacts
            or (self._frequency and in_annotation)
        )

    @property
    def readable(self) -> bool:
        """True if the file's header declares all that the mask asks for."""
        layout = self._format
        asked = (
            (self._genes, () if layout is None else layout.genes),
            (self._consequences, () if layout is None else layout.consequences),
            (self._impacts, () if layout is None else layout.impacts),
        )
        annotated = all(places for wanted, places in asked if wanted)
        return annotated and (self._info_told or not self._frequency_in_info)

    def counted(self, record: Record) -> Counted:
        """Return which ALT alleles of a record are counted; genotypes are not looked at."""
        if self._spans is not None and not self._inside(record):
            return NOTHING
        if not self._annotated:
            return self._by_info(record, _of_bases(record))
        text = None if self._format is None else self._texts.of(record, self._format.field)
        if self._format is None or not text or not self._may_fit(text):
            return NOTHING
        return self._by_annotation(record, self._format, text)

    def _by_annotation(self, record: Record, layout: Format, text: str) -> Counted:
        bases = _of_bases(record)
        fitting: dict[int, list[Entry]] = {}
        for entry in entries(layout, text, record.ref, record.alts) if bases else ():
            if self._fits(layout, entry):
                fitting.setdefault(entry.alt, []).append(entry)
        lost = NOBODY in fitting
        found = [alt for alt in bases if alt in fitting]
        if self._frequency_in_info or not self._frequency:
            told = self._by_info(record, found)
            return Counted(told.alts, told.unknown, lost)
        place = layout.names.index(self._frequency)
        values = {a: _greatest([e.values[place] for e in fitting[a]]) for a in fitting}
        told = self._rare({alt: values[alt] for alt in found})
        lost = lost and bool(self._rare({NOBODY: values[NOBODY]}).alts)
        return Counted(told.alts, told.unknown, lost)

    def _inside(self, record: Record) -> bool:
        """Return whether the record starts in the mask: it then belongs to one region alone."""
        return any(first <= record.position <= last for first, last in self._spans or ())

    def _may_fit(self, text: str) -> bool:
        """Look for the asked words in the whole text, before it is cut."""
        for words in self._asked:
            for word in words:
                if word in text:
                    break
            else:
                return False
        return True

    def _fits(self, layout: Format, entry: Entry) -> bool:
        values = entry.values
        if self._genes and not any(values[p] in self._genes for p in layout.genes):
            return False
        if self._impacts and not any(values[p] in self._impacts for p in layout.impacts):
            return False
        terms = {term for p in layout.consequences for term in values[p].split("&")}
        return not self._consequences or bool(terms & self._consequences)

    def _by_info(self, record: Record, alts: list[int]) -> Counted:
        if not self._frequency or not alts:
            return Counted(alts, 0)
        text = record.info(self._frequency)
        values = [] if text is None else text.split(",")
        # One number for several ALTs does not say whose it is.
        known = values if len(values) == len(record.alts) else [""] * len(record.alts)
        return self._rare({alt: _greatest([known[alt]]) for alt in alts})

    def _rare(self, frequencies: dict[int, float | None]) -> Counted:
        limit = 1 if self._settings.max_frequency is None else self._settings.max_frequency
        unknown = [alt for alt, value in frequencies.items() if value is None]
        counted = [
            alt for alt, value in frequencies.items() if value is not None and value <= limit
        ]
        if self._settings.unknown_frequency == "count":
            counted = sorted([*counted, *unknown])
        return Counted(counted, len(unknown))


def _of_bases(record: Record) -> list[int]:
    """Return the ALTs of bases; symbolic ones, breakends, ``*`` and markers have none to count."""
    return [i for i, alt in enumerate(record.alts) if alt and _BASES.issuperset(alt)]


def _greatest(texts: list[str]) -> float | None:
    """Return the greatest frequency that is told; None if none is.

    VEP joins those of several known variants at the place by ``&``.
    """
    found = []
    for part in (part for text in texts for part in text.split("&")):
        try:
            value = float(f"{float(part):.{_DIGITS}g}")
        except ValueError:
            continue
        if 0 <= value <= 1:  # NaN compares false
            found.append(value)
    return max(found, default=None)
