"""The commands for people: init, check, run, status, synthetic, schemas."""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path

import click

from drepano.cli import check as checks
from drepano.cli import ending, front, init, run, verdict
from drepano.cli.ending import Ending
from drepano.cli.options import FILE, FOLDER, OUTPUT, site_option
from drepano.cli.reasons import computed, reasons
from drepano.errors import EXIT_INTERRUPTED, EXIT_USER, DrepanoError
from drepano.settings import load_site, load_study
from drepano.settings.schemas import export_schemas
from drepano.status import Status

# Commands import their step when they run: `drepano status` needs no radiomics engine.
# ruff: noqa: PLC0415

RESULTS = Path("results")
RELEASES = Path("releases")
RULES_ON_RANKS = {
    "preparation": "prepare_imaging",
    "imaging": "extract_imaging",
    "genomics": "call_genomics",
    "scan": "scan_genomes",
}
_DRY_RUN = re.compile(r"--dry-?run|-[a-zA-Z]*n[a-zA-Z]*")


@click.command("init")
@click.option("--name", default="my_hospital", show_default=True, help="Name of the site.")
@click.option("--bids", default="", help="Root of the BIDS dataset.")
@click.option("--vcf", default="", help="Path or pattern of the VCFs.")
@click.option("--build", type=click.Choice(["GRCh37", "GRCh38"]), default="GRCh38")
@click.option("--clinical", type=FILE, help="Clinical table; its known columns are listed.")
def init_site(*, name: str, bids: str, vcf: str, build: str, clinical: Path | None) -> None:
    """Write config/site.yaml, config/study.yaml and the pseudonym key, where absent."""
    written = init.write_site(Path(), name=name, bids=bids, vcf=vcf, build=build, clinical=clinical)
    for path in written:
        click.echo(f"wrote {path}")
    if not written:
        click.echo("config/ is complete already; nothing written")
    click.echo("next: edit config/site.yaml, then `drepano check`")


@click.command("check")
@site_option
@click.option("--json", "as_json", is_flag=True, help="For machines: JSON, with counts.")
def check(*, site_file: Path, as_json: bool) -> None:
    """List every problem of settings, key, launcher and data at once; exit 2 if one is an error."""
    site, study = checks.check_settings(site_file)
    problems = checks.data_problems(
        site, study, RESULTS / "check", RESULTS / "kept" / "fingerprints.parquet"
    )
    click.echo(verdict.as_json(problems) if as_json else verdict.as_text(problems))
    sys.exit(EXIT_USER if verdict.errors_in(problems) else 0)


@click.command("run", context_settings={"ignore_unknown_options": True})
@site_option
@click.option("--profile", default="local", show_default=True, help="Name or path of a profile.")
@click.argument("snakemake_arguments", nargs=-1, type=click.UNPROCESSED)
def run_workflow(*, site_file: Path, profile: str, snakemake_arguments: tuple[str, ...]) -> None:
    """Bring the release up to date; further arguments go to Snakemake.

    \b
    Exit codes: 0 the release is the latest    3 a gate kept it from becoming the latest
                1 a bug, please report         4 another run is under way
                2 something to mend          130 interrupted
    The last line tells the rest, on both streams if the code is not 0.
    """  # noqa: D301 - \b is click's mark for text that is not to be wrapped
    try:
        ended = _run(site_file, profile, snakemake_arguments)
    except DrepanoError as error:
        ending.tell_faults(error)
        ended = ending.of_error(error)
    except KeyboardInterrupt:
        ended = ending.INTERRUPTED
    except Exception:  # noqa: BLE001 - a bug of ours, and the last line is owed all the same
        ended = ending.tell_bug()
    ended.tell(_name_of(site_file))


def _name_of(site_file: Path) -> str:
    """Return the site's name; empty if its file cannot be read."""
    try:
        return load_site(site_file).site
    except DrepanoError:
        return ""


def _run(site_file: Path, profile: str, arguments: tuple[str, ...]) -> Ending:
    checks.check_settings(site_file)
    run.check_folders()
    path = run.profile_path(profile)
    begun = time.time()
    with run.only_run() as lock:
        code = run.snakemake(site_file, path, arguments, lock)
    if code == EXIT_INTERRUPTED:
        return ending.INTERRUPTED
    if code:
        told = reasons(begun)
        for reason in told:
            click.echo(f"\n{reason}", err=True)
        return ending.of_reasons(told)
    if any(_DRY_RUN.fullmatch(argument) for argument in arguments):
        return Ending(0, "dry run: nothing was changed")
    return _tell_all(site_file, begun)


def _tell_all(site_file: Path, begun: float) -> Ending:
    """Show the status and what of it is new."""
    from drepano import status

    found = _status_of(site_file)
    click.echo(status.render(found, width=_width()))
    for step in found.steps:
        new = computed(begun, RULES_ON_RANKS[step.step])
        kept = status.count_of(step.planned, step.noun)
        click.echo(f"this run  {step.step}: {kept}, {step.planned - new} kept, {new} computed")
    return ending.of_status(found, str(RELEASES / found.site / "latest"))


def _status_of(site_file: Path) -> Status:
    from drepano import status

    site = load_site(site_file)
    asked = _steps_of(site.study)
    return status.status(RESULTS, RELEASES, site.site, asked=asked, running=run.under_way())


def _width() -> int | None:
    """Return the width of the terminal; None if there is none, where no line is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _steps_of(study_file: Path) -> tuple[str, ...] | None:
    """Return the steps of a study; None if it cannot be read, which hides nothing else."""
    from drepano.status import ALL_STEPS

    try:
        study = load_study(study_file)
    except DrepanoError:
        return None
    return tuple(step for step in ALL_STEPS if study.step(step) is not None)


@click.command("status")
@site_option
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show_status(*, site_file: Path, as_json: bool) -> None:
    """Show what is there: index, units, failures, the latest release."""
    from drepano import status

    found = _status_of(site_file)
    click.echo(status.as_json(found) if as_json else status.render(found, width=_width()))


@click.command("synthetic")
@click.argument("folder", type=FOLDER)
@click.option("--subjects", type=click.IntRange(1), default=12, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--voxel-mm", type=click.FloatRange(2, 12), default=3.0, show_default=True)
@click.option("--raw", is_flag=True, help="Raw scans alone, moved, of further modalities.")
@click.option("--quiet", is_flag=True, help="Do not tell what to type next.")
def synthetic(
    *, folder: Path, subjects: int, seed: int, voxel_mm: float, raw: bool, quiet: bool
) -> None:
    """Make a cohort that never had a patient, with its truth, ready for `drepano run`."""
    from drepano.synthetic import make_cohort

    study = front.workflow_folder() / "config" / ("study_raw.yaml" if raw else "study.yaml")
    make_cohort(folder, subjects=subjects, seed=seed, voxel_mm=voxel_mm, study=study, raw=raw)
    click.echo(f"cohort of {subjects} subjects in {folder}; truth in {folder / 'truth'}")
    if not quiet:
        click.echo(f"next: cd {folder} && drepano run")


@click.command("schemas")
@click.argument("folder", type=FOLDER, default=Path("config/schemas"))
@click.option("--page", type=OUTPUT, default=Path("docs/settings.md"), show_default=True)
def schemas(*, folder: Path, page: Path) -> None:
    """Write the JSON Schemas of study.yaml and site.yaml for editors, and the settings page."""
    for path in export_schemas(folder, page):
        click.echo(f"wrote {path}")


COMMANDS = (init_site, check, run_workflow, show_status, synthetic, schemas)
