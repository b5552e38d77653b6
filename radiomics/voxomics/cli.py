"""The command `voxomics`: a table of features, the self-test, and the warming of the cache."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

import click

from voxomics.errors import EngineMissing, GridMismatch, ImageRefused, SettingsRefused
from voxomics.filters.names import image_names
from voxomics.names import Settings, common_settings, image_types
from voxomics.output import check_target, write_table
from voxomics.parameters import read_parameters
from voxomics.versions import EngineName, engine_version

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from voxomics.selftest import Check

# Each command imports what it needs: help and faults in a parameter file are told at once.
# ruff: noqa: PLC0415

_WIDE = 150
"""Columns of a table that goes into a file."""

_MOST_LABELS = 100_000
"""Labels of one range, such as 1-99999; more are a slip."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Labels(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Labels and ranges of them, such as ``1,5,10-12``."""

    name = "labels"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> list[int]:
        found: list[int] = []
        for part in str(value).split(","):
            first, _, last = part.strip().partition("-")
            if not first.isdecimal() or (last and not last.isdecimal()):
                self.fail(f"{part.strip()!r} is no label and no range such as 10-12", param, ctx)
            low, high = int(first), int(last or first)
            if not low <= high < low + _MOST_LABELS:
                self.fail(f"{part.strip()!r} is empty or too long a range", param, ctx)
            found += range(low, high + 1)
        return found


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

    Measure with `voxomics IMAGE MASK --param FILE --out FILE.csv`, short for `voxomics measure`,
    whose help tells all options.
    """


@main.command()
@click.argument("image", type=_EXISTING)
@click.argument("mask", type=_EXISTING)
@click.option("--param", type=_EXISTING, help="pyradiomics parameter file, YAML or JSON.")
@click.option(
    "--out", type=_FILE, help="File to write: .csv, .json or .parquet; CSV to the screen if none."
)
@click.option(
    "--labels", "--label", "labels", type=_Labels(), multiple=True,
    help="Labels to measure, such as 1,5,10-12; may repeat. All but 0 if none.",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(get_args(EngineName)), default="voxomics", show_default=True
)
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True,
    help="Filtered images at a time; each takes memory. Values do not depend on it.",
)  # fmt: skip
def measure(  # noqa: PLR0917 - one for each option
    image: Path,
    mask: Path,
    param: Path | None,
    out: Path | None,
    labels: tuple[list[int], ...],
    engine: EngineName,
    threads: int,
) -> None:
    """Measure every label of MASK on IMAGE, a row for each.

    IMAGE and MASK are NIfTI, NRRD, MHA, MGZ or what else SimpleITK reads, on one grid.

    Labels that are refused are told with the reason, and cost no other its row. The exit code is
    0 if every label was measured, 1 if a label was refused, 2 if nothing could be measured.
    """
    from rich.console import Console

    console = Console(stderr=True)
    try:
        if out is not None:
            check_target(out)
        settings = read_parameters(param) if param else {}
        wanted = list(dict.fromkeys(label for some in labels for label in some))
        table = _measured(console, image, mask, settings, wanted, engine, threads)
        write_table(table, out, engine_version(engine))
    except (EngineMissing, GridMismatch, ImageRefused, SettingsRefused) as error:
        _stop(console, str(error))
    except OSError as error:
        _stop(console, f"{error.filename or out}: {error.strerror or error}")
    refused = table.attrs["refused"]
    for label, reason in refused.items():
        _tell(console, f"label {label}: {reason}")
    for label, reason in table.attrs["gaps"].items():
        _tell(console, f"label {label}: {reason}")
    sys.exit(2 if table.empty else int(bool(refused)))


def _measured(  # noqa: PLR0917 - as given
    console: Console,
    image: Path,
    mask: Path,
    settings: Settings,
    labels: list[int],
    engine: EngineName,
    threads: int,
) -> Any:  # noqa: ANN401 - a DataFrame
    """Measure with a progress bar, if a person looks on."""
    from voxomics.checks import check_settings
    from voxomics.extraction import extract
    from voxomics.images import as_image, as_mask

    if faults := check_settings(settings, engine=engine):
        raise SettingsRefused(faults)
    channel = (settings.get("setting") or {}).get("label_channel") or 0
    read = as_image(image), as_mask(mask, channel=channel)
    if _look_swapped(*read):
        hint = f"{mask.name} holds fractions and {image.name} does not: are they swapped?"
        _tell(console, hint)
    with _bar(console) as bar:
        task = bar.add_task("images", total=_count_images(settings))
        return extract(
            *read, settings, labels or None, engine=engine, threads=threads,
            progress=lambda name: bar.update(task, advance=1, description=name),
        )  # fmt: skip


def _look_swapped(image: Any, mask: Any) -> bool:  # noqa: ANN401 - SimpleITK's images
    """Tell whether the mask holds fractions of intensities, and the image whole numbers."""
    import numpy as np
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

    def fractions(given: sitk.Image) -> bool:
        voxels = sitk.GetArrayViewFromImage(given)
        if voxels.dtype.kind != "f":
            return False
        # Labels that were resampled or stored as floats are near whole numbers.
        inside = voxels[np.isfinite(voxels)]
        return bool((np.abs(inside - np.rint(inside)) > 0.01).any())

    return fractions(mask) and not fractions(image)


def _stop(console: Console, message: str) -> NoReturn:
    console.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(2)


def _tell(console: Console, message: str) -> None:
    console.print(message, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _count_images(settings: Settings) -> int | None:
    """Count the images that the settings make; None if they hold faults, which are told later."""
    try:
        common = common_settings(settings)
        kinds = image_types(settings).items()
        return sum(len(image_names(kind, common | own)) for kind, own in kinds)
    except (AttributeError, TypeError, ValueError):
        return None


def _bar(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

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
    from rich.console import Console
    from rich.table import Table

    from voxomics.selftest import run_selftest, write_checks

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
    from rich.table import Column, Table

    feature = Column("feature", no_wrap=True, overflow="fold")
    table = Table("case", feature, "found", "expected", "tolerance", "")
    for c in checks:
        said = c.note or ("" if c.passed else "MISSED")
        numbers: list[Any] = [f"{v:.9g}" for v in (c.found, c.expected, c.tolerance)]
        table.add_row(c.group, c.feature, *numbers, said)
    return table


@main.command()
@click.option("--processes", type=click.IntRange(min=1), help="As many as processors, up to 4.")
@click.option("--verbose", is_flag=True, help="Tell when each part is done.")
def warm(processes: int | None, verbose: bool) -> None:  # noqa: FBT001 - click's way
    """Compile all kernels once, about a minute.

    Once for each installation and type of processor, so that processes that start together only
    load them. They are kept in NUMBA_CACHE_DIR if it is set, else beside the installation, else in
    the user's cache.
    """
    from voxomics import cache
    from voxomics.warm import warm_all

    start = time.monotonic()
    for part in warm_all(processes):
        if verbose:
            click.echo(f"{part}: {time.monotonic() - start:.0f} s")
    click.echo(f"compiled kernels in {cache.folder()}: {time.monotonic() - start:.0f} s")
