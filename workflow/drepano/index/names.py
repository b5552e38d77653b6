"""BIDS names to subject, session, suffix and entities."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from bids2table import parse_bids_entities

_LABEL = re.compile(r"[0-9a-zA-Z+]+")


@dataclass(frozen=True, slots=True)
class BidsName:
    """What a file's name and folders say.

    Attributes
    ----------
    subject, session
        Labels without prefix; an empty session if there is none.
    suffix
        Such as T1w or dseg.
    datatype
        Folder such as anat, empty if there is none.
    entities
        All other entities, as they are written: `run-01` is {"run": "01"}.
    """

    subject: str
    session: str
    suffix: str
    datatype: str
    entities: dict[str, str]

    @property
    def entities_json(self) -> str:
        """The entities as JSON with sorted keys."""
        return json.dumps(self.entities, sort_keys=True)


def parse_entities(path: Path) -> dict[str, str]:
    """Return all entities of a name, with `suffix`, `datatype` and `ext` where it has them."""
    found: dict[str, str] = parse_bids_entities(path)
    return found


def parse_name(path: Path) -> BidsName | None:
    """Read a file's BIDS name, or return None when it has none.

    A file without `ses` in its name belongs to the session of its folder.
    """
    found = parse_entities(path)
    # The parser skips a part without a key, such as `brain` in sub-01_brain_mask.nii.gz.
    keyed = all("-" in part for part in path.name.split("_")[:-1])
    subject, suffix = found.pop("sub", ""), found.pop("suffix", "")
    session = found.pop("ses", "") or _folder_label(path, "ses-")
    datatype = found.pop("datatype", "")
    found.pop("ext", None)
    labels = [subject, suffix, *found.values(), *([session] if session else [])]
    if (
        not keyed
        or not path.name.startswith("sub-")
        or not all(_LABEL.fullmatch(v) for v in labels)
    ):
        return None
    return BidsName(subject, session, suffix, datatype, found)


def stands_elsewhere(name: BidsName, path: Path) -> bool:
    """Tell if the folders say another subject or session than the name."""
    folders = (_folder_label(path, "sub-"), _folder_label(path, "ses-"))
    return any(
        folder not in ("", label)
        for folder, label in zip(folders, (name.subject, name.session), strict=True)
    )


def _folder_label(path: Path, prefix: str) -> str:
    parts = [p for p in path.parts[:-1] if p.startswith(prefix)]
    return parts[-1].removeprefix(prefix) if parts else ""
