"""Options that more than one command has, declared once."""

from __future__ import annotations

from pathlib import Path

import click

from drepano.cli.front import DEFAULT_SITE

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)

site_option = click.option(
    "--site",
    "site_file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_SITE,
    show_default=True,
    help="Site file.",
)
"""The site file of the present folder, for commands of people."""

site_file = click.option("--site", "site_file", type=FILE, required=True, help="Site file.")
study_file = click.option("--study", "study_file", type=FILE, required=True, help="Study file.")
subjects_file = click.option(
    "--subjects", "subjects_file", type=FILE, required=True, help="Index: subjects and sessions."
)
values_out = click.option("--values", type=OUTPUT, required=True, help="Long table of values.")
states_out = click.option("--states", type=OUTPUT, required=True, help="States of what has none.")
columns_out = click.option(
    "--columns", type=OUTPUT, required=True, help="Declaration of the matrix columns."
)
shards = click.option("--shards", type=click.IntRange(1), required=True, help="Number of shards.")
store = click.option("--store", type=FOLDER, required=True, help="Where finished units are kept.")
folder = click.option("--folder", type=FOLDER, required=True, help="Folder of the tables.")
