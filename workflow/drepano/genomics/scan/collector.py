"""What a pass over records gathers: the protocol of collectors, and the sums they leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from drepano.contracts.values import GENOME_SUMS
from drepano.genomics.reading.record import Record

Sums = NDArray[np.int64]
ALL_SAMPLES = ""
"""Subject of sums over all samples of a file."""


class Totals:
    """Exact sums of one source over the records of a unit.

    Attributes
    ----------
    subjects
        In the order of the file's samples, which is the order of every array.
    """

    def __init__(self, subjects: list[str]) -> None:
        self.subjects = subjects
        self._by_subject: dict[tuple[str, str], Sums] = {}
        self._of_all: dict[tuple[str, str], int] = defaultdict(int)
        self._texts: dict[str, list[str]] = {}

    def of_subjects(self, quantity: str, item: str = "") -> Sums:
        """Return the running sums of a quantity, (subjects,); add to the array in place."""
        zeros = np.zeros(len(self.subjects), np.int64)
        return self._by_subject.setdefault((item, quantity), zeros)

    def add_for_all(self, quantity: str, value: int, item: str = "") -> None:
        """Add to a sum over all samples, such as how many of them a variant was called in."""
        self._of_all[item, quantity] += value

    def text(self, item: str, texts: list[str]) -> None:
        """Keep a text for each subject, such as genotypes at markers; once for each item."""
        self._texts[item] = texts

    def rows(self, source: str) -> pa.Table:
        """Return the sums as rows of `genome_sums`; zeros are kept: they say looked at."""
        tables = [GENOME_SUMS.empty()]
        for (item, quantity), values in self._by_subject.items():
            tables.append(self._table(source, item, quantity, values, None))
        for item, texts in self._texts.items():
            zeros = np.zeros(len(self.subjects), np.int64)
            tables.append(self._table(source, item, "text", zeros, texts))
        of_all = [
            {"subject": ALL_SAMPLES, "source": source, "item": i, "quantity": q, "value": v}
            for (i, q), v in self._of_all.items()
        ]
        return pa.concat_tables([*tables, GENOME_SUMS.from_rows(of_all)])

    def _table(
        self, source: str, item: str, quantity: str, values: Sums, texts: list[str] | None
    ) -> pa.Table:
        count = len(self.subjects)
        return pa.table(
            [
                pa.array(self.subjects, pa.string()),
                *(pa.repeat(pa.scalar(text), count) for text in (source, item, quantity)),
                pa.array(values),
                pa.nulls(count, pa.string()) if texts is None else pa.array(texts, pa.string()),
            ],
            schema=GENOME_SUMS.schema,
        )


class Collector(Protocol):
    """Gathers sums from the records of one piece of a file; one object for each unit.

    Attributes
    ----------
    source
        Name under which its sums and failures stand, such as ``score__makani2011``.
    totals
        What it has gathered so far.
    """

    source: str
    totals: Totals

    def take(self, record: Record) -> None:
        """Look at a record, and add what it says. Each record of the piece comes once, in order.

        It may touch none of the source's places: others ask for records too. It may end behind
        the piece; no other piece is shown it, unless `CountsSites`.
        Genotypes are decoded when they are first asked for, so a record that does not matter
        should be left alone by its position, alleles or INFO.
        """

    def end(self) -> None:
        """Add what is known only after the last record."""


@runtime_checkable
class ReadsHeader(Protocol):
    """A collector that must know the header of the file, such as how it is annotated."""

    def read_header(self, header: str) -> None:
        """Read the header lines of the piece's file; once, before the first record."""


class CollectorSource(Protocol):
    """One block of the study that gathers sums; made once per worker process.

    Attributes
    ----------
    source
        As the collector's.
    """

    source: str

    def places(self) -> Mapping[str, list[tuple[int, int]]] | None:
        """Return the intervals that it must see, by chromosome, 1-based and inclusive.

        None: every record of every file. An interval is for records that touch it; a record
        is counted in the piece in which it starts, a site (`CountsSites`) in the piece in which
        the site starts. Chromosomes without intervals are not read for this source.
        """

    def digest(self) -> str:
        """Return a hash of files and settings on which its sums depend."""

    def start(self, subjects: list[str], chrom: str, first: int, last: int) -> Collector:
        """Start on a piece: records that start at `first` to `last`, 1-based and inclusive."""


@runtime_checkable
class CountsSites(Protocol):
    """A collector that counts given sites, each once, whatever number of records speak of it.

    A site belongs to the piece in which it starts, and to no other. So that all records that
    speak of it come together, such a collector is shown every record that touches the piece,
    those that start before it included; sites of other pieces are not its own.

    Attributes
    ----------
    touching
        True.
    """

    touching: bool
