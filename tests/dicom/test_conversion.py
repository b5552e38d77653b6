"""Synthetic series through the command: voxels, names, reruns, what is refused and skipped."""

import errno
import gzip
import io
import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from drepano.contracts.files import read_table
from drepano.contracts.inventory import BIDS_FILES
from drepano.errors import StorageError
from drepano.index import build_index
from drepano.settings import parse_site

SR = "1.2.840.10008.5.1.4.1.1.88.22"
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
DWI = {"description": "*dwi*", "datatype": "dwi", "suffix": "dwi"}
GRE = {"description": "*gre*", "datatype": "anat", "suffix": "MEGRE"}


def image_of(site, stem):
    return nib.load(site.bids / f"{stem}.nii.gz")


def reasons(notes):
    return [note["reason"] for note in notes]


def test_voxels_lie_where_the_headers_say(site, mr, voxels_of):
    mr(slices=5, seed=3).write(site.source)
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"]
    image = image_of(site, "sub-01/anat/sub-01_T1w")
    assert image.shape == (8, 6, 5)
    voxels = np.asarray(image.dataobj)
    for position in range(5):
        slice_ = voxels_of(3, position)
        for row, column in ((0, 0), (1, 3), (5, 7)):
            left, posterior = -8.0 + 2 * column, -6.0 + 2 * row
            world = [-left, -posterior, 3.0 * position, 1]
            i, j, k = np.rint(np.linalg.inv(image.affine) @ world)[:3].astype(int)
            assert voxels[i, j, k] == slice_[row, column]


def test_a_dataset_is_whole_and_its_index_has_no_error(site, mr, tmp_path):
    mr().write(site.source)
    assert site.run().exit_code == 0
    files = site.files()
    assert set(files) == {
        "dataset_description.json",
        "participants.tsv",
        "sub-01/sub-01_scans.tsv",
        "sub-01/anat/sub-01_T1w.json",
        "sub-01/anat/sub-01_T1w.nii.gz",
    }
    assert files["participants.tsv"] == b"participant_id\nsub-01\n"
    assert files["sub-01/sub-01_scans.tsv"] == b"filename\nanat/sub-01_T1w.nii.gz\n"
    sidecar = json.loads(files["sub-01/anat/sub-01_T1w.json"])
    assert sidecar["EchoTime"] == 0.003
    assert sidecar["MagneticFieldStrength"] == 3
    values = {
        "site": "ward",
        "study": "study.yaml",
        "key_file": "key",
        "imaging": {"bids": str(site.bids)},
    }
    problems = build_index(parse_site(values, "site"), tmp_path / "index", kept=tmp_path / "k")
    assert [p for p in problems.to_pylist() if p["severity"] == "error"] == []
    rows = read_table(tmp_path / "index" / "bids_files.parquet", BIDS_FILES).to_pylist()
    assert [(row["suffix"], row["reason"]) for row in rows] == [("T1w", "")]


def test_a_rerun_touches_nothing_and_converts_what_is_new(site, mr):
    mr().write(site.source)
    site.subjects("PID0001,01", "PID0002,02")
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"]
    before = {p: p.stat().st_mtime_ns for p in site.bids.rglob("sub-*") if p.is_file()}
    again = site.report()
    assert (again["converted"], again["present"]) == ([], ["sub-01/anat/sub-01_T1w"])
    mr(patient="PID0002").write(site.source / "new")
    third = site.report()
    assert third["converted"] == ["sub-02/anat/sub-02_T1w"]
    assert third["present"] == ["sub-01/anat/sub-01_T1w"]
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert site.files()["participants.tsv"] == b"participant_id\nsub-01\nsub-02\n"


def test_without_its_ledger_a_rerun_compares_and_agrees(site, mr):
    mr().write(site.source)
    site.report()
    before = site.files()
    shutil.rmtree(site.bids / ".drepano")
    again = site.report()
    assert (again["converted"], again["present"]) == ([], ["sub-01/anat/sub-01_T1w"])
    assert site.files() == before


def test_an_existing_file_of_other_content_is_never_overwritten(site, mr):
    target = site.bids / "sub-01" / "anat" / "sub-01_T1w.nii.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"precious")
    mr().write(site.source)
    told = site.report()
    assert told["exit_code"] == 2
    assert "holds something else" in told["refused"][0]["reason"]
    assert {n for n in site.files() if n.startswith("sub-")} == {"sub-01/anat/sub-01_T1w.nii.gz"}
    assert target.read_bytes() == b"precious"


def test_a_dry_run_writes_nothing_and_foretells_the_run(site, mr):
    mr().write(site.source)
    mr(description="unheard of", number=3).write(site.source)
    foretold = site.report("--dry-run")
    assert not site.bids.exists()
    done = site.report()
    keys = ("converted", "unmapped_series", "refused", "skipped", "exit_code")
    assert {k: foretold[k] for k in keys} == {k: done[k] for k in keys}


def test_what_is_not_mapped_is_listed_and_the_rest_is_converted(site, mr, tmp_path):
    mr().write(site.source)
    mr(description="unheard of", number=3).write(site.source)
    mr(patient="PID0007", name="Person^Seven").write(site.source)
    told = site.report("--unmapped", str(tmp_path / "unmapped.tsv"))
    assert told["exit_code"] == 2
    assert told["converted"] == ["sub-01/anat/sub-01_T1w"]
    [series] = told["unmapped_series"]
    assert (series["who"], series["what"]) == ("sub-01", "series 3 'unheard of'")
    [patient] = told["unmapped_patients"]
    assert patient["who"] == "patient 1"
    assert "PID0007" not in json.dumps(told)
    lines = (tmp_path / "unmapped.tsv").read_text().splitlines()
    assert lines[1].split("\t") == ["1", "PID0007", "", "20200102", ""]
    assert (tmp_path / "unmapped.tsv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("repeats", ["run", "refuse"])
def test_series_of_one_name_are_runs_in_order_of_acquisition_or_refused(site, mr, repeats):
    site.mapping({"description": "*mprage*", "datatype": "anat", "suffix": "T1w"}, repeats=repeats)
    mr(number=9, time="090000", seed=1).write(site.source)
    mr(number=4, time="110000", seed=2).write(site.source)
    told = site.report()
    if repeats == "refuse":
        assert reasons(told["refused"]) == ["2 series of one name"] * 2
        assert told["converted"] == []
        return
    stems = [f"sub-01/anat/sub-01_run-{n}_T1w" for n in (1, 2)]
    assert told["converted"] == stems
    sidecars = [json.loads((site.bids / f"{stem}.json").read_text()) for stem in stems]
    assert [s["SeriesNumber"] for s in sidecars] == [9, 4]


def test_a_repeat_that_comes_later_renames_nothing(site, mr):
    mr(number=2).write(site.source)
    site.report()
    before = site.files()
    mr(number=5, time="120000", seed=4).write(site.source)
    told = site.report()
    assert told["exit_code"] == 2
    assert len(told["refused"]) == 2
    assert "converted earlier as" in told["refused"][0]["reason"]
    assert site.files() == before


def test_localizers_derived_images_reports_and_screen_shots_are_skipped(site, mr):
    site.mapping({"description": "*", "datatype": "anat", "suffix": "T1w"})
    mr().write(site.source)
    mr(number=1, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER", "M")).write(site.source)
    mr(number=7, image_type=("DERIVED", "SECONDARY", "MPR")).write(site.source)
    mr(number=98, sop_class=SECONDARY, slices=1).write(site.source)
    mr(number=99, sop_class=SR, slices=1).write(site.source)
    told = site.report()
    assert told["exit_code"] == 0
    assert told["converted"] == ["sub-01/anat/sub-01_T1w"]
    assert sorted(reasons(told["skipped"])) == [
        "Enhanced SR",
        "Secondary Capture Image",
        "a derived image; a rule with `derived: true` takes it",
        "a localizer",
    ]


def test_a_rule_may_take_derived_images(site, mr):
    site.mapping({"description": "*adc*", "datatype": "dwi", "suffix": "ADC", "derived": True})
    mr(description="ep2d_diff_ADC", image_type=("DERIVED", "PRIMARY", "ADC")).write(site.source)
    assert site.report()["converted"] == ["sub-01/dwi/sub-01_ADC"]


def test_burnt_in_text_is_refused(site, mr):
    mr(tags={"BurnedInAnnotation": "YES"}).write(site.source)
    told = site.report()
    assert told["exit_code"] == 2
    assert "burnt into the picture" in told["refused"][0]["reason"]
    assert site.files() == {}


def test_echoes_and_components_of_one_series_part_by_the_header(site, mr):
    site.mapping(GRE | {"entities": {"echo": "auto", "part": "auto"}})
    for echo in (20.0, 5.0):
        for kind in ("M", "P"):
            words = ("ORIGINAL", "PRIMARY", kind, "ND")
            made = mr(description="GRE multi", echo_ms=echo, image_type=words)
            made.write(site.source)
    names = [f"echo-{e}_part-{p}" for e in (1, 2) for p in ("mag", "phase")]
    told = site.report()
    assert told["converted"] == [f"sub-01/anat/sub-01_{name}_MEGRE" for name in names]
    echo_2 = json.loads((site.bids / "sub-01/anat/sub-01_echo-2_part-mag_MEGRE.json").read_text())
    assert echo_2["EchoTime"] == 0.02


def test_echoes_of_one_name_are_no_runs(site, mr):
    site.mapping({"description": "*gre*", "datatype": "anat", "suffix": "T2starw"})
    for echo in (5.0, 20.0):
        mr(description="gre", echo_ms=echo).write(site.source)
    told = site.report()
    assert reasons(told["refused"]) == ["one series gives several images of one name"] * 2
    site.mapping(
        {"description": "gre", "echo_time_ms": [0, 10], "datatype": "anat", "suffix": "PDw"},
        {"description": "gre", "datatype": "anat", "suffix": "T2starw"},
    )
    assert site.report()["converted"] == ["sub-01/anat/sub-01_PDw", "sub-01/anat/sub-01_T2starw"]


def test_phase_images_follow_no_rule_that_does_not_speak_of_them(site, mr):
    mr(image_type=("ORIGINAL", "PRIMARY", "P", "ND")).write(site.source)
    told = site.report()
    assert (told["converted"], len(told["unmapped_series"])) == ([], 1)


def test_a_dwi_without_b_values_is_refused(site, mr):
    site.mapping(DWI)
    mr(description="DWI b1000").write(site.source)
    assert "no b-values" in site.report()["refused"][0]["reason"]


def test_asl_gets_its_context_and_the_metadata_of_the_rule(site, mr):
    rule = {"description": "*asl*", "datatype": "perf", "suffix": "asl", "volumes": ["cbf"]}
    site.mapping(rule | {"metadata": {"PostLabelingDelay": 1.8}})
    mr(description="pCASL").write(site.source)
    assert site.report()["converted"] == ["sub-01/perf/sub-01_asl"]
    files = site.files()
    assert files["sub-01/perf/sub-01_aslcontext.tsv"] == b"volume_type\ncbf\n"
    assert json.loads(files["sub-01/perf/sub-01_asl.json"])["PostLabelingDelay"] == 1.8


def test_asl_volumes_that_the_rule_does_not_foresee_are_refused(site, mr):
    rule = {"description": "*asl*", "datatype": "perf", "suffix": "asl"}
    site.mapping(rule | {"volumes": ["control", "label"]})
    mr(description="pCASL").write(site.source)
    assert "1 volumes" in site.report()["refused"][0]["reason"]
    assert site.files() == {}


def test_a_changed_rule_is_told_and_changes_nothing(site, mr):
    mr().write(site.source)
    site.report()
    before = site.files()
    site.mapping({"description": "*mprage*", "datatype": "anat", "suffix": "T2w"})
    renamed = site.report()
    assert reasons(renamed["refused"]) == ["converted earlier as sub-01/anat/sub-01_T1w"]
    rule = {"description": "*mprage*", "datatype": "anat", "suffix": "T1w"}
    site.mapping(rule | {"metadata": {"FlipAngle": 8}})
    assert "by a rule of other" in site.report()["refused"][0]["reason"]
    assert site.files() == before
    for path in (site.bids / "sub-01" / "anat").iterdir():
        path.unlink()
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"], "as the remedy says"


def test_a_series_that_grew_is_converted_when_its_old_image_is_gone(site, mr):
    mr(slices=3).write(site.source)
    site.report()
    mr(slices=5).write(site.source)
    told = site.report()
    assert told["converted"] == []
    assert "was made of other files" in told["refused"][0]["reason"]
    shutil.rmtree(site.bids / "sub-01")
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"]
    assert image_of(site, "sub-01/anat/sub-01_T1w").shape == (8, 6, 5)


def test_a_conversion_that_is_broken_off_leaves_no_half_image_and_is_taken_up(
    site, mr, monkeypatch
):
    mr().write(site.source)
    mr(patient="PID0002").write(site.source)
    site.subjects("PID0001,01", "PID0002,02")
    known = Path.rename

    def break_off(self, target):
        if "sub-02" in str(target) and str(target).endswith(".nii.gz"):
            raise KeyboardInterrupt
        return known(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", break_off)
        assert isinstance(site.run().exception, KeyboardInterrupt | SystemExit)
    assert not list(site.bids.rglob("sub-02*.nii.gz"))
    assert [p for p in (site.bids / ".drepano").iterdir() if p.is_dir()] == []
    told = site.report()
    assert told["present"] == ["sub-01/anat/sub-01_T1w"]
    assert told["converted"] == ["sub-02/anat/sub-02_T1w"]


def test_a_full_disk_is_told_as_such(site, mr, monkeypatch):
    def no_space(self, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    mr().write(site.source)
    monkeypatch.setattr(Path, "rename", no_space)
    done = site.run()
    assert isinstance(done.exception, StorageError)


def test_the_same_source_gives_the_same_bytes(site, mr, tmp_path):
    mr().write(site.source)
    site.report()
    first = site.files()
    shutil.rmtree(site.bids)
    site.source.rename(tmp_path / "moved")
    (tmp_path / "moved").rename(site.source)
    site.report()
    assert site.files() == first


def test_the_image_is_written_without_text_and_time(site, mr):
    mr(tags={"ImageComments": "anything"}).write(site.source)
    site.report()
    packed = site.files()["sub-01/anat/sub-01_T1w.nii.gz"]
    assert packed[3] == 0, "no name in the gzip header"
    assert packed[4:8] == b"\0\0\0\0", "no time in the gzip header"
    header = nib.Nifti1Header.from_fileobj(io.BytesIO(gzip.decompress(packed)))
    for field in ("data_type", "db_name", "descrip", "aux_file", "intent_name"):
        assert bytes(header[field].tobytes()).strip(b"\0") == b""
    assert (len(header.extensions), int(header["vox_offset"])) == (0, 352)


def test_tables_that_people_added_to_are_kept(site, mr):
    mr().write(site.source)
    site.bids.mkdir()
    (site.bids / "participants.tsv").write_text("participant_id\tgroup\nsub-77\tcontrol\n")
    site.report()
    table = (site.bids / "participants.tsv").read_text()
    assert table == "participant_id\tgroup\nsub-77\tcontrol\nsub-01\tn/a\n"


def test_many_series_of_one_description_are_one_line_for_people(site, mr):
    patients = [f"PID{n:04d}" for n in range(1, 6)]
    site.subjects(*(f"{patient},{n:02d}" for n, patient in enumerate(patients, start=1)))
    for patient in patients:
        mr(patient=patient, description="unheard of").write(site.source)
    lines = [line for line in site.run("--dry-run").stdout.splitlines() if "unheard" in line]
    assert len(lines) == 1
    assert "5 series of 5 subjects" in lines[0]
    assert len(site.report("--dry-run")["unmapped_series"]) == 5
