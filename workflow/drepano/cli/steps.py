"""The commands that rules call: read files that exist, write one described table."""

from __future__ import annotations

from pathlib import Path

import click

from drepano.cli import options
from drepano.cli.given import Given, tables_argument
from drepano.contracts import read_table, write_table
from drepano.contracts.declare import to_table
from drepano.contracts.inventory import (
    BIDS_FILES,
    PREPARED,
    PROBLEMS,
    SUBJECTS,
)
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import (
    CLINICAL,
    COLUMNS,
    GENOME_SUMS,
    GENOMICS,
    IMAGING,
)
from drepano.ranks import (
    GatherFiles,
    ShardFiles,
    StepSpec,
    connect,
    gather,
    run_shard,
    write_plan,
)
from drepano.settings import Site, Study, load_site, load_study

# Commands import their step when they run: `drepano status` needs no radiomics engine.
# ruff: noqa: PLC0415

STEPS = {
    "preparation": PREPARED,
    "imaging": IMAGING,
    "genomics": GENOMICS,
    "scan": GENOME_SUMS,
}
"""Steps that are computed on ranks, and the table that each writes."""

DERIVATIVES = Path("results/derivatives/drepano")
"""Where prepared images go: a BIDS derivative dataset."""

step = click.argument("step", type=click.Choice(list(STEPS)))


@click.command("index")
@options.site_file
@options.folder
@click.option("--kept", type=options.OUTPUT, required=True, help="Fingerprints, kept for reuse.")
def index_inputs(*, site_file: Path, folder: Path, kept: Path) -> None:
    """List what the site has, headers only, and every problem of it."""
    from drepano.index import build_index

    build_index(load_site(site_file), folder, kept=kept)


@click.command("plan-preparation")
@tables_argument
@options.study_file
@options.shards
@options.folder
def plan_preparation(
    *, tables: tuple[Path, ...], study_file: Path, shards: int, folder: Path
) -> None:
    """Collect the scans of each session: units in shards. TABLES are those of the index."""
    from drepano.imaging.preparation.dataset import write_dataset
    from drepano.imaging.preparation.plan import plan_preparation as plan_of

    given, settings = Given(tables), load_study(study_file).imaging
    plan = plan_of(settings, given.joined(SUBJECTS), given.joined(BIDS_FILES))
    write_plan(plan, folder, shards=shards)
    if settings is not None and settings.prepare is not None:
        write_dataset(DERIVATIVES, settings.prepare)


@click.command("plan-imaging")
@tables_argument
@options.study_file
@options.shards
@options.folder
@options.columns_out
def plan_imaging(
    *, tables: tuple[Path, ...], study_file: Path, shards: int, folder: Path, columns: Path
) -> None:
    """Pair scans with regions: units in shards.

    TABLES are those of the index, the prepared images and the clinical values, in any order.
    """
    from drepano import imaging

    given, settings = Given(tables), load_study(study_file).imaging
    plan = imaging.plan(
        settings,
        given.joined(SUBJECTS),
        given.joined(BIDS_FILES),
        given.joined(PREPARED),
        given.joined(CLINICAL),
    )
    write_plan(plan, folder, shards=shards)
    declared = imaging.declare_columns(settings) if settings else []
    write_table(columns, to_table(declared), COLUMNS)


def _spec(name: str, site: Site, study: Study) -> StepSpec:
    """Tell worker processes how they get at a step."""
    if name == "preparation":
        return _preparation(study)
    contract = f"drepano.contracts.values:{STEPS[name].name.upper()}"
    if name == "imaging":
        context = study.imaging.model_dump_json() if study.imaging else "null"
        return StepSpec("drepano.imaging:Extraction", contract, context)
    from drepano.genomics import context_of

    context = context_of(study.genomics, site.genomics) if study.genomics else "null"
    calculation = {"genomics": "Genotyping", "scan": "Scanning"}[name]
    return StepSpec(f"drepano.genomics:{calculation}", contract, context)


def _preparation(study: Study) -> StepSpec:
    from drepano.imaging.preparation.unit import context_of

    settings = study.imaging.prepare if study.imaging else None
    context = context_of(settings, DERIVATIVES) if settings else "null"
    return StepSpec(
        "drepano.imaging.preparation.unit:PreparationUnits",
        "drepano.contracts.inventory:PREPARED",
        context,
        intact="drepano.imaging.preparation.writer:all_there",
    )


@click.command("compute")
@step
@click.option("--ranks", type=click.IntRange(1), default=1, show_default=True, help="MPI ranks.")
@options.site_file
@options.study_file
@click.option("--units", type=options.FILE, required=True, help="Units of the shard.")
@click.option("--shard", type=click.IntRange(0), required=True, help="Number of the shard.")
@options.shards
@options.store
@click.option("--time-limit", type=float, required=True, help="Longest time of a unit, s.")
@options.values_out
@options.states_out
@click.option("--outcomes", type=options.OUTPUT, required=True, help="What became of each unit.")
def compute(  # noqa: PLR0913 - one option for each file of the rule
    *,
    step: str,
    ranks: int,
    site_file: Path,
    study_file: Path,
    units: Path,
    shard: int,
    shards: int,
    store: Path,
    time_limit: float,
    values: Path,
    states: Path,
    outcomes: Path,
) -> None:
    """Compute a shard's units on all ranks; with `--ranks` over 1 start it by mpiexec."""
    run_shard(
        ShardFiles(units, store, values, states, outcomes),
        _spec(step, load_site(site_file), load_study(study_file)),
        connect(ranks),
        shard=(shard, shards),
        time_limit_s=time_limit,
    )


@click.command("gather")
@step
@options.study_file
@options.shards
@options.store
@click.option("--folder", type=options.FOLDER, required=True, help="Folder of the shards' tables.")
@click.option("--planned-states", type=options.FILE, required=True, help="States of the plan.")
@options.values_out
@options.states_out
@click.option("--failures", type=options.OUTPUT, required=True, help="Failures, for people.")
def gather_step(  # noqa: PLR0913 - one option for each file of the rule
    *,
    step: str,
    study_file: Path,
    shards: int,
    store: Path,
    folder: Path,
    planned_states: Path,
    values: Path,
    states: Path,
    failures: Path,
) -> None:
    """Join the shards of a step."""

    def paths(kind: str) -> list[Path]:
        return [folder / f"{shard}.{kind}.parquet" for shard in range(shards)]

    files = GatherFiles(
        paths("values"),
        paths("states"),
        paths("outcomes"),
        planned_states,
        store,
        values,
        states,
        failures,
    )
    settings = load_study(study_file).step(step)
    limit = getattr(settings, "max_failed_fraction", 1.0)
    gather(files, STEPS[step], step=step, shards=shards, max_failed_fraction=limit)


@click.command("read-clinical")
@options.site_file
@options.study_file
@options.subjects_file
@options.values_out
@options.states_out
@click.option("--problems", type=options.OUTPUT, required=True, help="Problems, for people.")
@options.columns_out
def read_clinical(
    *,
    site_file: Path,
    study_file: Path,
    subjects_file: Path,
    values: Path,
    states: Path,
    problems: Path,
    columns: Path,
) -> None:
    """Read clinical tables into typed values in stated units."""
    from drepano import clinical

    settings = load_study(study_file).clinical
    declared = clinical.declare_columns(settings) if settings else []
    write_table(columns, to_table(declared), COLUMNS)
    if settings is None:
        tables = CLINICAL.empty(), STEP_STATES.empty(), PROBLEMS.empty()
    else:
        subjects = read_table(subjects_file, SUBJECTS)
        read = clinical.read_clinical(settings, load_site(site_file).clinical, subjects)
        tables = read.values, read.states, read.problems
    for path, table, contract in zip(
        (values, states, problems), tables, (CLINICAL, STEP_STATES, PROBLEMS), strict=True
    ):
        write_table(path, table, contract)


COMMANDS = (
    index_inputs,
    plan_preparation,
    plan_imaging,
    compute,
    gather_step,
    read_clinical,
)
