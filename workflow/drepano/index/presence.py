"""What a site file names must be there, and hold something.

An empty folder where a disk is not mounted looks like a hospital without patients. It must
stop the run: a release of nothing would become the latest one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from drepano.contracts.sheets import read_sheet
from drepano.errors import Fault, InputError
from drepano.index.genomes import variant_entries
from drepano.index.names import parse_name
from drepano.index.walk import IMAGE_SUFFIXES, walk
from drepano.settings import Site
from drepano.settings.paths import mend_path, tried

_PLACE = "the site file"


def check_presence(site: Site) -> None:
    """Refuse a site of which a part is not there at all.

    Raises
    ------
    InputError
        Folders or files that do not exist, datasets without an image, patterns that find no
        VCF, clinical tables without a row; names all of them.
    """
    faults = [*_dataset_faults(site), *_genome_faults(site), *_clinical_faults(site)]
    if faults:
        raise InputError(*faults)


def _dataset_faults(site: Site) -> Iterator[Fault]:
    if site.imaging is None:
        return
    stated = [("imaging.bids", site.imaging.bids)]
    stated += [("imaging.derivatives", p) for p in site.imaging.derivatives or ()]
    for key, path in stated:
        if not path.is_dir():
            yield _fault(key, path, "no folder", "a folder")
        elif not _holds_an_image(path):
            yield _fault(
                key,
                path,
                "no image of any subject",
                "sub-<label>/ folders with images that have BIDS names",
            )


def _holds_an_image(root: Path) -> bool:
    """Tell at the first image; one that can not be opened is there all the same."""
    return any(
        entry.path.name.endswith(IMAGE_SUFFIXES)
        and parse_name(entry.path.relative_to(root)) is not None
        for folder in sorted(root.iterdir())
        if folder.name.startswith("sub-")
        for entry in walk(folder)
    )


def _genome_faults(site: Site) -> Iterator[Fault]:
    if site.genomics is None:
        return
    for pattern, found in variant_entries(site.genomics).items():
        if not found:
            expected = "bgzipped, indexed VCF or BCF files"
            yield _fault("genomics.vcf", Path(pattern), "no file", expected)
    samples = site.genomics.samples
    if samples is not None and not samples.is_file():
        yield _fault("genomics.samples", samples, "no file", "a file")
    reference = site.genomics.reference
    if reference is not None and not reference.is_file():
        yield _fault("genomics.reference", reference, "no file", "a FASTA file with its .fai")


def _clinical_faults(site: Site) -> Iterator[Fault]:
    for source in site.clinical:
        if not source.path.is_file():
            yield _fault("clinical", source.path, "no file", "a file")
        elif not _holds_a_row(source.path):
            yield Fault(
                f"site: clinical: {source.path}",
                "no row below the header",
                "a row per participant",
                "Export the table again, or take it out of the site file.",
            )


def _holds_a_row(path: Path) -> bool:
    try:
        sheet = read_sheet(path)
    except InputError:
        return True  # the index and the clinical step tell why it can not be read
    return bool(sheet.rows or sheet.misfits)


def _fault(key: str, path: Path, found: str, expected: str) -> Fault:
    where = f"site: {key}: {path}"
    return Fault(where, f"{found}{tried(path)}", expected, mend_path(path, _PLACE))
