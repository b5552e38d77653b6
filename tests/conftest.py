"""Fixtures that more than one room of tests needs."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data with known results; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("DREPANO_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "SOURCES.md").exists():
        pytest.skip(f"real data not found at {folder}: set DREPANO_SHARED_DATA")
    return folder
