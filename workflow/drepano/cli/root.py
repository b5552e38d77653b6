"""The command `drepano`: where commands meet, and how errors end."""

from __future__ import annotations

import logging
import sys
import traceback

import click

from drepano import __version__
from drepano.cli import assembly, people, steps
from drepano.errors import EXIT_BUG, EXIT_USER, DrepanoError


class _InOrder(click.Group):
    """Lists its commands in the order in which they were added: people's first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="drepano")
@click.option("-v", "--verbose", is_flag=True, help="Tell more in the log.")
def cli(*, verbose: bool) -> None:
    """Turn a hospital's scans, VCFs and clinical tables into one sealed feature matrix.

    \b
    First steps:  drepano init    write config/site.yaml, config/study.yaml and a key
                  drepano check   list every problem of settings and data at once
                  drepano run     bring the release up to date
                  drepano status  show what is there
    """  # noqa: D301 - \b is click's mark for text that is not to be wrapped
    # No date: logs of a site must hold none, and Snakemake's own log tells the day.
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
        force=True,
    )
    logging.captureWarnings(capture=True)
    # It tells header oddities without the file's name; the index tells those that matter.
    logging.getLogger("nibabel.global").setLevel(logging.ERROR)


for command in (*people.COMMANDS, *steps.COMMANDS, *assembly.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line: exit 2 for what the user can mend, 1 for our bugs."""
    try:
        cli()
    except DrepanoError as error:
        for fault in error.faults:
            click.echo(f"error: {fault.where}", err=True)
            click.echo(f"  found:    {fault.found}", err=True)
            click.echo(f"  expected: {fault.expected}", err=True)
            click.echo(f"  to do:    {fault.remedy}", err=True)
        sys.exit(EXIT_USER)
    except Exception:  # noqa: BLE001 - the last frame: anything here is a bug of ours
        # The message of an unforeseen exception may hold a value, so only its place is told.
        _tell_bug()
        sys.exit(EXIT_BUG)


def _tell_bug() -> None:
    kind, error, trace = sys.exc_info()
    del error
    click.echo(f"bug: {kind.__name__ if kind else 'unknown'}, please report:", err=True)
    for line in traceback.format_tb(trace):
        click.echo(line.rstrip(), err=True)
