"""The house keeps its shape: import names, import directions, sizes, settings schemas."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from drepano.settings.reference import settings_page
from drepano.settings.schemas import MODELS, schema_text


def test_import_radiomics_from_the_root_is_pyradiomics(root):
    if not any(importlib.metadata.distributions(name="pyradiomics")):
        pytest.skip("pyradiomics is not installed")
    program = "from radiomics import featureextractor as f, __file__ as p; print(p, f.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert "site-packages/radiomics/__init__.py radiomics.featureextractor" in done.stdout


def test_the_folder_radiomics_is_no_package(root):
    assert not (root / "radiomics" / "__init__.py").exists()


def test_imports_go_one_way(root):
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", sorted(MODELS))
def test_settings_schemas_did_not_drift(root, name):
    path = root / "config" / "schemas" / f"{name}.schema.json"
    assert path.read_text(encoding="utf-8") == schema_text(name), "run `drepano schemas`"


def test_the_settings_page_is_true(root):
    page = root / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page(), "run `drepano schemas`"


def python_files(root: Path) -> list[Path]:
    return [p for f in ("workflow", "radiomics") for p in sorted((root / f).rglob("*.py"))]


def test_files_stay_small_enough_for_one_person_to_hold(root):
    lines = {p.name: len(p.read_text(encoding="utf-8").splitlines()) for p in python_files(root)}
    lines |= {p.name: len(p.read_text().splitlines()) for p in (root / "rules").glob("*.smk")}
    assert {name: n for name, n in lines.items() if n > 350} == {}
    assert len((root / "Snakefile").read_text().splitlines()) <= 60


def test_lock_files_pin_with_hashes_and_name_no_host(root):
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (root / name).read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
        assert len(pins) > 50
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
    assert not (root / "uv.lock").exists()
