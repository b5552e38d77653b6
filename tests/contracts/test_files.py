"""Tables are written whole or not at all, and come back as they were."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drepano.contracts import Column, Table, optional, read_table, required, write_json, write_table
from drepano.contracts.declare import from_table, to_table
from drepano.contracts.files import writing
from drepano.errors import ContractError, StorageError

TABLE = Table(
    "toy",
    3,
    (
        required("name", "string", "name; may be empty"),
        optional("note", "string", "free text"),
        optional("count", "integer", "a count"),
        Column(name="share", type="number", meaning="a share", minimum=0, maximum=1),
        Column(name="kind", type="category", categories=("a", "b"), meaning="a kind"),
    ),
    key=("name",),
)
ROWS = [
    {"name": "", "note": None, "count": 2, "share": 0.1, "kind": "a"},
    {"name": "x", "note": 'tab\t, "quote" and\nline', "count": None, "share": None, "kind": None},
]


@pytest.mark.parametrize("suffix", ["parquet", "tsv"])
def test_a_table_comes_back_as_it_was(tmp_path, suffix):
    path = tmp_path / f"toy.{suffix}"
    write_table(path, TABLE.from_rows(ROWS), TABLE)
    assert read_table(path, TABLE).to_pylist() == ROWS


@pytest.mark.parametrize("suffix", ["parquet", "tsv"])
def test_an_empty_table_comes_back_empty(tmp_path, suffix):
    path = tmp_path / f"toy.{suffix}"
    write_table(path, TABLE.empty(), TABLE)
    assert read_table(path, TABLE).to_pylist() == []


def test_equal_tables_have_equal_bytes(tmp_path):
    halves = pa.concat_tables([TABLE.from_rows(ROWS[:1]), TABLE.from_rows(ROWS[1:])])
    write_table(tmp_path / "a.parquet", TABLE.from_rows(ROWS), TABLE)
    write_table(tmp_path / "b.parquet", halves, TABLE)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "1 nulls; expected no null"),
        ({"share": 1.5}, "outside its limits; expected 0 to 1"),
        ({"share": -0.5}, "outside its limits"),
        ({"kind": "c"}, r"outside its categories; expected a \| b"),
        ({"name": "x"}, "1 repeated keys; expected one row per name"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    table = TABLE.from_rows(ROWS).to_pylist()
    table[0] |= change
    loose = pa.schema([pa.field(f.name, f.type) for f in TABLE.schema])
    with pytest.raises(ContractError, match=message):
        TABLE.check(pa.Table.from_pylist(table, schema=loose), "here")


def test_all_misfits_are_told_at_once():
    bad = [{**ROWS[0], "share": 7.0, "kind": "c"}, ROWS[1]]
    with pytest.raises(ContractError) as caught:
        TABLE.check(TABLE.from_rows(bad), "here")
    assert len(caught.value.faults) == 2


def test_missing_and_unknown_columns_are_named(tmp_path):
    with pytest.raises(ContractError, match=r"no column note.*\n.*unknown extra"):
        TABLE.check(
            TABLE.from_rows(ROWS).rename_columns(["name", "extra", "count", "share", "kind"]), "x"
        )


def test_another_version_is_refused(tmp_path):
    path = tmp_path / "toy.parquet"
    older = TABLE.from_rows(ROWS).replace_schema_metadata(
        {"contract": "toy", "contract_version": "2"}
    )
    pq.write_table(older, path)
    with pytest.raises(ContractError, match="toy v2; expected toy v3"):
        read_table(path, TABLE)


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(ContractError, match="no file; expected a toy table"):
        read_table(tmp_path / "none.parquet", TABLE)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_half() -> None:
        with writing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        write_half()
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]
    assert path.read_text() == "old"


def test_a_folder_that_is_a_file_is_no_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        write_json(tmp_path / "file" / "x.json", {})


def test_a_device_without_space_is_named(tmp_path):
    def fill() -> None:
        with writing(tmp_path / "x") as temporary:
            temporary.symlink_to("/dev/full")
            temporary.write_text("x" * 100_000)

    with pytest.raises(StorageError, match="no space left"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_declared_columns_come_back_as_they_were():
    columns = [column for column in TABLE.columns if not column.required]
    assert from_table(to_table(columns)) == columns
