"""`drepano dicom`: DICOM to BIDS, before anything else of drepano."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from drepano.cli.options import FILE, FOLDER, OUTPUT

# The command imports its step when it runs: no other command needs pydicom.
# ruff: noqa: PLC0415


@click.command("dicom")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("bids", type=FOLDER)
@click.option("--mapping", "mapping_file", type=FILE, required=True, help="Series to BIDS names.")
@click.option("--subjects", "subjects_file", type=FILE, required=True, help="PatientID to label.")
@click.option("--unmapped", type=OUTPUT, help="Write patients without label, with their ids.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def dicom(
    *,
    source: Path,
    bids: Path,
    mapping_file: Path,
    subjects_file: Path,
    unmapped: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Convert a folder or archive of DICOM files to BIDS; only what is new.

    \b
    Exit codes: 0 all that was found is mapped and there
                2 something to mend, and listed; all the rest was converted
    Faces are not removed. See docs/dicom.md.
    """  # noqa: D301 - \b is click's mark for text that is not to be wrapped
    from drepano import dicom as step

    order = step.Order(
        source=source,
        bids=bids,
        mapping=step.load_mapping(mapping_file),
        subjects=step.read_subjects(subjects_file),
        dry_run=dry_run,
        unmapped=unmapped,
    )
    for warning in step.WARNINGS:
        click.echo(f"warning: {warning}", err=True)
    # A timer or scheduler that ends the command lets it tidy up, as Ctrl-C does.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = step.convert_source(order)
    finally:
        signal.signal(signal.SIGTERM, before)
    click.echo(step.as_json(report) if as_json else step.as_text(report))
    sys.exit(report.exit_code)


COMMANDS = (dicom,)
