"""The stamp that says which cohort a folder holds, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from drepano.contracts import write_json
from drepano.errors import InputError
from drepano.synthetic.site import KEY_FILE

STAMP = "cohort.json"
VERSION = 1
"""Version of the generator: raised when equal arguments begin to give other bytes."""

_OWN_FOLDERS = ("bids", "genomics", "clinical", "truth", "config")


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that decides a cohort's bytes."""

    subjects: int
    seed: int
    voxel_mm: float
    study_sha256: str
    version: int
    raw: bool = False

    @classmethod
    def of(
        cls, *, subjects: int, seed: int, voxel_mm: float, study: str | None, raw: bool = False
    ) -> Parameters:
        """Gather the parameters; `study` is the text of the study file."""
        digest = "" if study is None else hashlib.sha256(study.encode()).hexdigest()
        return cls(subjects, seed, float(voxel_mm), digest, VERSION, raw)

    @property
    def written(self) -> dict[str, object]:
        """What the stamp says; of a cohort that is not raw, what it always said."""
        known = asdict(self)
        return known if self.raw else {name: known[name] for name in known if name != "raw"}


def claim(folder: Path, parameters: Parameters) -> bool:
    """Tell whether the folder holds the whole cohort already; else mark it as being written.

    Raises
    ------
    InputError
        The folder holds another cohort, or files and no cohort.
    """
    found = _read(folder / STAMP)
    asked = parameters.written
    if found is None and folder.is_dir() and any(folder.iterdir()):
        _refuse(folder, "files that no synthetic cohort put there")
    if folder.exists() and not folder.is_dir():
        _refuse(folder, "a file")
    if found is not None and found.get("parameters") != asked:
        _refuse(folder, "a cohort of other parameters, or of another version of drepano")
    if found is not None and _is_whole(folder, found):
        return True
    write_json(folder / STAMP, {"parameters": asked, "files": None})
    return False


def finish(folder: Path, parameters: Parameters) -> None:
    """Write the stamp of a whole cohort, with its files, as the last thing."""
    files = sorted(
        path.relative_to(folder).as_posix()
        for own in _OWN_FOLDERS
        for path in (folder / own).rglob("*")
        if path.is_file()
    )
    write_json(folder / STAMP, {"parameters": parameters.written, "files": files})


def _read(path: Path) -> dict[str, object] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (NotADirectoryError, UnicodeDecodeError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_whole(folder: Path, found: dict[str, object]) -> bool:
    files = found.get("files")
    if not isinstance(files, list):
        return False
    return all((folder / str(name)).is_file() for name in [*files, KEY_FILE.as_posix()])


def _refuse(folder: Path, found: str) -> None:
    raise InputError.of(
        folder,
        found=found,
        expected="a new or empty folder, or the same cohort",
        remedy="Give another folder, or remove this one.",
    )
