"""Scatter the long tables of imaging, genomics and clinical values over the sheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drepano.errors import Fault
from drepano.matrix.refused import Refused
from drepano.matrix.rows import Positions, RowIndex, positions_of
from drepano.matrix.sheet import Numbers, Sheet

Rows: TypeAlias = "pa.Table | Iterable[pa.RecordBatch]"
_BATCH = 1_000_000


def batches_of(rows: Rows) -> Iterable[pa.RecordBatch]:
    """Return the rows in pieces that keep memory small."""
    if isinstance(rows, pa.Table):
        return cast("list[pa.RecordBatch]", rows.to_batches(max_chunksize=_BATCH))
    return cast("Iterable[pa.RecordBatch]", rows)


def _numbers(values: pa.Array | pa.ChunkedArray) -> Numbers:
    """Return numbers of any Arrow type as floats, nulls as NaN."""
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def fill_imaging(sheet: Sheet, index: RowIndex, imaging: Rows) -> list[Fault]:
    """Place imaging values; each belongs to one session. Those of single parts stay outside."""
    refused = Refused("imaging")
    for whole in batches_of(imaging):
        batch = whole.filter(pc.equal(whole["item"], 0))
        rows = index.find(batch["subject"], batch["session"])
        columns = positions_of(batch["column"], sheet.names)
        numbers = _numbers(batch["value"])
        kept = refused.keep(rows, columns, batch["column"])
        refused.not_finite += int(np.count_nonzero(~np.isfinite(numbers)))
        refused.repeated += sheet.place(rows[kept], columns[kept], numbers[kept])
    return refused.faults()


def fill_genomics(sheet: Sheet, index: RowIndex, genomics: pa.Table) -> list[Fault]:
    """Place dosages, and ploidies where the study declares them; they hold for all sessions.

    Without a dosage the ploidy says nothing, and its cell stays null with the state of the
    variant.
    """
    refused = Refused("genomics", "variant")
    genomics = genomics.combine_chunks()
    owners = positions_of(genomics["subject"], index.subjects)
    dosage = _numbers(genomics["dosage"])
    called = ~np.isnan(dosage)
    refused.not_finite = int(np.count_nonzero(np.isinf(dosage)))
    for measure in ("dosage", "ploidy"):
        columns = positions_of(_named(genomics["variant"], measure), sheet.names)
        if measure == "dosage":
            kept = refused.keep(owners, columns, genomics["variant"]) & called
        else:
            kept = (columns >= 0) & (owners >= 0) & called
        numbers = _numbers(genomics[measure])
        kept &= ~np.isnan(numbers)
        entries, rows = index.spread(owners[kept])
        repeated = sheet.place(rows, columns[kept][entries], numbers[kept][entries], spread=True)
        refused.repeated += repeated
    return refused.faults()


def _named(variants: pa.ChunkedArray, measure: str) -> pa.Array:
    """Return the matrix column of each variant."""
    encoded = variants.combine_chunks().dictionary_encode()
    names = pc.binary_join_element_wise("gen", encoded.dictionary, measure, "__")
    return pa.DictionaryArray.from_arrays(encoded.indices, names)


def fill_interpretation(sheet: Sheet, index: RowIndex, concluded: pa.Table) -> list[Fault]:
    """Place what was concluded from genotypes; it holds for all sessions of a subject."""
    refused = Refused("interpretation")
    concluded = concluded.combine_chunks()
    columns = positions_of(concluded["column"], sheet.names)
    numbers = _typed_numbers(sheet, concluded, columns)
    owners = positions_of(concluded["subject"], index.subjects)
    kept = refused.keep(owners, columns, concluded["column"])
    refused.valueless = int(np.count_nonzero(np.isnan(numbers) & (columns >= 0)))
    refused.not_finite = int(np.count_nonzero(np.isinf(numbers)))
    entries, rows = index.spread(owners[kept])
    refused.repeated += sheet.place(
        rows, columns[kept][entries], numbers[kept][entries], spread=True
    )
    return refused.faults()


def fill_clinical(sheet: Sheet, index: RowIndex, clinical: pa.Table) -> list[Fault]:
    """Place clinical values; a row of one session beats a row that holds for all."""
    refused = Refused("clinical")
    clinical = clinical.combine_chunks()
    columns = positions_of(_concept_columns(clinical["column"]), sheet.names)
    numbers = _typed_numbers(sheet, clinical, columns)
    everywhere = pc.equal(clinical["session"], "").to_numpy()
    owners = positions_of(clinical["subject"], index.subjects)
    rows = np.where(everywhere, owners, index.find(clinical["subject"], clinical["session"]))
    kept = refused.keep(rows, columns, clinical["column"])
    refused.valueless = int(np.count_nonzero(np.isnan(numbers) & (columns >= 0)))
    refused.not_finite = int(np.count_nonzero(np.isinf(numbers)))
    general, special = kept & everywhere, kept & ~everywhere
    entries, spread = index.spread(owners[general])
    refused.repeated += sheet.place(
        spread, columns[general][entries], numbers[general][entries], spread=True
    )
    refused.repeated += sheet.place(rows[special], columns[special], numbers[special], over=True)
    return refused.faults()


def _concept_columns(concepts: pa.ChunkedArray) -> pa.Array:
    """Return the matrix column of each concept."""
    encoded = concepts.combine_chunks().dictionary_encode()
    names = pc.binary_join_element_wise("clin", encoded.dictionary, "__")
    return pa.DictionaryArray.from_arrays(encoded.indices, names)


def _typed_numbers(sheet: Sheet, table: pa.Table, columns: Positions) -> Numbers:
    """Return numbers, flags, and positions of categories; NaN where a row has no such value."""
    numbers = _numbers(table["number"]).copy()
    for position in np.unique(columns[columns >= 0]):
        column = sheet.columns[position]
        if column.type == "category":
            here = columns == position
            texts = table["category"].filter(pa.array(here)).combine_chunks()
            allowed = pa.array(column.categories, pa.string())
            numbers[here] = _numbers(pc.index_in(texts, value_set=allowed, skip_nulls=True))
    return numbers
