"""`drepano check`: every problem of settings, key, launcher and data, all at once."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from drepano.cli.foresight import foresee
from drepano.contracts.inventory import PROBLEMS
from drepano.errors import ConfigError, DrepanoError, Fault, InputError
from drepano.settings import Clinical, Genomics, Imaging, Site, Study, load_site, load_study

# Each check imports its step when it runs: a study without imaging needs no radiomics engine.
# ruff: noqa: PLC0415


def check_settings(site_file: Path) -> tuple[Site, Study]:
    """Load the settings and check what they name.

    Raises
    ------
    DrepanoError
        With the faults of every check, not of the first that failed.
    """
    site = load_site(site_file)
    study = load_study(site.study)
    faults: list[Fault] = []
    for test in _tests(site, study):
        try:
            test()
        except DrepanoError as error:
            faults.extend(_in_file(fault, site_file, site.study) for fault in error.faults)
    if faults:
        raise DrepanoError(*faults)
    return site, study


def _in_file(fault: Fault, site_file: Path, study_file: Path) -> Fault:
    """Name the file beside the key: a step knows its settings, not where they were read."""
    where = fault.where
    for start, file in (("site: ", site_file), ("study: ", study_file)):
        if where.startswith(start):
            where = f"{file}: {where.removeprefix(start)}"
    return dataclasses.replace(fault, where=where)


def _tests(site: Site, study: Study) -> list[Callable[[], object]]:
    from drepano.release import read_key

    tests: list[Callable[[], object]] = [lambda: read_key(site.key_file), _check_launcher]
    if study.imaging:
        imaging = study.imaging
        tests.append(lambda: _check_imaging(imaging))
    if study.genomics:
        genomics = study.genomics
        tests.append(lambda: _check_panels(genomics.panels, site))
        if genomics.interprets:
            tests.append(lambda: _check_genomics(genomics, site))
    if study.clinical:
        clinical = study.clinical
        tests.append(lambda: _check_clinical(clinical, site))
    return tests


def _check_imaging(imaging: Imaging) -> None:
    from drepano.imaging import check_settings as check

    with _below("study: "):
        check(imaging)


def _check_panels(names: tuple[str, ...], site: Site) -> None:
    from drepano.catalogue.panel import load_panels, require_build

    with _below("study: genomics.panels: "):
        panel = load_panels(names)
        if site.genomics:
            require_build(panel, site.genomics.build)


def _check_genomics(genomics: Genomics, site: Site) -> None:
    from drepano.catalogue.panel import load_panels
    from drepano.genomics import check_genomics

    try:
        load_panels(genomics.panels)
    except ConfigError:
        return  # told by the check of the panels
    check_genomics(genomics, site.genomics)


@contextlib.contextmanager
def _below(key: str) -> Iterator[None]:
    """Put the key of the settings before the place that each fault names."""
    try:
        yield
    except DrepanoError as error:
        raise DrepanoError(
            *(dataclasses.replace(f, where=f"{key}{f.where}") for f in error.faults)
        ) from error


def _check_clinical(clinical: Clinical, site: Site) -> None:
    from drepano.clinical import check_concepts

    check_concepts(clinical, site.clinical)


def _check_launcher() -> None:
    """Start two ranks: a launcher of another MPI starts two programs that are each alone."""
    folder = Path(sys.executable).parent
    mpiexec = shutil.which("mpiexec", path=f"{folder}:{folder}") or shutil.which("mpiexec")
    if mpiexec is None:
        return  # one rank works without
    program = "from mpi4py import MPI; print(MPI.COMM_WORLD.Get_size())"
    result = subprocess.run(
        [mpiexec, "-n", "2", sys.executable, "-m", "mpi4py", "-c", program],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    sizes = sorted("".join(result.stdout.split()))  # two programs may write into one line
    if result.returncode or sizes != ["2", "2"]:
        seen = " and ".join(sizes) or "no"
        raise DrepanoError.of(
            mpiexec,
            found=f"exit {result.returncode}, programs that see {seen} ranks",
            expected="two programs that each see two ranks",
            remedy="Use the mpiexec of the MPI library that mpi4py loads.",
        )


def data_problems(site: Site, study: Study, folder: Path, kept: Path) -> pa.Table:
    """Index the site's data, read its clinical tables, and look at the study against both.

    Parameters
    ----------
    site, study
        Settings that `check_settings` found sound.
    folder
        Where the index is written: aside, so that the workflow's own stays as it is.
    kept
        Fingerprints, shared with the workflow.

    Returns
    -------
    pyarrow.Table
        PROBLEMS: each once, errors first.
    """
    from drepano.contracts import read_table
    from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
    from drepano.index import build_index

    with _quiet():
        found = [build_index(site, folder, kept=kept)]
        subjects = read_table(folder / "subjects.parquet", SUBJECTS)
        bids_files = read_table(folder / "bids_files.parquet", BIDS_FILES)
        found.append(foresee(study, site, subjects, bids_files))
        if study.clinical:
            found.append(_clinical_problems(study.clinical, site, subjects))
    rows = {tuple(row.values()): row for table in found for row in table.to_pylist()}
    named = [_row_in_file(row, study_file=site.study) for row in rows.values()]
    return PROBLEMS.from_rows(sorted(named, key=lambda row: row["severity"] != "error"))


def _clinical_problems(clinical: Clinical, site: Site, subjects: pa.Table) -> pa.Table:
    from drepano.clinical import read_clinical

    try:
        return read_clinical(clinical, site.clinical, subjects).problems
    except InputError as error:
        return PROBLEMS.from_rows(
            [{"severity": "error"} | dataclasses.asdict(fault) for fault in error.faults]
        )


def _row_in_file(row: dict[str, object], study_file: Path) -> dict[str, object]:
    where = str(row["where"])
    key = where.removeprefix("study: ")
    return row | {"where": where if key == where else f"{study_file}: {key}"}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what steps log on their way: the list of problems says it all."""
    log = logging.getLogger("drepano")
    before = log.level
    if logging.getLogger().level > logging.DEBUG:  # `drepano -v` asked for more
        log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)
