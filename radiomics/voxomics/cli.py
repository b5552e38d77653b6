"""The command `voxomics`: a table of features, the self-test, and the warming of the cache."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from voxomics import cache
from voxomics.errors import EngineMissing, GridMismatch, ImageRefused, SettingsRefused
from voxomics.extraction import extract
from voxomics.filters.names import image_names
from voxomics.names import Settings, common_settings, image_types
from voxomics.output import FORMATS, write_table
from voxomics.parameters import read_parameters
from voxomics.selftest import Check, run_selftest, write_checks
from voxomics.versions import EngineName, engine_version
from voxomics.warm import warm as compile_kernels

_WIDE = 150
"""Columns of a table that goes into a file."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


class _WithDefault(click.Group):
    """A group whose first argument may be an image: `measure` is meant then."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in {"--help", "--version"}:
            args = ["measure", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_WithDefault, context_settings={"help_option_names": ["--help", "-h"]})
@click.version_option(engine_version().split()[1], prog_name="voxomics")
def main() -> None:
    """Radiomics of an image and its regions.

    `voxomics IMAGE MASK` measures; `voxomics measure --help` tells how.
    """


@main.command()
@click.argument("image", type=_EXISTING)
@click.argument("mask", type=_EXISTING)
@click.option("--param", type=_EXISTING, help="pyradiomics parameter file, YAML or JSON.")
@click.option("--out", type=_FILE, help="File to write: .csv, .json or .parquet; else CSV here.")
@click.option("--label", "labels", type=int, multiple=True, help="Label to measure; may repeat.")
@click.option("--engine", type=click.Choice(get_args(EngineName)), default="voxomics")
@click.option("--threads", type=click.IntRange(min=1), default=1, help="Images at a time.")
def measure(  # noqa: PLR0917 - one for each option
    image: Path,
    mask: Path,
    param: Path | None,
    out: Path | None,
    labels: tuple[int, ...],
    engine: EngineName,
    threads: int,
) -> None:
    """Measure every label of MASK on IMAGE.

    The exit code is 0 if every label was measured, 1 if a label was refused, 2 if nothing could
    be measured.
    """
    if out is not None and out.suffix.lower() not in FORMATS:
        raise click.BadParameter(f"one of {', '.join(FORMATS)}", param_hint="--out")
    console = Console(stderr=True)
    try:
        settings = read_parameters(param) if param else {}
        with _bar(console) as bar:
            task = bar.add_task("images", total=_count_images(settings))
            table = extract(
                image, mask, settings, labels or None, engine=engine, threads=threads,
                progress=lambda name: bar.update(task, advance=1, description=name),
            )  # fmt: skip
    except (EngineMissing, GridMismatch, ImageRefused, SettingsRefused) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    write_table(table, out, engine_version(engine))
    refused = table.attrs["refused"]
    for label, reason in refused.items():
        console.print(f"label {label}: {reason}", style="yellow", markup=False, soft_wrap=True)
    for label, reason in table.attrs["gaps"].items():
        console.print(f"label {label}: {reason}", style="yellow", markup=False, soft_wrap=True)
    sys.exit(2 if table.empty else int(bool(refused)))


def _count_images(settings: Settings) -> int | None:
    """Count the images that the settings make; None if they hold faults, which are told later."""
    try:
        common = common_settings(settings)
        kinds = image_types(settings).items()
        return sum(len(image_names(kind, common | own)) for kind, own in kinds)
    except (AttributeError, TypeError, ValueError):
        return None


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@main.command()
@click.option("--all", "everything", is_flag=True, help="Show every value, not misses alone.")
@click.option("--json", "as_json", is_flag=True, help="Print every value as JSON.")
def selftest(everything: bool, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Check this installation against the values that it carries.

    The exit code is 0 if every value is right, 1 if one is missed. Nothing is downloaded.
    """
    checks = run_selftest()
    if as_json:
        click.echo(write_checks(checks))
        sys.exit(0 if all(c.passed for c in checks) else 1)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    shown = [c for c in checks if everything or not c.passed or c.note]
    if shown:
        console.print(_told(shown))
    total, passed = Counter(c.group for c in checks), Counter(c.group for c in checks if c.passed)
    summary = Table("case", "values", "passed")
    for group, count in total.items():
        summary.add_row(group, str(count), str(passed[group]))
    console.print(summary)
    misses = sum(not c.passed for c in checks)
    console.print(f"{engine_version()}: {len(checks)} values, {misses} missed")
    sys.exit(1 if misses else 0)


def _told(checks: list[Check]) -> Table:
    feature = Column("feature", no_wrap=True, overflow="fold")
    table = Table("case", feature, "found", "expected", "tolerance", "")
    for c in checks:
        said = c.note or ("" if c.passed else "MISSED")
        numbers: list[Any] = [f"{v:.9g}" for v in (c.found, c.expected, c.tolerance)]
        table.add_row(c.group, c.feature, *numbers, said)
    return table


@main.command()
def warm() -> None:
    """Compile all kernels, so that processes that start together only load them.

    Once for each installation and kind of processor. They are kept in NUMBA_CACHE_DIR if it is
    set, else beside the installation, else in the user's cache.
    """
    start = time.monotonic()
    compile_kernels()
    click.echo(f"compiled kernels in {cache.folder()}: {time.monotonic() - start:.0f} s")
