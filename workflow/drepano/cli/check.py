"""`drepano check`: every problem of settings, key, launcher and data, all at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from drepano.contracts.inventory import PROBLEMS
from drepano.errors import DrepanoError, Fault
from drepano.settings import Site, Study, load_site, load_study

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
            faults.extend(error.faults)
    if faults:
        raise DrepanoError(*faults)
    return site, study


def _tests(site: Site, study: Study) -> list[Callable[[], object]]:
    from drepano.release import read_key

    tests: list[Callable[[], object]] = [lambda: read_key(site.key_file), _check_launcher]
    if study.imaging:
        imaging = study.imaging
        tests.append(lambda: _check_imaging(imaging))
    if study.genomics:
        genomics = study.genomics
        tests.append(lambda: _check_panels(genomics.panels, site))
    if study.clinical:
        clinical = study.clinical
        tests.append(lambda: _check_clinical(clinical, site))
    return tests


def _check_imaging(imaging: object) -> None:
    from drepano.imaging import check_settings as check

    check(imaging)  # type: ignore[arg-type]


def _check_panels(names: tuple[str, ...], site: Site) -> None:
    from drepano.catalogue.panel import load_panels, require_build

    panel = load_panels(names)
    if site.genomics:
        require_build(panel, site.genomics.build)


def _check_clinical(clinical: object, site: Site) -> None:
    from drepano.clinical import check_concepts

    check_concepts(clinical, site.clinical)  # type: ignore[arg-type]


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
    """Index the site's data and read its clinical tables; return every problem.

    Parameters
    ----------
    folder
        Where the index is written: aside, so that the workflow's own stays as it is.
    kept
        Fingerprints, shared with the workflow.
    """
    from drepano.index import build_index

    problems = [build_index(site, folder, kept=kept)]
    if study.clinical:
        from drepano.clinical import read_clinical
        from drepano.contracts import read_table
        from drepano.contracts.inventory import SUBJECTS

        subjects = read_table(folder / "subjects.parquet", SUBJECTS)
        problems.append(read_clinical(study.clinical, site.clinical, subjects).problems)
    return pa.concat_tables([PROBLEMS.empty(), *problems])
