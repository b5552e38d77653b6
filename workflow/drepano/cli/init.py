"""`drepano init`: the files that a site starts from."""

from __future__ import annotations

import csv
import secrets
from pathlib import Path

from drepano.catalogue.concepts import Concept, load_concepts
from drepano.cli.front import workflow_folder
from drepano.contracts.files import naming_storage_errors, write_text
from drepano.errors import InputError

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
{mark}  build: {build} # GRCh37 or GRCh38
{mark}  vcf: [{vcf}] # paths or patterns of bgzipped, indexed files
{mark}  # samples: samples.tsv # columns sample, participant_id; default: names are the same
"""

_CLINICAL = """
{mark}clinical:
{mark}  - path: {path}
{mark}    participant: {participant}
{mark}    missing: {{"": not_recorded, "NA": not_recorded, "-997": not_recorded, "-996": refused}}
{mark}    columns: # concept: where it stands, and in which unit; never guessed
{columns}"""

_EXAMPLE_COLUMNS = """\
#       hb: {column: Hb, unit: g/L}
#       sex: {column: Sex, values: {"1": male, "2": female}}
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
    """
    config = folder / "config"
    text = _HEAD.format(name=name)
    text += _IMAGING.format(mark="" if bids else "# ", bids=bids or "path/of/the/bids/dataset")
    text += _GENOMICS.format(mark="" if vcf else "# ", vcf=vcf or "path/*.vcf.gz", build=build)
    text += _clinical_section(clinical)
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


def _clinical_section(path: Path | None) -> str:
    if path is None:
        return _CLINICAL.format(
            mark="# ",
            path="path/clinical.tsv",
            participant="participant_id",
            columns=_EXAMPLE_COLUMNS,
        )
    header = _header(path)
    concepts = load_concepts()
    matches = [(concepts[h.lower()], h) for h in header if h.lower() in concepts]
    lines = [_column_line(concept, column) for concept, column in matches]
    return _CLINICAL.format(
        mark="",
        path=path,
        participant=header[0] if header else "participant_id",
        columns="".join(lines) or _EXAMPLE_COLUMNS,
    )


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            line = handle.readline()
    except UnicodeDecodeError as error:
        raise InputError.of(
            path, found="text that is not UTF-8", expected="UTF-8", remedy="Save it as UTF-8."
        ) from error
    delimiter = max("\t;,", key=line.count)
    return next(csv.reader([line], delimiter=delimiter), [])


def _column_line(concept: Concept, column: str) -> str:
    if concept.type == "number" and concept.unit:
        known = " | ".join([concept.unit, *(c.unit for c in concept.conversions)])
        return f'      {concept.name}: {{column: "{column}", unit: "?"}} # one of {known}\n'
    if concept.type == "number":
        return f'      {concept.name}: {{column: "{column}"}}\n'
    meant = " | ".join(concept.categories) or "true | false"
    return f'      {concept.name}: {{column: "{column}", values: {{}}}} # code: {meant}\n'
