"""Plans of toy units."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drepano.contracts.states import STEP_STATES
from drepano.ranks import Plan, Unit, write_plan


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Path]:
    """Write a plan of toy units and return its folder."""

    def plan(units: list[tuple[str, Unit]], *, shards: int = 1, name: str = "run") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        write_plan(Plan(units, STEP_STATES.empty()), folder / "units", shards=shards)
        return folder

    return plan


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB that is nearly full; needs the right to mount."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a tmpfs, so no small disk can be made")
    (folder / "ballast").write_bytes(bytes(880_000))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
