"""What the Snakefile and the commands share: settings from files, and where the workflow lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import drepano
from drepano.errors import ConfigError
from drepano.settings import Site, Study, load_site, load_study, parse_site

DEFAULT_SITE = Path("config/site.yaml")


def load_settings(
    configfiles: Sequence[str | Path], config: Mapping[str, Any]
) -> tuple[Path, Site, Study]:
    """Load the site and its study for a Snakemake run.

    Parameters
    ----------
    configfiles
        Snakemake's `--configfile`: the site file, alone.
    config
        Snakemake's merged configuration; must not differ from the file.

    Raises
    ------
    ConfigError
        No site file, more than one, or values that do not stand in it: a value that stands in
        no file would be in no record of the run.
    """
    if len(configfiles) != 1:
        raise ConfigError.of(
            "snakemake --configfile",
            found=f"{len(configfiles)} files",
            expected="the site file",
            remedy="Run `snakemake --profile profiles/local --configfile config/site.yaml`, "
            "or `drepano run`.",
        )
    path = Path(configfiles[0])
    site = load_site(path)
    if parse_site(dict(config), "snakemake --config") != site:
        raise ConfigError.of(
            "snakemake --config",
            found="values that differ from the site file",
            expected="settings in files only",
            remedy=f"Write them into {path}, so that the run can be repeated.",
        )
    return path, site, load_study(site.study)


def workflow_folder() -> Path:
    """Return the folder that holds Snakefile, rules/, profiles/ and config/study.yaml."""
    folder = Path(drepano.__file__).resolve().parents[2]
    if not (folder / "Snakefile").exists():
        raise ConfigError.of(
            folder,
            found="no Snakefile",
            expected="drepano installed from its repository, in editable mode",
            remedy="Clone the repository and run `make install` in it.",
        )
    return folder
