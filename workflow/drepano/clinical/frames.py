"""Data frames to tables of a contract."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from drepano.contracts import Table


def as_table(frame: pd.DataFrame, contract: Table) -> pa.Table:
    """Take the contract's columns out of `frame`; None and NaN become null."""
    arrays = [
        pa.array(frame[column.name].to_numpy(), column.arrow, from_pandas=True)
        for column in contract.columns
    ]
    return pa.Table.from_arrays(arrays, schema=contract.schema)
