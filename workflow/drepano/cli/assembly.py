"""The commands that join the steps' tables and seal the release."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq

from drepano.cli import options
from drepano.contracts import Column, Table, read_table, write_json, write_table
from drepano.contracts.declare import from_table
from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import MATRIX_STATES, STEP_STATES
from drepano.contracts.values import CLINICAL, COLUMNS, GENOMICS, IMAGING
from drepano.errors import ContractError
from drepano.settings import Study, load_site, load_study

# Commands import their step when they run.
# ruff: noqa: PLC0415

_KNOWN = {t.name: t for t in (SUBJECTS, COLUMNS, IMAGING, GENOMICS, CLINICAL, STEP_STATES)}

tables_argument = click.argument("tables", type=options.FILE, nargs=-1, required=True)


class _Given:
    """Tables that a command was given: each file tells by itself which table it is."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths: dict[str, list[Path]] = defaultdict(list)
        for path in paths:
            metadata = pq.read_schema(path).metadata or {}
            name = metadata.get(b"contract", b"").decode()
            if name not in _KNOWN:
                raise ContractError.of(
                    path,
                    found=f"contract {name!r}",
                    expected=f"one of {', '.join(_KNOWN)}",
                    remedy="Give the tables that the steps wrote.",
                )
            self._paths[name].append(path)

    def paths(self, table: Table) -> list[Path]:
        return self._paths[table.name]

    def joined(self, table: Table) -> pa.Table:
        """Return all files of a table as one, in the order in which they were given."""
        parts = [read_table(path, table) for path in self.paths(table)]
        return pa.concat_tables([table.empty(), *parts])

    def imaging_rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of imaging in pieces: so many need not be in memory."""
        from drepano.matrix import stream

        names = ["subject", "session", "column", "item", "value"]
        for path in self.paths(IMAGING):
            yield from stream(path, IMAGING, names)

    def columns(self) -> list[Column]:
        return from_table(self.joined(COLUMNS))


@click.command("join-matrix")
@tables_argument
@options.study_file
@click.option("--matrix", type=options.OUTPUT, required=True)
@options.states_out
@click.option("--dictionary", type=options.OUTPUT, required=True)
@click.option("--quality", type=options.OUTPUT, required=True)
def join_matrix(
    *,
    tables: tuple[Path, ...],
    study_file: Path,
    matrix: Path,
    states: Path,
    dictionary: Path,
    quality: Path,
) -> None:
    """Join the steps' TABLES: subjects, columns, values and states, in any order."""
    from drepano import matrix as step

    given = _Given(tables)
    study = load_study(study_file)
    columns = given.columns()
    joined = step.build_matrix(
        given.joined(SUBJECTS),
        columns,
        given.imaging_rows(),
        given.joined(GENOMICS),
        given.joined(CLINICAL),
        [read_table(path, STEP_STATES) for path in given.paths(STEP_STATES)],
    )
    write_table(matrix, joined.matrix, step.matrix_contract(columns))
    write_table(states, joined.states, MATRIX_STATES)
    write_json(dictionary, step.dictionary(study, columns))
    stable = _stability(study, joined.matrix, columns, given)
    write_json(quality, step.quality(joined.matrix, joined.states, columns, study.gates, stable))


@click.command("seal-release")
@tables_argument
@options.site_file
@options.study_file
@click.option("--matrix", type=options.FILE, required=True)
@click.option("--states", type=options.FILE, required=True)
@click.option("--dictionary", type=options.FILE, required=True)
@click.option("--releases", type=options.FOLDER, required=True, help="Folder of the releases.")
@click.option("--report", type=options.OUTPUT, required=True, help="Where it went, as JSON.")
def seal_release(  # noqa: PLR0913 - one option for each file of the rule
    *,
    tables: tuple[Path, ...],
    site_file: Path,
    study_file: Path,
    matrix: Path,
    states: Path,
    dictionary: Path,
    releases: Path,
    report: Path,
) -> None:
    """Put pseudonyms, seal, and move `latest` if every gate passed.

    TABLES are the declared columns and the long tables, which name the engines.
    """
    from drepano import release as step
    from drepano.matrix import matrix_contract, quality

    given = _Given(tables)
    site, study = load_site(site_file), load_study(study_file)
    columns = given.columns()
    wide = read_table(matrix, matrix_contract(columns))
    released, told = step.withhold(
        wide,
        read_table(states, MATRIX_STATES),
        columns,
        site.release,
    )
    content = step.Content(
        released,
        told,
        json.loads(dictionary.read_text(encoding="utf-8")),
        quality(released, told, columns, study.gates, _stability(study, wide, columns, given)),
    )
    sealed = step.seal(
        content,
        site=site.site,
        key=step.read_key(site.key_file),
        folder=releases,
        engines=_engines(given.paths(IMAGING)),
    )
    write_json(
        report,
        {
            "folder": str(sealed.folder),
            "version": sealed.version,
            "promoted": sealed.promoted,
            "failed_gates": sealed.failed_gates,
        },
    )


def _stability(
    study: Study, matrix: pa.Table, columns: list[Column], given: _Given
) -> dict[str, Any] | None:
    """Return how well perturbed features agree, or None if the study perturbs none."""
    from drepano.matrix import is_perturbed, stability

    if not is_perturbed(study):
        return None
    rows = matrix.select(["subject", "session"])
    return stability(rows, columns, given.imaging_rows(), study)


def _engines(paths: list[Path]) -> list[str]:
    """Return each engine that made a value, sorted."""
    found: set[str] = set()
    for path in paths:
        found |= set(pq.read_table(path, columns=["engine"])["engine"].unique().to_pylist())
    return sorted(found)


COMMANDS = (join_matrix, seal_release)
