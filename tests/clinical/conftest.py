"""Clinical tables as a site delivers them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from drepano.clinical import ClinicalTables, read_clinical
from drepano.contracts.inventory import PROBLEMS, SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import CLINICAL
from drepano.settings import Clinical, ClinicalSource


@dataclass(frozen=True)
class Outcome:
    """The three tables as plain look-ups."""

    tables: ClinicalTables

    @property
    def values(self) -> dict[tuple[str, str, str], object]:
        return {
            (r["subject"], r["session"], r["column"]): r["number"]
            if r["category"] is None
            else r["category"]
            for r in self.tables.values.to_pylist()
        }

    @property
    def states(self) -> dict[tuple[str, str, str], tuple[str, str]]:
        return {
            (r["subject"], r["session"], r["source"].removeprefix("clin__")): (
                r["state"],
                r["reason"],
            )
            for r in self.tables.states.to_pylist()
        }

    @property
    def problems(self) -> list[dict[str, str]]:
        return self.tables.problems.to_pylist()


def _subjects(pairs: tuple[tuple[str, str], ...]) -> pa.Table:
    flags = {"imaging": True, "genomics": False, "clinical": True}
    return SUBJECTS.from_rows([{"subject": s, "session": e, **flags} for s, e in pairs])


@pytest.fixture
def write(tmp_path) -> Callable[..., Path]:
    """Write a text table, in any encoding."""

    def _write(text: str, name: str = "clinic.tsv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return _write


@pytest.fixture
def read_all() -> Callable[..., Outcome]:
    """Read sources, and check what comes out against the contracts."""

    def _read(
        sources: list[dict[str, object]],
        concepts: tuple[str, ...],
        pairs: tuple[tuple[str, str], ...] = (("01", ""),),
    ) -> Outcome:
        models = tuple(ClinicalSource.model_validate(s) for s in sources)
        tables = read_clinical(Clinical(columns=concepts), models, _subjects(pairs))
        CLINICAL.check(tables.values, "values")
        STEP_STATES.check(tables.states, "states")
        PROBLEMS.check(tables.problems, "problems")
        outcome = Outcome(tables)
        told = [*outcome.values, *outcome.states]
        assert len(told) == len(set(told))  # one answer per subject, session and concept
        assert {(s, e) for s, e, _ in told} >= set(pairs)
        return outcome

    return _read


@pytest.fixture
def read(write, read_all) -> Callable[..., Outcome]:
    """Read one table with the mapped columns."""

    def _read(
        text: str,
        columns: dict[str, dict[str, object]],
        *,
        pairs: tuple[tuple[str, str], ...] = (("01", ""),),
        name: str = "clinic.tsv",
        encoding: str = "utf-8",
        **settings: object,
    ) -> Outcome:
        path = write(text, name, encoding)
        source = {"path": path, "columns": columns, **settings}
        return read_all([source], tuple(columns), pairs)

    return _read
