"""`drepano init`: a first site file that proposes, explains, and guesses no unit."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from drepano.catalogue.concepts import load_concepts
from drepano.cli import cli, init
from drepano.cli.clinical_draft import draft_clinical
from drepano.errors import ConfigError, InputError
from drepano.settings import load_site

LENGTHS = {"GRCh37": 249250621, "GRCh38": 248956422}


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def draft(text: str, name: str = "table.csv") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return draft_clinical(Path(name))


@pytest.mark.parametrize(
    ("header", "concept"),
    [
        ("Haemoglobin", "hb"),
        ("hemoglobin (g/dL)", "hb"),
        ("HGB", "hb"),
        ("Hämoglobin", "hb"),
        ("Platelets", "plt"),
        ("Thrombozyten", "plt"),
        ("HbF", "hbf_pct"),
        ("HbF [%]", "hbf_pct"),
        ("age years", "age"),
        ("Alter", "age"),
        ("Leukocytes", "wbc"),
        ("Leukozyten", "wbc"),
        ("Bilirubin", "bili_total"),
        ("Kreatinin", "creatinine"),
    ],
)
def test_a_synonym_is_a_proposal_with_a_question(here, header, concept) -> None:
    text = draft(f"id\t{header}\n1\t5\n", "table.tsv")
    (line,) = [line for line in text.splitlines() if f"{concept}: {{column" in line]
    assert f'{concept}: {{column: "{header}", unit: "?"}} # is it {concept}? one of ' in line


def test_categories_ask_for_their_codes(here) -> None:
    text = draft("id,Geschlecht,hydroxyurea\n1,2,1\n")
    assert 'sex: {column: "Geschlecht", values: {}} # is it sex? code: female | male' in text
    assert '{column: "hydroxyurea", values: {}} # is it on_hydroxyurea? code: true' in text


def test_every_header_that_is_not_known_is_listed(here) -> None:
    text = draft('patient;Hb;weight;"a ""b"": #";HB\n1;8;70;x;9\n')
    assert '      # "weight": which concept?' in text
    assert '      # "a \\"b\\": #": which concept?' in text
    assert '      # "HB": which concept?' in text  # hb is taken
    (left,) = [line for line in text.splitlines() if "concepts that are left" in line]
    assert "age, sex" in left
    assert " hb," not in left
    values = yaml.safe_load(text)["clinical"][0]
    assert values["columns"] == {"hb": {"column": "Hb", "unit": "?"}}


def test_headers_none_of_which_is_known_leave_a_file_that_check_explains(here) -> None:
    Path("table.csv").write_text("patient,foo,bar\n1,2,3\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["init", "--clinical", "table.csv"])
    assert done.exit_code == 0, done.output
    text = Path("config/site.yaml").read_text(encoding="utf-8")
    assert '# "foo": which concept?' in text
    assert ", ".join(load_concepts()) in text
    with pytest.raises(ConfigError) as caught:
        load_site(Path("config/site.yaml"))
    (fault,) = caught.value.faults
    assert fault.where == "config/site.yaml: clinical.0.columns"
    assert (fault.found, fault.expected) == ("nothing", "a mapping, `key: value`")
    assert "Concept to its column" in fault.remedy


@pytest.mark.parametrize(
    ("text", "comma"),
    [
        ("id;Hb\n1;8,1\n2;9,5\n3;7\n", True),
        ("id\tHb\n1\t8,1\n", True),
        ("id;Hb;note\n1;8.1;1,2\n2;8.2;x\n", False),
        ('id,Hb\n1,"8,1"\n', False),
        ("id;Hb\n1;8\n", False),
    ],
)
def test_a_decimal_comma_is_seen(here, text, comma) -> None:
    values = yaml.safe_load(draft(text))["clinical"][0]
    assert values.get("decimal", ".") == ("," if comma else ".")


def test_odd_names_stay_yaml(here) -> None:
    Path("a: b").mkdir()
    values = yaml.safe_load(draft("Patient #: id,Hb\n1,8\n", "a: b/x #1.csv"))["clinical"][0]
    assert values["path"] == "a: b/x #1.csv"
    assert values["participant"] == "Patient #: id"


@pytest.mark.parametrize("content", [b"id,H\xe4\n", b"\xff\xfei\x00"])
def test_a_table_that_is_no_utf_8_is_refused(here, content) -> None:
    Path("t.csv").write_bytes(content)
    with pytest.raises(InputError, match="not UTF-8"):
        draft_clinical(Path("t.csv"))


def test_an_empty_table_still_makes_a_file(here) -> None:
    assert yaml.safe_load(draft(""))["clinical"][0]["columns"] is None


def test_what_is_not_there_is_refused_all_at_once_and_nothing_is_written(here) -> None:
    with pytest.raises(InputError) as caught:
        init.write_site(
            here, name="s", bids="b", vcf="*.vcf.gz", build="GRCh38", clinical=Path("c.tsv")
        )
    text = str(caught.value)
    for option, name in (("--bids", "b"), ("--vcf", "*.vcf.gz"), ("--clinical", "c.tsv")):
        assert f"{option} {name}: found no f" in text
        assert f" at {here}/{name}" in text
    assert len(caught.value.faults) == 3
    assert list(here.iterdir()) == []


def build_line(header: str, given: str = "GRCh38") -> str:
    Path("a.vcf").write_text(f"{header}#CHROM\tPOS\n", encoding="utf-8")
    init.write_site(Path(), name="s", bids="", vcf="*.vcf", build=given, clinical=None)
    lines = Path("config/site.yaml").read_text(encoding="utf-8").splitlines()
    (line,) = [line.strip() for line in lines if "build:" in line]
    return line


@pytest.mark.parametrize("build", sorted(LENGTHS))
def test_the_build_is_that_of_the_header(here, build) -> None:
    line = build_line(f"##contig=<ID=chr1,length={LENGTHS[build]}>\n")
    assert line == f"build: {build} # as the contig lengths of a.vcf say"


@pytest.mark.parametrize("header", ["", "##contig=<ID=chr1,length=5>\n", "garbage\n"])
def test_a_header_that_does_not_tell_the_build_is_said_to(here, header) -> None:
    line = build_line(header, "GRCh37")
    assert line == (
        "build: GRCh37 # GRCh37 or GRCh38: the header of the VCF does not tell; make sure"
    )


def test_without_a_vcf_the_build_is_a_comment(here) -> None:
    init.write_site(Path(), name="s", bids="", vcf="", build="GRCh38", clinical=None)
    text = Path("config/site.yaml").read_text(encoding="utf-8")
    assert "#   build: GRCh38 # GRCh37 or GRCh38: that of your VCFs" in text
