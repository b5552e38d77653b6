"""The command that learns what a study's normalisation needs."""

from __future__ import annotations

from pathlib import Path

import click

from drepano.cli.options import site_option
from drepano.contracts import read_table
from drepano.contracts.inventory import BIDS_FILES, PREPARED
from drepano.errors import ConfigError
from drepano.settings import load_site, load_study

# The command imports its step when it runs.
# ruff: noqa: PLC0415

_INDEX = Path("results/index/bids_files.parquet")
_PREPARED = Path("results/preparation.parquet")


@click.command("landmarks")
@site_option
@click.argument("scan")
def learn_landmarks(*, site_file: Path, scan: str) -> None:
    """Learn Nyul's landmarks of a prepared SCAN from this site, as YAML for the study.

    Run once with the scan's `normalise` null. The landmarks then hold for every site.
    """
    from drepano.imaging.preparation.learning import learn_landmarks as learn

    study = load_site(site_file).study
    imaging = load_study(study).imaging
    if imaging is None or imaging.prepare is None:
        raise ConfigError.of(
            study,
            found="no imaging.prepare",
            expected="a study that prepares scans",
            remedy="Add imaging.prepare (docs/preparation.md).",
        )
    found = learn(
        imaging.prepare,
        scan,
        read_table(_INDEX, BIDS_FILES),
        read_table(_PREPARED, PREPARED),
    )
    listed = ", ".join(f"{percentile:g}: {value:.6g}" for percentile, value in found.items())
    click.echo(f"normalise: {{method: nyul, landmarks: {{{listed}}}}}")


COMMANDS = (learn_landmarks,)
