"""The commands that join the steps' tables and seal the release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq

from drepano.cli import options
from drepano.cli.given import Given, tables_argument
from drepano.contracts import Column, read_table, write_json, write_table
from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import MATRIX_STATES, STEP_STATES
from drepano.contracts.values import CLINICAL, GENOMICS, IMAGING, INTERPRETATION
from drepano.settings import Study, load_site, load_study

# Commands import their step when they run.
# ruff: noqa: PLC0415


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

    given = Given(tables)
    study = load_study(study_file)
    columns = given.columns()
    joined = step.build_matrix(
        given.joined(SUBJECTS),
        columns,
        given.imaging_rows(),
        given.joined(GENOMICS),
        given.joined(CLINICAL),
        [read_table(path, STEP_STATES) for path in given.paths(STEP_STATES)],
        study.gates.quality,
        interpretation=given.joined(INTERPRETATION),
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

    given = Given(tables)
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
    study: Study, matrix: pa.Table, columns: list[Column], given: Given
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
