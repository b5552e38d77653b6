"""The engines that can be measured here: those installed, and peers in environments of their own.

nyxus and mirp want other versions of the libraries that voxomics runs with, so each is installed
in a virtual environment that is kept for the next time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

PEERS = {"nyxus": "nyxus", "mirp": "mirp>=2,<3"}


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that can be measured.

    Attributes
    ----------
    python
        Interpreter that has it.
    version
        Of the engine.
    own
        Whether it lies in the environment of this process, whose module path it then needs.
    """

    python: str
    version: str
    own: bool = True

    def environment(self, bytecode: Path) -> dict[str, str]:
        """Return the environment variables to start it with.

        Byte code is kept in a folder of the benchmark's, for all engines alike: an installation
        may have been made without, and each start would then compile every module.
        """
        left = {"PYTHONDONTWRITEBYTECODE"} | (set() if self.own else {"PYTHONPATH"})
        kept = {name: value for name, value in os.environ.items() if name not in left}
        return kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}


def find_engines(peers: Path | None) -> tuple[dict[str, Engine], dict[str, str]]:
    """Return the engines that can be measured, and why each other one cannot."""
    voxomics = _ask(sys.executable, "import voxomics; print(voxomics.engine_version().split()[-1])")
    found = {"voxomics": Engine(sys.executable, voxomics)}
    left: dict[str, str] = {}
    try:
        found["pyradiomics"] = Engine(sys.executable, metadata.version("pyradiomics"))
    except metadata.PackageNotFoundError:
        left["pyradiomics"] = "not installed in this environment"
    for name, wanted in PEERS.items():
        if peers is None:
            left[name] = "no folder for it was given (--peers)"
            continue
        try:
            python = _install(peers.resolve() / name, wanted)
            version = _ask(
                python, f"from importlib.metadata import version as v; print(v('{name}'))"
            )
        except subprocess.CalledProcessError as error:
            left[name] = f"does not install here: {_last_line(error)}"
        else:
            found[name] = Engine(python, version, own=False)
    return found, left


def _install(folder: Path, wanted: str) -> str:
    """Make an environment with a package, unless it is there; return its interpreter."""
    python, done = str(folder / "bin" / "python"), folder / "installed"
    if not done.exists():
        print(f"installing {wanted} ...", file=sys.stderr, flush=True)
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted)
        done.touch()
    return python


def _ask(python: str, code: str) -> str:
    return _run(python, "-P", "-W", "ignore", "-c", code).strip()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


def _last_line(error: subprocess.CalledProcessError) -> str:
    lines = (error.stderr or "").strip().splitlines()
    return lines[-1] if lines else f"exit code {error.returncode}"
