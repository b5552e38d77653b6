"""Study dates to sessions: by table, by order, or none; no date ever in a name."""

import pytest

FIRST, SECOND = "sub-01/ses-01/anat/sub-01_ses-01_T1w", "sub-01/ses-02/anat/sub-01_ses-02_T1w"
RULE = {"description": "*mprage*", "datatype": "anat", "suffix": "T1w"}


def test_sessions_by_order_of_dates_go_on_in_a_later_export(site, mr, tmp_path):
    site.mapping(RULE, sessions="order")
    mr(date="20210101").write(site.source / "a")
    mr(date="20190101").write(site.source / "b")
    assert site.report()["converted"] == [FIRST, SECOND]
    later = tmp_path / "later"
    mr(date="20230101").write(later)
    assert site.report(source=later)["converted"] == [FIRST.replace("ses-01", "ses-03")]
    assert site.report()["present"] == [FIRST, SECOND]


def test_a_study_before_a_numbered_one_is_refused(site, mr):
    site.mapping(RULE, sessions="order")
    mr(date="20210101").write(site.source / "a")
    site.report()
    mr(date="20190101").write(site.source / "b")
    told = site.report()
    assert (told["present"], told["converted"]) == ([FIRST], [])
    assert "before one that has its session number" in told["refused"][0]["reason"]


def test_two_series_of_one_date_share_a_session(site, mr):
    site.mapping(
        RULE, {"description": "*flair*", "datatype": "anat", "suffix": "FLAIR"}, sessions="order"
    )
    mr().write(site.source)
    mr(description="FLAIR", number=3).write(site.source)
    assert site.report()["converted"] == [FIRST.replace("T1w", "FLAIR"), FIRST]


def test_sessions_by_table(site, mr, tmp_path):
    site.mapping(RULE, sessions="table")
    columns = "patient_id,participant_id,study_date,session_id"
    site.subjects("PID0001,01,2021-01-01,before", columns=columns)
    mr(date="20210101").write(site.source / "a")
    mr(date="20220101").write(site.source / "b")
    told = site.report("--unmapped", str(tmp_path / "unmapped.tsv"))
    assert told["converted"] == ["sub-01/ses-before/anat/sub-01_ses-before_T1w"]
    assert "does not have" in told["refused"][0]["reason"]
    assert "2022" not in str(told)
    lines = (tmp_path / "unmapped.tsv").read_text().splitlines()
    assert lines[1].split("\t") == ["", "PID0001", "01", "20220101", ""]


def test_without_sessions_studies_of_two_dates_are_not_mixed(site, mr, tmp_path):
    mr(date="20210101").write(site.source)
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"]
    later = tmp_path / "later"
    mr(date="20220101", number=8).write(later)
    assert "another study was converted" in site.report(source=later)["refused"][0]["reason"]
    mr(date="20220101").write(site.source)
    both = site.report()
    assert len(both["refused"]) == 2
    assert "several dates" in both["refused"][0]["reason"]


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (["PID0001"], "patient_id", "no column participant_id"),
        (["PID0001,a_b"], None, "a participant_id with other signs"),
        ([",01"], None, "no patient_id"),
        (["PID0001,01", "PID0001,02"], None, "one patient, more than one participant_id"),
        (["P,1,2020,1"], "patient_id,participant_id,study_date,session_id", "of another form"),
        (["P,1,,20200102"], "patient_id,participant_id,study_date,session_id", "a date as"),
        (["P,1,20200102,"], "patient_id,participant_id,study_date,session_id", "without session"),
    ],
)
def test_a_wrong_subjects_file_is_named_without_its_values(site, rows, columns, message):
    site.subjects(*rows, columns=columns or "patient_id,participant_id")
    done = site.run()
    assert message in str(done.exception)
    assert "PID0001" not in str(done.exception)
