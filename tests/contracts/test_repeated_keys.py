"""Keys of large tables: every repeat is seen, across chunks and whatever their values."""

import pyarrow as pa
import pytest

from drepano.contracts.column import optional, required
from drepano.contracts.table import Table
from drepano.errors import ContractError

TABLE = Table(
    "t",
    1,
    (required("a", "string", "x"), required("b", "string", "x"), optional("n", "integer", "x")),
    key=("a", "b"),
)


def rows(*pairs: str) -> pa.Table:
    return TABLE.from_rows([{"a": pair[0], "b": pair[1], "n": 1} for pair in pairs])


def test_pairs_that_share_parts_are_different():
    table = pa.concat_tables([rows("xy", "yx"), rows("xx", "zy"), rows("yy", "zx")])
    assert TABLE.check(table, "test").num_rows == 6


@pytest.mark.parametrize("chunks", [[("xy", "xy")], [("xy", "zz"), ("aa", "xy")]])
def test_a_repeat_within_or_across_chunks_is_counted(chunks):
    table = pa.concat_tables([rows(*chunk) for chunk in chunks])
    with pytest.raises(ContractError, match="1 repeated keys"):
        TABLE.check(table, "test")
