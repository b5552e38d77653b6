"""What the Snakefile and the commands share: settings from files, and where the workflow lies."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import re
from collections.abc import Iterable, Mapping, Sequence
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
    # Snakemake makes it absolute; a folder that is moved or copied keeps its results.
    path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return path, site, load_study(site.study)


LARGEST_READ = 64 << 20
"""Larger files are not read each time that the jobs are planned: size and time stand for them."""


def basis_of(files: Iterable[str | Path]) -> str:
    """Hash the content of `files`, and all of the software that makes results of them.

    Parameters
    ----------
    files
        Files that people bring, in a fixed order; one that is not there counts as such.

    Returns
    -------
    str
        Other text for other content, other code of ours, or other versions of our libraries.
    """
    digest = hashlib.sha256(_software().encode())
    for path in map(Path, files):
        digest.update(hashlib.sha256(_content(path)).digest())
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    """Return a file's content; of a large one, such as a genome, its size and time of change."""
    if not path.is_file():
        return b"absent"
    told = path.stat()
    if told.st_size > LARGEST_READ:
        return f"{told.st_size} bytes of {told.st_mtime_ns}".encode()
    return path.read_bytes()


@functools.cache
def _software() -> str:
    """Hash our own files by content, as a checkout changes without a new version number."""
    lines = []
    for package in ("drepano", "voxomics"):
        spec = importlib.util.find_spec(package)  # not imported: the engine takes seconds
        root = Path(str(spec.origin if spec else package)).parent
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                lines.append(f"{root.name}/{path.relative_to(root).as_posix()} {sha256}")
    needed = sorted(r for r in importlib.metadata.requires("drepano") or [] if "extra ==" not in r)
    lines += [_version(re.split(r"[^A-Za-z0-9._-]", requirement)[0]) for requirement in needed]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _version(name: str) -> str:
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{name} absent"


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
