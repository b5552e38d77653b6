"""Parts: what does not fit, and what is cleared away."""

import pyarrow as pa
import pytest

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import IMAGING
from drepano.errors import InputError
from drepano.ranks.parts import PartStore, concatenate, to_part
from drepano.ranks.unit import UnitResult


def test_too_much_text_in_a_shard_is_told_with_what_to_do():
    names = [f"{number:0200d}" for number in range(100_000)]
    count = len(names)
    texts = {"subject": "s", "session": "", "engine": "e", "key": "k"}
    numbers = {"item": 0, "value": 0.0}
    filled = {name: [value] * count for name, value in (texts | numbers).items()}
    columns = [(filled | {"column": names})[name] for name in IMAGING.names]
    values = pa.table([pa.array(column) for column in columns], schema=IMAGING.schema)
    part = to_part("key", UnitResult(values, STEP_STATES.empty()), IMAGING)
    with pytest.raises(InputError, match=r"110 units with more than 2 GiB.*Raise `shards`"):
        concatenate([part] * 110, IMAGING)


def test_pruning_removes_what_killed_processes_left_half_written(tmp_path):
    store = PartStore(tmp_path, IMAGING)
    half = store.part_path("a").with_name(".a.parquet.123.tmp")
    pack = store.pack_path(0, 2)
    for path in (half, store.part_path("b"), pack, store.pack_path(0, 3)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    store.prune(2)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [pack]
