"""Make sites, ready for `drepano run`, out of real and public data with known results.

Usage: python tests/real_data/assemble.py SHARED_DATA OUT

SHARED_DATA is the folder of which SOURCES.md tells where each file comes from and under which
licence. OUT gets one folder for each site, each with its own config/. Nothing of it belongs
into the repository.
"""

import json
import sys
from pathlib import Path

import genomes
import raw
import scans

SITES = {
    "imaging": (scans.SITE, scans.STUDY, scans.write),
    "raw": (raw.SITE, raw.STUDY, raw.write),
    "genomics_grch38": (genomes.SITE_38, genomes.STUDY_38, genomes.write_grch38),
    "genomics_grch37": (genomes.SITE_37, genomes.STUDY_37, genomes.write_grch37),
}
"""Name of a site to its site file, its study file, and what lays out its data."""

KEY = "an open key for open data, no patient is hidden by it"
"""Everybody may know these subjects; a fixed key makes releases that can be compared."""


def assemble(shared: Path, out: Path) -> list[Path]:
    """Write every site below `out` and return their folders."""
    return [assemble_site(name, shared, out / name) for name in SITES]


def assemble_site(name: str, shared: Path, folder: Path) -> Path:
    """Write the data and the config/ of one site."""
    site, study, write = SITES[name]
    own = {"site": name, "study": "config/study.yaml", "key_file": "config/pseudonym.key"}
    config = folder / "config"
    config.mkdir(parents=True)
    # JSON is YAML.
    (config / "site.yaml").write_text(json.dumps(own | site, indent=2) + "\n", encoding="utf-8")
    identity = {"study": name, "version": "1.0.0"}
    (config / "study.yaml").write_text(
        json.dumps(identity | study, indent=2) + "\n", encoding="utf-8"
    )
    key = config / "pseudonym.key"
    key.touch(mode=0o600)
    key.write_text(KEY, encoding="ascii")
    write(shared, folder)
    return folder


def main(arguments: list[str]) -> int:
    """Run as a script."""
    if len(arguments) != 2 or not (Path(arguments[0]) / "SOURCES.md").exists():
        sys.stderr.write(f"{__doc__}\nSHARED_DATA must be a folder with SOURCES.md.\n")
        return 2
    out = Path(arguments[1])
    taken = [str(out / name) for name in SITES if (out / name).exists()]
    if taken:
        sys.stderr.write(f"already there: {', '.join(taken)}; remove them, or give another OUT\n")
        return 2
    for folder in assemble(Path(arguments[0]), out):
        sys.stdout.write(f"cd {folder} && drepano run\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
