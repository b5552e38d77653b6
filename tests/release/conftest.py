import gzip
import subprocess
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drepano.contracts import Column
from drepano.contracts.states import MATRIX_STATES
from drepano.matrix import dictionary, matrix_contract, quality
from drepano.release import Content, withhold
from drepano.settings import Gates, Release, Study

KEY = b"k" * 32

COLUMNS = [
    Column(name="t1w__grey__a", type="number", meaning="m", state_source="t1w__grey"),
    Column(name="t1w__grey__n", type="integer", meaning="m", state_source="t1w__grey"),
    Column(
        name="gen__hbb_rs334__dosage", type="number", meaning="m", state_source="gen__hbb_rs334"
    ),
    Column(
        name="clin__sex",
        type="category",
        meaning="m",
        state_source="clin__sex",
        categories=("female", "male"),
    ),
    Column(name="clin__hu", type="boolean", meaning="m", state_source="clin__hu"),
]

ROWS = [
    ("Adaeze", "20190102", 0.1 + 0.2, 3, 1.0, "female", True),
    ("Adaeze", "20210304", None, None, 1.0, "female", False),
    ("Bongani", "visit10", 1e-17, 0, None, None, True),
    ("Bongani", "visit2", -5e300, 2**53, None, None, None),
]
NAMES = ("Adaeze", "Bongani", "20190102", "20210304", "visit10", "visit2")
"""What no released file may hold."""


def study(**gates):
    return Study.model_validate(
        {
            "study": "scd",
            "version": "1.0.0",
            "clinical": {"columns": ["sex"]},
            "gates": gates,
        }
    )


def tables(rows=ROWS):
    """Return a matrix of these rows, and its states by the nulls in it."""
    contract = matrix_contract(COLUMNS)
    matrix = contract.from_rows([dict(zip(contract.names, row, strict=True)) for row in rows])
    states = []
    for row in matrix.to_pylist():
        for source in dict.fromkeys(c.state_source for c in COLUMNS):
            mine = [row[c.name] for c in COLUMNS if c.state_source == source]
            measured = mine[0] is not None
            said = ("measured", "") if measured else ("not_acquired", "not_recorded")
            states.append(
                {
                    "subject": row["subject"],
                    "session": row["session"],
                    "source": source,
                    "state": said[0],
                    "reason": said[1],
                }
            )
    order = [(name, "ascending") for name in ("subject", "session", "source")]
    return matrix, MATRIX_STATES.from_rows(states).sort_by(order)


def content(rows=ROWS, release=None, gates=None):
    matrix, states = withhold(*tables(rows), COLUMNS, release or Release(genotypes="released"))
    counted = quality(matrix, states, COLUMNS, gates or Gates())
    return Content(matrix, states, dictionary(study(), COLUMNS), counted)


def plain_bytes(path):
    """Return the bytes of a released file, those inside a compression too."""
    found = path.read_bytes()
    if path.suffix == ".gz":
        return found + gzip.decompress(found)
    if path.suffix == ".parquet":
        sink = pa.BufferOutputStream()
        table = pq.read_table(path)
        pq.write_table(table, sink, compression="none", use_dictionary=False)
        return found + sink.getvalue().to_pybytes() + str(pq.read_metadata(path)).encode()
    return found


@pytest.fixture(scope="session")
def small():
    """A small cohort and what turns it into a release."""
    return SimpleNamespace(
        key=KEY,
        columns=COLUMNS,
        rows=ROWS,
        names=NAMES,
        tables=tables,
        content=content,
        plain_bytes=plain_bytes,
    )


@pytest.fixture
def mounted(tmp_path):
    """Mount a tiny file system; skip where the machine does not allow it."""
    folders = []

    def mount(options):
        folder = tmp_path / "mounted"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"cannot mount a tmpfs: {done.stderr.strip()}")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", str(folder)], check=True)
