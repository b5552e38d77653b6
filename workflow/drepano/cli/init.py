"""`drepano init`: the files that a site starts from."""

from __future__ import annotations

import glob
import secrets
import zlib
from pathlib import Path

from drepano.cli.clinical_draft import draft_clinical
from drepano.cli.front import workflow_folder
from drepano.contracts.files import naming_storage_errors, write_text
from drepano.errors import Fault, InputError
from drepano.settings.paths import mend_path, tried

# The index is imported when it is asked: `drepano status` needs no reader of images.
# ruff: noqa: PLC0415

_HEAD = """\
# Where this site's data lies.  Paths start at the folder in which drepano runs.
# Every key is explained in docs/settings.md; `drepano check` names every mistake at once.
site: {name}
study: config/study.yaml
key_file: config/pseudonym.key # secret; whoever has it can undo the pseudonyms
shards: 1 # pieces of work; no value depends on it
"""

_IMAGING = """
{mark}imaging:
{mark}  bids: {bids}
{mark}  # derivatives: [path/of/a/derivative] # default: every folder of <bids>/derivatives
"""

_GENOMICS = """
{mark}genomics:
{mark}  build: {build}
{mark}  vcf: [{vcf}] # paths or patterns of bgzipped, indexed files
{mark}  # samples: samples.tsv # columns sample, participant_id; default: names are the same
"""


def write_site(
    folder: Path, *, name: str, bids: str, vcf: str, build: str, clinical: Path | None
) -> list[Path]:
    """Write config/site.yaml, config/study.yaml and config/pseudonym.key where they are absent.

    Returns
    -------
    list of Path
        The files that were written; those that were there are never touched, the key least of
        all, because another key makes other pseudonyms.

    Raises
    ------
    InputError
        What is given is not there, all of it named; nothing is written then.
    """
    _check_there(bids, vcf, clinical)
    config = folder / "config"
    text = _HEAD.format(name=name)
    text += _IMAGING.format(mark="" if bids else "# ", bids=bids or "path/of/the/bids/dataset")
    text += _GENOMICS.format(
        mark="" if vcf else "# ", vcf=vcf or "path/*.vcf.gz", build=_build_line(vcf, build)
    )
    text += draft_clinical(clinical)
    study = (workflow_folder() / "config" / "study.yaml").read_text(encoding="utf-8")
    written = []
    for path, content in ((config / "site.yaml", text), (config / "study.yaml", study)):
        if not path.exists():
            write_text(path, content)
            written.append(path)
    return [*written, *write_key(config / "pseudonym.key")]


def write_key(path: Path) -> list[Path]:
    """Write a new secret key that its owner alone can read, unless there is one."""
    if path.exists():
        return []
    with naming_storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
    return [path]


def _check_there(bids: str, vcf: str, clinical: Path | None) -> None:
    faults = []
    if bids and not Path(bids).is_dir():
        faults.append(_absent("--bids", bids, "folder"))
    if vcf and not _files(vcf):
        faults.append(_absent("--vcf", vcf, "file"))
    if clinical and not clinical.is_file():
        faults.append(_absent("--clinical", str(clinical), "file"))
    if faults:
        raise InputError(*faults)


def _absent(option: str, path: str, kind: str) -> Fault:
    found = f"no {kind}{tried(Path(path))}"
    return Fault(f"{option} {path}", found, f"a {kind}", mend_path(Path(path), option))


def _files(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - absolute patterns


def _build_line(vcf: str, build: str) -> str:
    """Return the build and how sure it is: contig lengths tell it better than people do."""
    told = [path for path in _files(vcf) if not path.endswith((".tbi", ".csi"))] if vcf else []
    found = _build_in(Path(told[0])) if told else ""
    if found:
        return f"{found} # as the contig lengths of {Path(told[0]).name} say"
    why = "the header of the VCF does not tell; make sure" if told else "that of your VCFs"
    return f"{build} # GRCh37 or GRCh38: {why}"


def _build_in(path: Path) -> str:
    from drepano.catalogue.builds import UNKNOWN_BUILD, build_of
    from drepano.index.variant_headers import read_header

    try:
        lengths = read_header(path).lengths
    except (EOFError, OSError, ValueError, zlib.error):
        return ""  # `drepano check` tells what is wrong with it
    found = build_of({name.removeprefix("chr"): n for name, n in lengths.items() if n})
    return "" if found == UNKNOWN_BUILD else found
