"""All that a site has, written as tables; all that is wrong with it, as one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from drepano.contracts import write_table
from drepano.contracts.inventory import (
    BIDS_FILES,
    GENOME_FILES,
    GENOME_SAMPLES,
    PROBLEMS,
    SUBJECTS,
)
from drepano.index.cohort import list_subjects
from drepano.index.findings import Problems
from drepano.index.fingerprints import fingerprint
from drepano.index.genomes import read_genomes
from drepano.index.presence import check_presence
from drepano.index.samples import map_samples, read_sample_map
from drepano.index.scans import read_scans, with_hashes
from drepano.index.strangers import note_strangers
from drepano.index.variants import VariantFile
from drepano.index.visits import read_visits
from drepano.index.walk import Entry, stat_entry
from drepano.settings import Site

logger = logging.getLogger(__name__)


def build_index(site: Site, folder: Path, *, kept: Path) -> pa.Table:
    """Look at every file of a site, and write down what is there and what is wrong.

    Only headers are read, and each file's hash when its size or time changed.

    Parameters
    ----------
    site
        Where the site's data lies.
    folder
        Gets `subjects`, `bids_files`, `genome_files`, `genome_samples` (.parquet) and
        `problems.tsv`.
    kept
        FILES table of hashes that is kept between two runs.

    Returns
    -------
    pyarrow.Table
        PROBLEMS: every problem of every file, errors first.

    Raises
    ------
    InputError
        Something that the site file names is not there, or is empty; names all of it.
    """
    check_presence(site)
    problems = Problems()
    scans, files = read_scans(site.imaging, problems) if site.imaging else ([], [])
    genomes = read_genomes(site.genomics, problems) if site.genomics else []
    samples = read_sample_map(site.genomics.samples if site.genomics else None, problems)
    genome_samples = map_samples(genomes, samples, problems)
    visits = read_visits(site.clinical, problems)
    hashes = fingerprint([*files, *_other_files(site, genomes)], kept, problems)
    sha256 = {str(path): value for path, value in hashes.items()}
    bids_files = with_hashes(scans, sha256)
    subjects = list_subjects(bids_files, genome_samples, visits, problems)
    note_strangers(
        bids_files["subject"].to_pylist(),
        genome_samples["subject"].to_pylist(),
        {subject for subject, _ in visits},
        problems,
    )
    write_table(folder / "subjects.parquet", subjects, SUBJECTS)
    write_table(folder / "bids_files.parquet", bids_files, BIDS_FILES)
    write_table(folder / "genome_files.parquet", _genome_files(genomes, sha256), GENOME_FILES)
    write_table(folder / "genome_samples.parquet", genome_samples, GENOME_SAMPLES)
    found = problems.table()
    write_table(folder / "problems.tsv", found, PROBLEMS)
    logger.info(
        "index: %d rows of subjects, %d images, %d genome files, %d problems",
        subjects.num_rows,
        bids_files.num_rows,
        len(genomes),
        found.num_rows,
    )
    return found


def _other_files(site: Site, genomes: list[VariantFile]) -> Iterator[Entry]:
    for genome in genomes:
        yield genome.entry
        if genome.index is not None:
            yield genome.index
    if site.genomics is not None and site.genomics.samples is not None:
        yield stat_entry(site.genomics.samples)
    for source in site.clinical:
        yield stat_entry(source.path)


def _genome_files(genomes: list[VariantFile], sha256: dict[str, str]) -> pa.Table:
    rows = []
    for genome in genomes:
        row = genome.row()
        hashes = (sha256.get(str(row[name]), "") for name in ("path", "index_path"))
        rows.append(row | dict(zip(("sha256", "index_sha256"), hashes, strict=True)))
    return GENOME_FILES.from_rows(rows)
