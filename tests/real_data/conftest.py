"""Sites of real data, assembled once, and what the workflow makes of each."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from drepano.release import pseudonym, read_key

SCRIPT = Path(__file__).with_name("assemble.py")


@dataclass(frozen=True)
class Released:
    """The latest release of a site, asked by the names that the site itself uses.

    Attributes
    ----------
    site
        Folder in which `drepano run` ran.
    output
        All that it printed.
    rows
        Row of the matrix by pseudonym.
    states
        (state, reason) by pseudonym and source.
    sources
        State source of each column of the matrix.
    """

    site: Path
    output: str
    rows: dict
    states: dict
    sources: dict

    @classmethod
    def of(cls, site, output):
        folder = site / "releases" / site.name / "latest"
        matrix, states = (
            pq.read_table(folder / f"{n}.parquet").to_pylist() for n in ("matrix", "states")
        )
        fields = json.loads((folder / "dictionary.json").read_text())["fields"]
        return cls(
            site,
            output,
            {row["subject"]: row for row in matrix},
            {(r["subject"], r["source"]): (r["state"], r["reason"]) for r in states},
            {f["name"]: f["stateSource"] for f in fields if "stateSource" in f},
        )

    @property
    def folder(self):
        return self.site / "releases" / self.site.name / "latest"

    def _pseudonym(self, subject):
        return pseudonym(
            read_key(self.site / "config" / "pseudonym.key"), self.site.name, str(subject)
        )

    def value(self, subject, column):
        return self.rows[self._pseudonym(subject)][column]

    def state(self, subject, column):
        return self._state(self._pseudonym(subject), column)

    def _state(self, name, column):
        own = self.states.get((name, column))
        return own or self.states[name, self.sources[column]]

    def unexplained(self):
        """Name columns where a null says `measured`, or a value says that it is not there."""
        return {
            column
            for name, row in self.rows.items()
            for column in self.sources
            if (row[column] is None) == (self._state(name, column) == ("measured", ""))
        }


@pytest.fixture(scope="session")
def sites(shared_data, tmp_path_factory):
    """Folder with all sites, written by the script as a person would start it."""
    out = tmp_path_factory.mktemp("real_data")
    subprocess.run([sys.executable, SCRIPT, shared_data, out], check=True, capture_output=True)
    return out


@pytest.fixture(scope="session")
def release(sites):
    """Run the workflow on a site, once, and return its latest release."""
    made = {}

    def run(name):
        if name not in made:
            command = [sys.executable, "-m", "drepano", "run"]
            done = subprocess.run(
                command, cwd=sites / name, capture_output=True, text=True, check=False
            )
            output = done.stdout + done.stderr
            assert done.returncode == 0, output
            made[name] = Released.of(sites / name, output)
        return made[name]

    return run
