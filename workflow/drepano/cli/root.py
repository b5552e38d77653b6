"""The command `drepano`: where commands meet, and how errors end."""

from __future__ import annotations

import logging
import sys

import click

from drepano import __version__
from drepano.cli import assembly, dicom, genomics, landmarks, people, steps
from drepano.cli.ending import tell_bug, tell_faults
from drepano.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_USER, DrepanoError


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


_ROOMS = (people, landmarks, dicom, steps, genomics, assembly)

for command in (command for room in _ROOMS for command in room.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line.

    Exit 2 for what the user can mend, 1 for our bugs, 130 for Ctrl-C; `drepano run` has more.
    """
    try:
        sys.exit(cli(standalone_mode=False))
    except DrepanoError as error:
        tell_faults(error)
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(EXIT_USER)
    except click.ClickException as error:
        tell_faults(_wrong_words(error))
        sys.exit(EXIT_USER)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except Exception:  # noqa: BLE001 - the last frame: anything here is a bug of ours
        # The message of an unforeseen exception may hold a value, so only its place is told.
        tell_bug()
        sys.exit(EXIT_BUG)


def _wrong_words(error: click.ClickException) -> DrepanoError:
    """Say in our four parts what is wrong with the words of a command."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "drepano"
    return DrepanoError.of(
        command,
        found=error.format_message(),
        expected="options and arguments that the command knows",
        remedy=f"`{command} --help` lists them.",
    )
