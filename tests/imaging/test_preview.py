"""The study against names and label tables: what matches nothing is told before a run."""

import json

import pytest

from drepano.contracts.inventory import BIDS_FILES, PROBLEMS, SUBJECTS
from drepano.imaging import preview
from drepano.settings import Imaging, load_study

CLASSES = {"shape": None}


def imaging_of(*, scan="T1w", entities=None, label="grey matter", lesion="lesion") -> Imaging:
    return Imaging.model_validate(
        {
            "region_sets": {
                "tissue": {"suffix": "dseg", "regions": {"gm": [label, 7], "wm": 2}},
                "lesion": {
                    "suffix": "mask",
                    "entities": {"label": lesion},
                    "regions": {"lesion": 1},
                },
                "unused": {"suffix": "mask", "regions": {"x": 1}},
            },
            "modalities": {
                "t1w": {
                    "suffix": scan,
                    "entities": entities or {},
                    "region_sets": ["tissue", "lesion"],
                    "feature_classes": CLASSES,
                }
            },
        }
    )


def file_of(subject, name, *, session="", derivative=False, table=None):
    *entities, suffix = name.split("_")
    return {
        "subject": subject,
        "session": session,
        "path": f"/data/sub-{subject}/{name}.nii.gz",
        "derivative": derivative,
        "suffix": suffix,
        "entities": json.dumps(dict(e.split("-") for e in entities)),
        "sha256": name,
        "voxels": 9,
        "label_table": None if table is None else str(table),
        "reason": "",
        "detail": "",
        "remedy": "",
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
    }


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "dseg.tsv"
    path.write_text("index\tname\n1\tGrey matter\n2\tWhite matter\n")
    return path


def cohort(table, subjects=("01", "02")):
    rows = []
    for subject in subjects:
        rows.append(file_of(subject, "T1w"))
        rows.append(file_of(subject, "space-T1w_dseg", derivative=True, table=table))
        rows.append(file_of(subject, "label-lesion_mask", derivative=True))
    return rows


def told(imaging, rows) -> list[tuple[str, str, str, str]]:
    flags = {"imaging": True, "genomics": False, "clinical": False}
    pairs = sorted({(row["subject"], row["session"]) for row in rows})
    subjects = SUBJECTS.from_rows([{"subject": s, "session": e} | flags for s, e in pairs])
    found = preview(imaging, subjects, BIDS_FILES.from_rows(rows))
    PROBLEMS.check(found, "preview")
    return [(r["severity"], r["where"], r["found"], r["remedy"]) for r in found.to_pylist()]


def test_a_study_that_fits_has_no_problem(table) -> None:
    assert told(imaging_of(), cohort(table)) == []


def test_a_modality_that_matches_no_scan_names_what_there_is(table) -> None:
    rows = [*cohort(table), file_of("01", "acq-x_T2w"), file_of("01", "FLAIR")]
    ((severity, where, found, remedy),) = told(imaging_of(scan="T1W"), rows)
    assert (severity, where) == ("error", "study: imaging.modalities.t1w")
    assert found == "no scan T1W; there are: T1w (2), acq-x_T2w (1), FLAIR (1)"
    assert "Correct suffix and entities of imaging.modalities.t1w" in remedy


def test_entities_that_no_scan_has_are_told(table) -> None:
    ((_, _, found, _),) = told(imaging_of(entities={"acq": "mprage"}), cohort(table))
    assert found == "no scan acq-mprage_T1w; there are: T1w (2)"


def test_only_the_nearest_kinds_are_listed(table) -> None:
    rows = [*cohort(table), *(file_of("01", f"run-{n}_bold") for n in range(9))]
    ((_, _, found, _),) = told(imaging_of(scan="T2w"), rows)
    assert "there are: T1w (2), " in found
    assert found.endswith("and 5 other kinds")


def test_a_region_set_that_matches_no_file_is_one_error(table) -> None:
    ((severity, where, found, _),) = told(imaging_of(lesion="lesions"), cohort(table))
    assert (severity, where) == ("error", "study: imaging.region_sets.lesion")
    assert found.startswith("no derivative label-lesions_mask; there are: label-lesion_mask (2)")


def test_no_derivative_at_all(table) -> None:
    rows = [row for row in cohort(table) if not row["derivative"]]
    found = [row[2] for row in told(imaging_of(), rows)]
    assert found == [
        "no derivative label-lesion_mask; there are: none",
        "no derivative dseg; there are: none",
    ]


def test_a_label_that_stands_in_no_table_is_told_with_the_nearest(table) -> None:
    ((severity, where, found, remedy),) = told(imaging_of(label="gray matter"), cohort(table))
    assert (severity, where) == ("error", "study: imaging.region_sets.tissue.regions.gm")
    assert found == "the label 'gray matter', which stands in no label table"
    assert remedy == "Did you mean 'grey matter'?"


def test_a_label_in_the_table_of_another_subject_is_known(table, tmp_path) -> None:
    other = tmp_path / "a.tsv"
    other.write_text("index\tname\n1\tsomething\n")
    damaged = tmp_path / "b.tsv"
    damaged.write_text("index\tname\none\tx\n")
    rows = [*cohort(other, ["01"]), *cohort(damaged, ["02"]), *cohort(table, ["03"])]
    assert told(imaging_of(), rows) == []


def test_names_without_any_label_table(table) -> None:
    ((_, _, _, remedy),) = told(imaging_of(), cohort(None))
    assert remedy == "Deliver label tables (dseg.tsv), or use label numbers."


def test_ambiguous_scans_are_one_warning_with_an_example(table) -> None:
    more = [file_of(s, "run-2_T1w") for s in ("01", "02")]
    ((severity, where, found, _),) = told(imaging_of(), [*cohort(table), *more])
    assert (severity, where) == ("warning", "study: imaging.modalities.t1w")
    assert found.startswith("2 sessions in which several files fit, such as sub-01: ")
    assert "run-2_T1w.nii.gz" in found


def test_scans_without_regions_are_counted(table) -> None:
    rows = [*cohort(table), *(file_of(f"{n}", "T1w", session="a") for n in range(10, 17))]
    lesion, tissue = told(imaging_of(), rows)
    assert lesion[1] == "study: imaging.modalities.t1w, region set lesion"
    assert tissue[0] == "warning"
    assert tissue[2] == (
        "7 sessions with a scan but without regions: sub-10 ses-a, sub-11 ses-a, sub-12 ses-a, "
        "sub-13 ses-a, sub-14 ses-a, and 2 more"
    )


def test_problems_name_the_keys_of_the_study(root) -> None:
    imaging = load_study(root / "config" / "study.yaml").imaging
    places = {row[1] for row in told(imaging, [file_of("01", "PD")])}
    assert places == {
        "study: imaging.modalities.t1w",
        "study: imaging.modalities.flair",
        "study: imaging.region_sets.tissue",
        "study: imaging.region_sets.lesion",
    }
