"""The commands of genomics that rules call: plans, and what follows from calls and sums."""

from __future__ import annotations

from pathlib import Path

import click

from drepano.cli import options
from drepano.cli.given import Given, tables_argument
from drepano.contracts import read_table, write_table
from drepano.contracts.declare import to_table
from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES, SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import (
    CLINICAL,
    COLUMNS,
    GENOME_SUMS,
    GENOMICS,
    INTERPRETATION,
    SCORE_MATCHES,
)
from drepano.ranks import write_plan
from drepano.settings import load_site, load_study

# Commands import their step when they run.
# ruff: noqa: PLC0415


@click.command("plan-genomics")
@options.site_file
@options.study_file
@options.subjects_file
@click.option("--files", type=options.FILE, required=True, help="Index: VCFs.")
@click.option("--samples", type=options.FILE, required=True, help="Index: samples of the VCFs.")
@options.shards
@options.folder
@options.columns_out
def plan_genomics(  # noqa: PLR0913 - one option for each file of the rule
    *,
    site_file: Path,
    study_file: Path,
    subjects_file: Path,
    files: Path,
    samples: Path,
    shards: int,
    folder: Path,
    columns: Path,
) -> None:
    """Assign panel variants to the VCFs that hold them: units in shards."""
    from drepano import genomics

    settings = load_study(study_file).genomics
    plan = genomics.plan(
        settings,
        load_site(site_file).genomics,
        read_table(subjects_file, SUBJECTS),
        read_table(files, GENOME_FILES),
        read_table(samples, GENOME_SAMPLES),
    )
    write_plan(plan, folder, shards=shards)
    declared = genomics.declare_columns(settings) if settings else []
    write_table(columns, to_table(declared), COLUMNS)


@click.command("plan-scan")
@tables_argument
@options.site_file
@options.study_file
@options.shards
@options.folder
def plan_scan(
    *, tables: tuple[Path, ...], site_file: Path, study_file: Path, shards: int, folder: Path
) -> None:
    """Cut the VCFs into pieces to pass over: units in shards. TABLES are those of the index."""
    from drepano import genomics

    given = Given(tables)
    plan = genomics.plan_scan(
        load_study(study_file).genomics,
        load_site(site_file).genomics,
        given.joined(SUBJECTS),
        given.joined(GENOME_FILES),
        given.joined(GENOME_SAMPLES),
    )
    write_plan(plan, folder, shards=shards)


@click.command("interpret-genomics")
@tables_argument
@options.site_file
@options.study_file
@click.option("--calls", type=options.FILE, required=True, help="Calls of the panel.")
@click.option("--call-states", type=options.FILE, required=True, help="Why calls are not there.")
@options.values_out
@options.states_out
@options.columns_out
@click.option("--score-matches", type=options.OUTPUT, required=True, help="Variants of scores.")
def interpret_genomics(  # noqa: PLR0913 - one option for each file of the rule
    *,
    tables: tuple[Path, ...],
    site_file: Path,
    study_file: Path,
    calls: Path,
    call_states: Path,
    values: Path,
    states: Path,
    columns: Path,
    score_matches: Path,
) -> None:
    """Conclude genotypes, scores and the like.

    TABLES: subjects; clinical values, and sums over whole files with their states, if any.
    """
    from drepano import genomics

    given, study = Given(tables), load_study(study_file)
    declared = genomics.declare_interpretation(study.genomics)
    write_table(columns, to_table(declared), COLUMNS)
    concluded = INTERPRETATION.empty(), STEP_STATES.empty()
    matches = SCORE_MATCHES.empty()
    if study.genomics is not None:
        evidence = genomics.evidence_of(
            given.joined(SUBJECTS),
            load_site(site_file).genomics,
            genomics.Long(read_table(calls, GENOMICS), read_table(call_states, STEP_STATES)),
            genomics.Long(given.joined(GENOME_SUMS), given.joined(STEP_STATES)),
            given.joined(CLINICAL),
        )
        concluded = genomics.interpret(study.genomics, evidence)
        matches = genomics.score_matches(study.genomics, evidence)
    write_table(values, concluded[0], INTERPRETATION)
    write_table(states, concluded[1], STEP_STATES)
    write_table(score_matches, matches, SCORE_MATCHES)


@click.command("warm")
def warm_kernels() -> None:
    """Compile the kernels that read VCFs, before many processes start at once."""
    from drepano.genomics.reading.warm import warm

    click.echo(f"{warm()} kernels of genomics are compiled")


COMMANDS = (warm_kernels, plan_genomics, plan_scan, interpret_genomics)
