"""A raw cohort: its files, its settings, and that the default one stays what it was."""

import csv
import hashlib
import json

import nibabel
import numpy as np
import pytest
from click.testing import CliRunner

from drepano.catalogue.concepts import load_concepts
from drepano.cli.root import cli
from drepano.clinical.check import check_concepts
from drepano.errors import InputError
from drepano.settings import load_site, load_study
from drepano.synthetic import CohortTruth, Session, make_cohort
from drepano.synthetic.anatomy import LABELS
from drepano.synthetic.raw.vessels import VESSELS

SMALL = {"subjects": 1, "seed": 3, "voxel_mm": 12.0}
KEY = "config/pseudonym.key"


def digests(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def raw_file(cohort, session, rest):
    level = [f"sub-{session.subject}", *([f"ses-{session.session}"] if session.session else [])]
    datatype = {"asl": "perf", "dwi": "dwi"}.get(rest.split(".")[0], "anat")
    return cohort.joinpath("bids", *level, datatype, "_".join([*level, rest]))


FILES = {
    "T1w": "T1w.nii.gz",
    "FLAIR": "FLAIR.nii.gz",
    "asl": "asl.nii.gz",
    "dwi": "dwi.nii.gz",
    "angio": "acq-TOF_angio.nii.gz",
    "MEGRE": "echo-4_MEGRE.nii.gz",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    def make(**changes):
        folder = tmp_path_factory.mktemp("small")
        make_cohort(folder, **SMALL | {"raw": True} | changes)
        return folder

    return make


def test_the_same_seed_gives_the_same_bytes(small):
    first, second = digests(small()), digests(small())
    assert first.pop(KEY) != second.pop(KEY)
    assert first == second


def test_another_seed_gives_other_scans_and_other_motion(small):
    first, second = digests(small()), digests(small(seed=4))
    own = [n for n in first if n.endswith((".nii.gz", "transforms.tsv", "measures.tsv"))]
    assert len(own) > 30
    assert all(first[name] != second[name] for name in own)


def test_a_subject_stays_the_same_as_others_come(small):
    few, more = digests(small()), digests(small(subjects=2))
    scans = [name for name in few if name.endswith(".nii.gz")]
    assert all(few[name] == more[name] for name in scans)


def test_the_stamp_of_a_delivered_cohort_does_not_speak_of_raw(small):
    raw, delivered = small(), small(raw=False)
    told = [json.loads((f / "cohort.json").read_text())["parameters"] for f in (raw, delivered)]
    assert told[0].pop("raw") is True
    assert told[0] == told[1]


def test_raw_and_delivered_never_share_a_folder(small):
    folder = small()
    with pytest.raises(InputError, match="a cohort of other parameters"):
        make_cohort(folder, **SMALL)


def test_every_scan_is_there_or_not_as_the_truth_says(raw_cohort, known):
    rows = known.rows("scans")
    assert len(rows) == 12 * 6  # eleven scanned subjects, one with two sessions
    for row in rows:
        session = Session(row["subject"], row["session"])
        there = raw_file(raw_cohort, session, FILES[row["scan"]]).is_file()
        assert there == (row["state"] != "not_acquired"), row
    reasons = {(row["scan"], row["reason"]) for row in rows if row["state"] == "failed"}
    assert reasons == {
        ("FLAIR", "registration_failed"),
        ("FLAIR", "not_finite"),
        ("asl", "no_metadata"),
        ("dwi", "companion_mismatch"),
    }
    assert {r["scan"] for r in rows if r["state"] == "not_acquired"} == set(FILES)


def test_nothing_is_delivered_but_vessels(raw_cohort):
    derivatives = raw_cohort / "bids" / "derivatives"
    assert [p.name for p in derivatives.iterdir()] == ["vessels"]
    maps = list(derivatives.rglob("*.nii.gz"))
    assert len(maps) == len(list((raw_cohort / "bids").rglob("*_angio.nii.gz"))) == 4
    lines = (derivatives / "vessels/desc-vessels_dseg.tsv").read_text().splitlines()
    table = dict(line.split("\t")[::-1] for line in lines[1:])
    assert {name: int(number) for name, number in table.items()} == VESSELS


def failed(known, reason):
    row = next(r for r in known.rows("scans") if r["reason"] == reason)
    return Session(row["subject"], row["session"])


def test_what_is_broken_is_broken(raw_cohort, known):
    no_metadata = failed(known, "no_metadata")
    assert not raw_file(raw_cohort, no_metadata, "asl.json").exists()
    folder = raw_file(raw_cohort, no_metadata, "asl.nii.gz").parent
    assert {p.suffix for p in folder.iterdir()} == {".gz", ".tsv", ".json"}  # that of the M0
    mismatch = failed(known, "companion_mismatch")
    volumes = nibabel.load(raw_file(raw_cohort, mismatch, "dwi.nii.gz")).shape[3]
    assert np.loadtxt(raw_file(raw_cohort, mismatch, "dwi.bval")).size == volumes - 1
    assert np.loadtxt(raw_file(raw_cohort, mismatch, "dwi.bvec")).shape == (3, volumes)
    holed = nibabel.load(raw_file(raw_cohort, failed(known, "not_finite"), "FLAIR.nii.gz"))
    assert np.isnan(holed.get_fdata()).sum() == 32


def test_a_flair_of_no_head_shows_none(raw_cohort, known):
    session = failed(known, "registration_failed")
    voxels = nibabel.load(raw_file(raw_cohort, session, "FLAIR.nii.gz")).get_fdata()
    brain = known.map(session, "FLAIR", "brain")[0] > 0
    assert voxels[brain].mean() == pytest.approx(voxels[~brain].mean(), rel=0.02)


def test_the_study_and_the_site_load_and_fit_the_cohort(raw_cohort):
    site = load_site(raw_cohort / "config/site.yaml")
    study = load_study(raw_cohort / "config/study.yaml")
    check_concepts(study.clinical, site.clinical)
    assert site.clinical[0].columns["hct_pct"].unit in load_concepts()["hct_pct"].units
    assert (raw_cohort / site.imaging.bids).is_dir()
    tissue = study.imaging.region_sets["tissue"]
    assert (tissue.suffix, tissue.entities) == ("dseg", {"desc": "tissue"})
    asked = {name for labels in tissue.regions.values() for name in labels}
    assert asked == set(LABELS)
    assert all(modality.prepared for modality in study.imaging.modalities.values())
    vessels = study.imaging.region_sets["vessels"].regions
    assert {name for labels in vessels.values() for name in labels} == set(VESSELS)


def test_the_command_makes_the_cohort_with_its_study(tmp_path, root):
    folder = tmp_path / "raw"
    arguments = ["synthetic", str(folder), "--raw", "--subjects", "1", "--voxel-mm", "12"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    study = root / "config" / "study_raw.yaml"
    assert (folder / "config/study.yaml").read_bytes() == study.read_bytes()
    assert len(CohortTruth(folder).sessions()) == 2


def test_the_truth_of_the_clinic_is_that_of_the_blood(raw_cohort, known):
    """Haematocrit of the table, of the truth, and of the label's decay are one number."""
    rows = {r["subject"]: r for r in known.rows("clinical") if r["concept"] == "hct_pct"}
    with (raw_cohort / "clinical/clinical.tsv").open(newline="") as handle:
        table = {r["participant_id"]: r for r in csv.DictReader(handle, delimiter="\t")}
    measured = [r for r in known.rows("measures") if r["quantity"] == "haematocrit"]
    absent = set()
    for row in measured:
        fraction = float(row["pure"])
        assert 0.15 < fraction < 0.5
        if rows[row["subject"]]["value"]:
            told = float(table[f"sub-{row['subject']}"]["haematocrit"])
            assert told == float(rows[row["subject"]]["value"]) == pytest.approx(100 * fraction)
        else:
            absent.add(row["subject"])
    assert len(measured) == 9
    assert absent == {"10"}  # the blood is as it is, though no clinical row tells it
