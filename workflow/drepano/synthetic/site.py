"""The site file of a synthetic cohort, its study and its secret key."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from drepano.contracts import write_text
from drepano.contracts.files import naming_storage_errors
from drepano.synthetic.clinical import HOSPITAL, MISSING_CODES, HospitalColumn
from drepano.synthetic.genotypes import BUILD

SITE_FILE = Path("config", "site.yaml")
STUDY_FILE = Path("config", "study.yaml")
KEY_FILE = Path("config", "pseudonym.key")

_HEAD = f"""\
# A cohort that never had a patient.  Paths start at the folder that holds config/.
site: demo
study: {STUDY_FILE.as_posix()}
key_file: {KEY_FILE.as_posix()}
shards: 2

imaging:
  bids: bids

genomics:
  build: {BUILD}
  vcf: [genomics/cohort.vcf.gz]
  samples: genomics/samples.tsv

clinical:
  - path: clinical/clinical.tsv
    participant: participant_id
    missing: {json.dumps(MISSING_CODES)}
    columns:
"""
_TAIL = """
# Nobody's genotypes: nothing to withhold, and the truth can be compared.
release:
  genotypes: released
"""


def write_site(folder: Path, hospital: Mapping[str, HospitalColumn] = HOSPITAL) -> None:
    """Write the site file; its paths are relative to `folder`."""
    # JSON is YAML: one line per column.
    columns = "".join(
        f"      {name}: {json.dumps(_column(column))}\n" for name, column in hospital.items()
    )
    write_text(folder / SITE_FILE, _HEAD + columns + _TAIL)


def write_key(folder: Path) -> None:
    """Write a new secret key that its owner alone can read, unless there is one.

    It is the one file that no seed decides: another key makes other pseudonyms.
    """
    path = folder / KEY_FILE
    if path.exists():
        return
    with naming_storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n", encoding="ascii")


def _column(column: HospitalColumn) -> dict[str, object]:
    written: dict[str, object] = {"column": column.header}
    if column.unit:
        written["unit"] = column.unit
    if column.codes:
        written["values"] = dict(column.codes)
    return written
