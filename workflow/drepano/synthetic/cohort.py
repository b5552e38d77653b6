"""Parameters to a folder with a whole cohort and its truth, ready for `drepano run`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from drepano.catalogue.panel import load_panel
from drepano.contracts import write_text
from drepano.errors import Fault, InputError
from drepano.synthetic.anatomy import Grid, grid_of
from drepano.synthetic.bids import REGIONS, describe_dataset, describe_regions
from drepano.synthetic.clinical import (
    CLINICAL_COLUMNS,
    HOSPITAL,
    RAW_HOSPITAL,
    HospitalColumn,
    clinical_rows,
    draw_charts,
    write_charts,
)
from drepano.synthetic.genotypes import draw_cohort
from drepano.synthetic.imaging_truth import (
    IMAGING_COLUMNS,
    LESION_COLUMNS,
    imaging_rows,
    lesion_rows,
    rows_without_imaging,
)
from drepano.synthetic.phenotype import registry_genotype
from drepano.synthetic.raw import write_raw_imaging
from drepano.synthetic.roster import PARTS, RAW_PARTS, Person, draw_people
from drepano.synthetic.scans import write_session
from drepano.synthetic.sessions import draw_sessions
from drepano.synthetic.site import STUDY_FILE, write_key, write_site
from drepano.synthetic.stamp import Parameters, claim, finish
from drepano.synthetic.tables import Row, write_rows
from drepano.synthetic.template import load_template
from drepano.synthetic.vcf import (
    GENOTYPE_COLUMNS,
    HAPLOTYPE_COLUMNS,
    genotype_rows,
    haplotype_rows,
    write_cohort_vcf,
)

SUBJECT_COLUMNS = (
    "subject",
    "sessions",
    "part",
    "genotype",
    "registry_genotype",
    "sex",
    "age",
    "sample",
)
_VOXEL_LIMITS_MM = (2.0, 12.0)
PANEL = "scd"


def make_cohort(
    folder: Path,
    *,
    subjects: int = 12,
    seed: int = 1,
    voxel_mm: float = 3.0,
    study: Path | None = None,
    raw: bool = False,
) -> None:
    """Write a cohort that never had a patient; nothing is downloaded.

    Equal arguments give equal bytes in every file but the secret key. A folder that already
    holds this cohort is left as it is, so that nothing after it is made anew.

    Parameters
    ----------
    folder
        New or empty folder, or one of an earlier call with the same arguments.
    subjects
        Number of people; the default shows every part that can be missing.
    seed
        Not negative; decides everything.
    voxel_mm
        Edge of the scans' cubic voxels, 2 to 12 mm.
    study
        Study file whose text becomes config/study.yaml; none is written without it.
    raw
        Deliver raw scans alone, each moved on its own, with perfusion, diffusion,
        angiography and multi-echo scans of some subjects; no tissues, no lesion masks.

    Raises
    ------
    InputError
        An argument is out of its range, or the folder holds something else.
    """
    _check(subjects, seed, voxel_mm)
    text = None if study is None else _read_study(study)
    parameters = Parameters.of(subjects=subjects, seed=seed, voxel_mm=voxel_mm, study=text, raw=raw)
    if claim(folder, parameters):
        return
    people = draw_people(subjects, seed, RAW_PARTS if raw else PARTS)
    hospital = RAW_HOSPITAL if raw else HOSPITAL
    write_imaging = write_raw_imaging if raw else _write_imaging
    write_imaging(folder / "bids", folder / "truth", people, grid_of(voxel_mm), seed)
    write_rows(folder / "truth" / "subjects.tsv", SUBJECT_COLUMNS, [_subject(p) for p in people])
    _write_genomics(folder, people, seed)
    _write_clinical(folder, people, seed, hospital)
    write_site(folder, hospital)
    write_key(folder)
    if text is not None:
        write_text(folder / STUDY_FILE, text)
    finish(folder, parameters)


def _check(subjects: int, seed: int, voxel_mm: float) -> None:
    low, high = _VOXEL_LIMITS_MM
    limits = (
        ("subjects", subjects, subjects >= 1, "1 or more"),
        ("seed", seed, seed >= 0, "0 or more"),
        ("voxel_mm", voxel_mm, low <= voxel_mm <= high, f"{low:g} to {high:g}"),
    )
    faults = [
        Fault(name, str(value), expected, "Change it.")
        for name, value, holds, expected in limits
        if not holds
    ]
    if faults:
        raise InputError(*faults)


def _read_study(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.of(
            path,
            found="no readable file",
            expected="a study file",
            remedy="Give the path of a study file, such as config/study.yaml.",
        ) from error


def _write_imaging(
    root: Path, truth: Path, people: tuple[Person, ...], grid: Grid, seed: int
) -> None:
    scanned = [person for person in people if person.part != "no_imaging"]
    describe_dataset(root, scanned)
    describe_regions(root / REGIONS)
    imaging: list[Row] = []
    lesions: list[Row] = []
    template = load_template()
    for person in people:
        if person.part == "no_imaging":
            imaging.extend(rows_without_imaging(person))
            continue
        for session in draw_sessions(person, template, grid, seed):
            write_session(root, session, seed)
            imaging.extend(imaging_rows(session))
            lesions.extend(lesion_rows(session))
    write_rows(truth / "imaging.tsv", IMAGING_COLUMNS, imaging)
    write_rows(truth / "lesions.tsv", LESION_COLUMNS, lesions)


def _write_genomics(folder: Path, people: tuple[Person, ...], seed: int) -> None:
    cohort = draw_cohort(people, load_panel(PANEL), seed)
    write_cohort_vcf(folder / "genomics", cohort)
    rows = list(genotype_rows(cohort, people))
    write_rows(folder / "truth" / "genotypes.tsv", GENOTYPE_COLUMNS, rows)
    pairs = list(haplotype_rows(cohort))
    write_rows(folder / "truth" / "haplotypes.tsv", HAPLOTYPE_COLUMNS, pairs)


def _write_clinical(
    folder: Path, people: tuple[Person, ...], seed: int, hospital: Mapping[str, HospitalColumn]
) -> None:
    charts = draw_charts(people, seed, hospital)
    write_charts(folder / "clinical" / "clinical.tsv", charts, hospital)
    rows = list(clinical_rows(charts, people, hospital))
    write_rows(folder / "truth" / "clinical.tsv", CLINICAL_COLUMNS, rows)


def _subject(person: Person) -> Row:
    return {
        "subject": person.label,
        "sessions": ",".join(person.sessions),
        "part": person.part,
        "genotype": person.genotype,
        "registry_genotype": registry_genotype(person),
        "sex": "male" if person.male else "female",
        "age": person.age,
        "sample": None if person.part == "no_sample" else person.sample,
    }
