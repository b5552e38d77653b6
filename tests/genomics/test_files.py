"""Files: which is read for whom, and what a damaged or wrong one becomes."""

import dataclasses
import itertools
import logging
import re
from pathlib import Path

import pyarrow as pa
import pysam
import pysam.bcftools
import pytest

from drepano.catalogue.panel import load_panel
from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES
from drepano.contracts.values import GENOMICS
from drepano.errors import ConfigError, InputError, UnitError
from drepano.genomics import Genotyping, context_of, declare_columns, plan
from drepano.genomics.panel.genotyping import MERGE_BP, regions
from drepano.genomics.reading.alleles import Target
from drepano.genomics.reading.vcf import reader_version
from drepano.ranks import shard_of, units_from_table, units_to_table
from drepano.ranks.worker import answer, resolve
from drepano.settings import Genomics

S, C = "hbb_rs334", "hbb_rs33930165"
RECORD = "11 5227002 . T A . PASS . GT 0/1"
VARIANTS = 78


def by_subject(states: pa.Table) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for row in states.to_pylist():
        found.setdefault(row["subject"], set()).add((row["state"], row["reason"]))
    return found


def compute(made, study, genome):
    calculation = Genotyping(context_of(study, genome))
    return [calculation.compute(unit) for _, unit in made.units]


def test_subjects_without_a_sample_were_not_acquired(cohort, genome):
    path = cohort.write(RECORD)
    made = plan(Genomics(), genome, *cohort.inputs([cohort.file(path)], [], ["a", "b"]))
    assert made.units == []
    assert made.states.num_rows == 2 * VARIANTS
    assert by_subject(made.states) == {s: {("not_acquired", "no_sample")} for s in "ab"}


def test_a_site_without_genomes_and_a_study_without_genomics(cohort, genome):
    subjects = cohort.inputs([], [], ["a"])[0]
    empty = (GENOME_FILES.empty(), GENOME_SAMPLES.empty())
    made = plan(Genomics(), None, subjects, *empty)
    assert (made.units, made.states.num_rows) == ([], VARIANTS)
    made = plan(None, genome, subjects, *empty)
    assert (made.units, made.states.num_rows) == ([], 0)
    assert declare_columns(None) == []


def test_one_file_per_chromosome(cohort, genome):
    eleven = cohort.write(RECORD, name="chr11")
    x = cohort.write("X 154536002 . C T . PASS . GT 1", name="chrX")
    files = [cohort.file(eleven, ("11",)), cohort.file(x, ("X",))]
    samples = [(eleven, "a", "a"), (x, "a", "a")]
    made = plan(Genomics(), genome, *cohort.inputs(files, samples, ["a"]))
    assert [group for group, _ in made.units] == ["a", "a"]
    assert len({unit.name for _, unit in made.units}) == 2
    values = pa.concat_tables([r.values for r in compute(made, Genomics(), genome)])
    assert values["variant"].to_pylist() == [S, "g6pd_rs1050828"]
    absent = [r for r in made.states.to_pylist() if r["reason"] == "site_absent"]
    assert {r["source"] for r in absent} >= {"gen__ackr1_rs2814778", "gen__bcl11a_rs1427407"}
    assert not [r for r in absent if r["source"].startswith(("gen__hbb", "gen__g6pd"))]


def test_two_files_with_the_same_chromosome_are_a_conflict(cohort, genome):
    one, two = cohort.write(RECORD, name="one"), cohort.write(RECORD, name="two", samples="z")
    files = [cohort.file(one, ("11", "X")), cohort.file(two, ("11",))]
    made = plan(
        Genomics(), genome, *cohort.inputs(files, [(one, "a", "a"), (two, "z", "a")], ["a"])
    )
    assert [unit.payload["variants"][0] for _, unit in made.units] == ["g6pd_rs1050828"]
    states = {r["source"]: r for r in made.states.to_pylist()}
    assert states["gen__hbb_rs334"]["reason"] == "sample_conflict"
    assert states["gen__hbb_rs334"]["state"] == "indeterminate"
    assert states["gen__ackr1_rs2814778"]["reason"] == "site_absent"


def test_two_samples_of_one_file_for_one_subject_are_a_conflict(cohort, genome):
    path = cohort.write(RECORD + " 0/0", samples="s1 s2")
    tables = cohort.inputs(
        [cohort.file(path, ("11",))], [(path, "s1", "a"), (path, "s2", "a")], ["a"]
    )
    made = plan(Genomics(), genome, *tables)
    assert made.units == []
    assert ("indeterminate", "sample_conflict") in by_subject(made.states)["a"]


def test_an_unusable_file_fails_its_subjects_unless_another_serves(cohort, genome):
    good, bad = cohort.write(RECORD, name="good"), cohort.write(RECORD, name="bad")
    files = [
        cohort.file(good, ("11",)),
        cohort.file(bad, (), reason="no_index", detail="no .tbi", remedy="Index it."),
    ]
    samples = [(good, "a", "a"), (bad, "a", "a"), (bad, "b", "b")]
    made = plan(Genomics(), genome, *cohort.inputs(files, samples, ["a", "b"]))
    assert by_subject(made.states) == {s: {("failed", "no_index")} for s in "ab"}
    assert [unit.payload["path"] for _, unit in made.units] == [str(good)]
    assert "no .tbi" in made.states["detail"][0].as_py()
    assert set(made.states["remedy"].to_pylist()) == {"Index it."}


def test_a_header_of_another_build_is_refused_before_reading(cohort, genome):
    path = cohort.write(RECORD)
    tables = cohort.inputs([cohort.file(path, build="GRCh37")], [(path, "a", "a")], ["a"])
    made = plan(Genomics(), genome, *tables)
    assert made.units == []
    assert by_subject(made.states) == {"a": {("failed", "wrong_build")}}
    assert "GRCh37" in made.states["detail"][0].as_py()
    same = cohort.inputs([cohort.file(path, build="GRCh38")], [(path, "a", "a")], ["a"])
    assert len(plan(Genomics(), genome, *same).units) == 1


def test_ref_bases_of_another_build_are_refused(cohort, genome):
    """No header tells the build, and the bases do: one match by chance does not save the file."""
    path = cohort.write(
        "11 5227002 . C G . PASS . GT 0/1",
        "11 5227003 . C T . PASS . GT 0/1",
        "11 5227013 . T G . PASS . GT 0/1",
    )
    study = Genomics()
    made = plan(study, genome, *cohort.inputs([cohort.file(path)], [(path, "a", "a")], ["a"]))
    calculation = Genotyping(context_of(study, genome))
    with pytest.raises(
        UnitError, match=r"wrong_build: REF differs .* at 2 sites and agrees at 1"
    ) as e:
        calculation.compute(made.units[0][1])
    refused = calculation.refuse(made.units[0][1], e.value)
    assert refused.values.num_rows == 0
    assert by_subject(refused.states) == {"a": {("failed", "wrong_build")}}
    assert refused.states.num_rows + made.states.num_rows == VARIANTS


def test_one_site_of_other_bases_fails_alone(cohort, genotype):
    path = cohort.write(
        RECORD, "11 5227003 . G T . PASS . GT 0/1", "11 5227013 . A G . PASS . GT 1/1"
    )
    answer = genotype(path)
    assert (answer.of(S), answer.of("hbb_rs713040")) == (1, 2)
    assert answer.of(C) == ("failed", "ref_mismatch")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-28]), "not a whole BGZF file"),
        (lambda p: p.write_bytes(p.read_bytes()[:-60]), "not a whole BGZF file"),
        (lambda p: p.unlink(), "cannot read it: FileNotFoundError"),
        (lambda p: p.with_name("c.vcf.gz.tbi").write_bytes(b"x"), "a block that ends early"),
        (lambda p: p.with_name("c.vcf.gz.tbi").unlink(), "cannot read it"),
    ],
)
def test_damaged_files_are_unreadable(cohort, genotype, damage, message, capfd):
    path = cohort.write(RECORD)
    damage(path)
    with pytest.raises(UnitError, match=rf"unreadable: c.vcf.gz(.tbi)?: .*{message}"):
        genotype(path)
    assert "c.vcf.gz" not in capfd.readouterr().err


def wide(cohort) -> tuple:
    """Return a file of several blocks, and the name of its samples."""
    names = " ".join(f"s{i}" for i in range(3000))
    calls = " ".join(["0/1:30:99", "1/1:12:7", "0/0:9:8"] * 1000)
    records = [f"11 {p} . A T . PASS . GT:DP:GQ {calls}" for p in range(5000000, 5000060)]
    last = f"11 5227002 . T A . PASS . GT:DP:GQ {calls}"
    return cohort.write(*records, last, samples=names), names


def test_a_damaged_block_is_no_end_of_the_file(cohort, genotype, capfd):
    path, names = wide(cohort)
    assert genotype(path, samples=names).of(S, "s1") == 2
    content = bytearray(path.read_bytes())
    content[-60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UnitError, match="it has a damaged block at byte"):
        genotype(path, samples=names)
    assert capfd.readouterr().err == ""


def test_a_record_with_too_few_columns_is_unreadable(cohort, genotype):
    path = cohort.write(RECORD, samples="a b")
    with pytest.raises(UnitError, match=r"unreadable: .*11:5227002 has another number of columns"):
        genotype(path, samples="a b")


def test_samples_that_the_file_lost_are_noticed(cohort, genotype):
    path = cohort.write(RECORD)
    with pytest.raises(UnitError, match="does not name the samples"):
        genotype(path, samples="a other")


def test_only_mapped_samples_are_read(cohort, genome):
    path = cohort.write(RECORD + " 1/1 0/0", samples="x y z")
    samples = [(path, "z", "zed"), (path, "x", "ann")]
    study = Genomics()
    tables = cohort.inputs([cohort.file(path)], samples, ["ann", "zed"])
    (result,) = compute(plan(study, genome, *tables), study, genome)
    rows = [(r["subject"], r["dosage"]) for r in result.values.to_pylist()]
    assert rows == [("ann", 1), ("zed", 0)]


def test_bcf_is_read_by_its_csi(cohort, genome):
    path = cohort.write(
        "chr11 5226900 . A <NON_REF> . . END=5227001 GT:DP:GQ 0/0:30:60",
        "chr11 5227002 . T A . PASS . GT:DP:GQ 0/1:30:60",
        "chrX 154536002 . C T . PASS . GT 1",
    )
    bcf = path.with_name("c.bcf")
    with (
        pysam.VariantFile(str(path)) as found,
        pysam.VariantFile(str(bcf), "wb", header=found.header) as out,
    ):
        for record in found:
            out.write(record)
    pysam.bcftools.index(str(bcf))
    row = cohort.file(bcf, contig_prefix="chr", index_path=f"{bcf}.csi")
    study = Genomics()
    made = plan(study, genome, *cohort.inputs([row], [(bcf, "a", "a")], ["a"]))
    (result,) = compute(made, study, genome)
    dosages = {r["variant"]: r["dosage"] for r in result.values.to_pylist()}
    assert dosages[S] == 1
    assert dosages["g6pd_rs1050828"] == 1
    assert dosages["hbb_rs33972047"] == 0
    assert "hbb_rs63749819" not in dosages


def test_a_unit_and_its_failure_become_parts(cohort, genome):
    """As the ranks run it: by its name, with what stands in the plan."""
    path = cohort.write(RECORD)
    study = Genomics()
    made = plan(study, genome, *cohort.inputs([cohort.file(path)], [(path, "a", "a")], ["a"]))
    calculation = resolve("drepano.genomics:Genotyping")(context_of(study, genome))
    (unit,) = units_from_table(units_to_table([unit for _, unit in made.units]))
    task = {
        "unit": dataclasses.asdict(unit),
        "part": str(cohort.folder / "part.parquet"),
        "refusal": None,
    }
    assert answer(task, calculation, GENOMICS) == {"reason": ""}
    path.unlink()
    assert answer(task, calculation, GENOMICS) == {"reason": "unreadable"}


def test_regions_join_what_lies_near_and_hold_every_target():
    targets = [Target.of(v, "GRCh37") for v in load_panel("scd")]
    found = regions(targets)
    assert sorted(t.variant for region in found for t in region) == sorted(
        t.variant for t in targets
    )
    for one, following in itertools.pairwise(found):
        apart = following[0].start - max(t.end for t in one)
        assert one[0].chrom != following[0].chrom or apart > MERGE_BP
    for region in found:
        assert len({t.chrom for t in region}) == 1
        assert max(t.end for t in region) - region[0].start < 1000


def test_keys_follow_content_and_not_places(cohort, genome, write_panel):
    path, other = cohort.write(RECORD, name="one"), cohort.write(RECORD, name="two")
    study = Genomics(panels=(write_panel(("v", "11", 5227002, "T", "A")),))

    def key(file=path, settings=study, subject="a", build=genome, **row):
        tables = cohort.inputs(
            [cohort.file(file, **({"sha256": "same", "index_sha256": "same"} | row))],
            [(file, "a", subject)],
            [subject],
        )
        ((_, unit),) = plan(settings, build, *tables).units
        return unit.key

    assert key() == key(other) == key(settings=study.model_copy(update={"max_failed_fraction": 1}))
    changed = [
        key(sha256="other"),
        key(index_sha256="other"),
        key(subject="b"),
        key(settings=study.model_copy(update={"min_depth": 3})),
        key(settings=study.model_copy(update={"accepted_filters": ("PASS",)})),
        key(settings=study.model_copy(update={"min_block_quality": 3})),
        key(build=genome.model_copy(update={"build": "GRCh37"})),
        key(settings=Genomics(panels=(write_panel(("v", "11", 5227002, "T", "C"), name="p2"),))),
    ]
    assert len({key(), *changed}) == 9


def test_groups_are_subjects_or_files(cohort, genome):
    one, both = cohort.write(RECORD, name="one"), cohort.write(RECORD + " 0/0", samples="b c")
    tables = cohort.inputs(
        [cohort.file(one), cohort.file(both)],
        [(one, "a", "a"), (both, "b", "b"), (both, "c", "c")],
        ["a", "b", "c"],
    )
    units = plan(Genomics(), genome, *tables).units
    assert sorted(group for group, _ in units) == sorted(["a", str(both)])
    assert all(0 <= shard_of(group, 7) < 7 for group, _ in units)
    cost = {group: unit.cost for group, unit in units}
    assert cost[str(both)] > cost["a"] > 0


def test_a_panel_that_changed_since_the_plan_is_noticed(cohort, genome, write_panel):
    study = Genomics(panels=(write_panel(("v", "11", 5227002, "T", "A")),))
    path = cohort.write(RECORD)
    made = plan(study, genome, *cohort.inputs([cohort.file(path)], [(path, "a", "a")], ["a"]))
    write_panel(("v", "11", 5227002, "T", "C"))
    with pytest.raises(InputError, match="found other rows than when the work was planned"):
        compute(made, study, genome)


def test_unknown_panels_are_named(cohort, genome):
    study = Genomics(panels=("scdd", "scd"))
    with pytest.raises(ConfigError, match=r"scdd: .*Did you mean scd\?"):
        declare_columns(study)
    with pytest.raises(ConfigError, match="scdd"):
        plan(study, genome, *cohort.inputs([], [], ["a"]))


def test_columns_follow_the_panel_whatever_the_data():
    columns = declare_columns(Genomics())
    names = [c.name for c in columns]
    assert names[:2] == ["gen__hbb_rs334__dosage", "gen__hbb_rs334_g__dosage"]
    assert len([n for n in names if n.endswith("__dosage")]) == VARIANTS
    on_x = [n for n in names if n.endswith("__ploidy")]
    assert len(on_x) == 7
    assert all(n.startswith("gen__g6pd") for n in on_x)
    assert all(len(n.split("__")) == 3 for n in names)
    sickle = columns[0]
    assert (sickle.unit, sickle.minimum, sickle.maximum) == ("1", 0, 2)
    assert sickle.state_source == "gen__hbb_rs334"
    assert sickle.meaning.startswith(
        "HBB 11:5227002 (GRCh38), 11:5248232 (GRCh37) T>A, copies of A"
    )
    assert sickle.source.startswith("rs334; ")


def test_a_panel_of_one_build_serves_sites_of_that_build_alone(cohort, genome, write_panel):
    panel = Path(write_panel(("v", "11", 5227002, "T", "A"), ("w", "11", 5227003, "C", "T")))
    for name in ("v", "w"):  # the position on GRCh37 is not known
        panel.write_text(re.sub(rf"({name}\t\tG\t11\t)\d+", r"\1", panel.read_text()))
    study = Genomics(panels=(str(panel),))
    path = cohort.write(RECORD)
    tables = cohort.inputs([cohort.file(path)], [(path, "a", "a")], ["a"])
    (result,) = compute(plan(study, genome, *tables), study, genome)
    assert result.values["variant"].to_pylist() == ["v"]
    told = [column.meaning for column in declare_columns(study)]
    assert told[0].startswith("G 11:5227002 (GRCh38) T>A, copies of A")
    old = genome.model_copy(update={"build": "GRCh37"})
    with pytest.raises(ConfigError, match=r"variant v: found no position on GRCh37") as caught:
        plan(study, old, *tables)
    assert len(caught.value.faults) == 2
    # A site without genomes needs no build.
    assert plan(study, None, *cohort.inputs([], [], ["a"])).states.num_rows == 2


def test_nothing_is_logged(cohort, genotype, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        genotype(cohort.write(RECORD))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_the_reader_says_its_versions():
    assert reader_version().startswith("cyvcf2 0.")
    assert "htslib 1." in reader_version()
