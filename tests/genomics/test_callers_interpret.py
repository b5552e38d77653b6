"""Callers among the interpreters: columns, states of every subject, and files of panel calls."""

import dataclasses
from pathlib import Path

import pyarrow as pa
import pytest

from drepano.catalogue.panel import load_panel
from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import REASONS, STATES, STEP_STATES
from drepano.contracts.values import CLINICAL, GENOME_SUMS, GENOMICS, INTERPRETATION
from drepano.errors import ConfigError, InputError
from drepano.genomics import Long, evidence_of
from drepano.genomics.callers.structural import SOURCE
from drepano.genomics.interpretation.interpret import declare_interpretation, interpret
from drepano.settings import GenomeSource, Genomics
from drepano.settings.genomics import Callers

ALL = ("haemoglobin", "alpha_globin", "beta_haplotype", "apol1", "g6pd", "ugt1a1")
EVERY = Genomics(callers=dict.fromkeys(ALL, True))
VARIANTS = [row.variant for row in load_panel("scd")]


@dataclasses.dataclass
class Site:
    """What a site has of its subjects, row by row."""

    subjects: tuple = ("a",)
    calls: list = dataclasses.field(default_factory=list)
    states: list = dataclasses.field(default_factory=list)
    sums: list = dataclasses.field(default_factory=list)
    sum_states: list = dataclasses.field(default_factory=list)
    clinical: list = dataclasses.field(default_factory=list)
    genome: GenomeSource | None = dataclasses.field(
        default_factory=lambda: GenomeSource(build="GRCh38", vcf=("x",))
    )

    def call(self, subject, rest="0/0", **named):
        for variant in VARIANTS:
            text = named.get(variant, rest)
            row = {"subject": subject, "variant": variant, "genotype": text, "key": "k"}
            row |= {"dosage": float(text.count("1")), "ploidy": len(text.split("/"))}
            self.calls.append(row)
        return self

    def text(self, subject, item, text):
        row = {"subject": subject, "source": SOURCE, "item": item, "quantity": "text"}
        self.sums.append(row | {"value": 0, "text": text})
        return self

    def clean(self, subject):
        """Cover HBB, and call two copies of cluster and alpha locus."""
        self.text(subject, "covered:11:1", "5000000-6000000")
        for chrom in ("11", "16"):
            self.text(subject, f"copies:{chrom}:1", "1-9000000:2")
        return self

    def told(self, concept, subject, value, session="1"):
        kind = "category" if isinstance(value, str) else "number"
        row = {"subject": subject, "session": session, "column": concept, kind: value}
        self.clinical.append(row)
        return self

    def interpreted(self, study=EVERY):
        """Return values and states by (subject, column without gen__)."""
        index = [
            {"subject": s, "session": "", "imaging": False, "genomics": True, "clinical": False}
            for s in self.subjects
        ]
        evidence = evidence_of(
            SUBJECTS.from_rows(index),
            self.genome,
            Long(GENOMICS.from_rows(self.calls), STEP_STATES.from_rows(self.states)),
            Long(GENOME_SUMS.from_rows(self.sums), STEP_STATES.from_rows(self.sum_states)),
            CLINICAL.from_rows(self.clinical),
        )
        values, states = interpret(study, evidence)
        INTERPRETATION.check(values, "test")
        STEP_STATES.check(states, "test")
        found = {
            (r["subject"], r["column"].removeprefix("gen__")): r["category"]
            if r["number"] is None
            else r["number"]
            for r in values.to_pylist()
        }
        lost = {
            (r["subject"], r["source"].removeprefix("gen__")): (r["state"], r["reason"])
            for r in states.to_pylist()
        }
        assert not found.keys() & lost.keys()
        return found | lost


def test_columns_do_not_depend_on_data_and_split_at_double_underscores():
    columns = declare_interpretation(EVERY)
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    for column in columns:
        assert len(column.name.split("__")) == 3
        assert column.name.startswith("gen__")
        assert column.state_source == column.name.rpartition("__")[0]
        assert column.meaning
        assert column.missing
        assert column.source
        if column.type == "category":
            assert len(set(column.categories)) == len(column.categories) > 1


def test_each_switch_adds_its_columns_alone():
    everything = [column.name for column in declare_interpretation(EVERY)]
    one_by_one = [
        column.name
        for name in ALL
        for column in declare_interpretation(Genomics(callers={name: True}))
    ]
    assert one_by_one == everything
    assert declare_interpretation(Genomics()) == []


def test_settings_tell_what_is_asked():
    assert not Callers().any
    assert not Callers(dna="other").any
    assert all(Callers(**{name: True}).any for name in ALL)
    assert Genomics(callers={"ugt1a1": True}).interprets


def test_every_column_of_every_subject_has_a_value_or_a_state():
    site = Site(("a", "b", "c")).call("a").clean("a").call("b")
    answer = site.interpreted()
    columns = [column.name.removeprefix("gen__") for column in declare_interpretation(EVERY)]
    assert set(answer) == {(s, column) for s in "abc" for column in columns}
    for found in answer.values():
        if isinstance(found, tuple):
            assert found[0] in STATES
            assert found[1] in REASONS


def test_a_whole_subject():
    site = Site().call("a", hbb_rs334="0/1", hbb_rs33930165="0/1").clean("a")
    site.told("hsct", "a", 0.0).told("transfused_90d", "a", 1.0).told("genotype", "a", "HbSS")
    site.told("sex", "a", "female")
    answer = site.interpreted()
    assert answer["a", "haemoglobin__genotype"] == "HbSC"
    assert answer["a", "haemoglobin__phase_presumed"] == 1
    assert answer["a", "haemoglobin__hemizygosity_not_excluded"] == 0
    assert answer["a", "haemoglobin__sample_source"] == 1
    assert answer["a", "haemoglobin__conflict"] == 1
    assert answer["a", "alpha_globin__genotype"] == "aa/aa"
    assert answer["a", "alpha_globin__functional_genes"] == 4
    assert answer["a", "beta_haplotype__ben"] == ("indeterminate", "phase_unknown")
    assert answer["a", "apol1__genotype"] == "G0/G0"
    assert answer["a", "g6pd__class"] == "normal"
    assert answer["a", "ugt1a1__genotype"] == "*1/*1"


def test_trait_needs_the_scan():
    plain = Site().call("a", hbb_rs334="0/1")
    lost = ("indeterminate", "second_allele_not_excluded")
    assert plain.interpreted()["a", "haemoglobin__genotype"] == lost
    assert plain.clean("a").interpreted()["a", "haemoglobin__genotype"] == "HbAS"


def test_a_subject_without_a_file():
    rows = [
        {"subject": "a", "session": "", "source": f"gen__{v}", "state": "not_acquired"}
        | {"reason": "no_sample"}
        for v in VARIANTS
    ]
    answer = Site(states=rows).interpreted()
    for part in ("haemoglobin__genotype", "apol1__high_risk", "g6pd__class", "ugt1a1__activity"):
        assert answer["a", part] == ("not_acquired", "no_sample")
    assert answer["a", "haemoglobin__sample_source"] == ("not_acquired", "no_sample")


def test_a_site_without_genomics():
    answer = Site(genome=None).interpreted()
    assert answer["a", "alpha_globin__genotype"] == ("not_acquired", "no_site_table")
    assert answer["a", "haemoglobin__genotype"] == ("indeterminate", "rs334_missing")


def test_the_registry_is_null_where_it_is_silent_or_nothing_is_called():
    answer = Site().call("a", hbb_rs334="1/1").interpreted()
    assert answer["a", "haemoglobin__conflict"] == ("not_acquired", "clinical_unknown")
    assert answer["a", "haemoglobin__sample_source"] == ("not_acquired", "clinical_unknown")
    lost = Site().told("genotype", "a", "HbSS").interpreted()
    assert lost["a", "haemoglobin__conflict"] == ("indeterminate", "rs334_missing")


def test_dna_that_is_not_blood_is_not_changed_by_transfusion():
    site = Site().call("a").told("hsct", "a", 0.0).told("transfused_90d", "a", 1.0)
    other = Genomics(callers={"haemoglobin": True, "dna": "other"})
    assert site.interpreted()["a", "haemoglobin__sample_source"] == 1
    assert site.interpreted(other)["a", "haemoglobin__sample_source"] == 0


def test_the_sites_table_of_alpha_globin(tmp_path):
    path = tmp_path / "alpha.tsv"
    path.write_text("participant_id\tgenotype\nsub-a\t-a3.7/aa\n")
    genome = GenomeSource(build="GRCh38", vcf=("x",), alpha_globin=path)
    site = Site(("a", "b"), genome=genome)
    answer = site.interpreted()
    assert answer["a", "alpha_globin__functional_genes"] == 3
    assert answer["b", "alpha_globin__functional_genes"] == ("not_acquired", "no_site_table")
    answer = site.clean("a").interpreted()
    assert answer["a", "alpha_globin__genotype"] == ("indeterminate", "source_conflict")
    path.write_text("participant_id\tgenotype\nsub-a\tnormal\n")
    with pytest.raises(InputError, match="line 2"):
        site.interpreted()


def test_a_file_that_failed_is_told_of_alpha_globin():
    row = {"subject": "a", "session": "", "source": f"{SOURCE}@16:1-2", "state": "failed"}
    answer = Site(sum_states=[row | {"reason": "unreadable"}]).interpreted()
    assert answer["a", "alpha_globin__genotype"] == ("failed", "unreadable")


def test_panels_that_lack_rows_are_refused_all_at_once(write_panel):
    panel = write_panel(("hbb_rs334", "11", 5227002, "T", "A"))
    study = Genomics(panels=(panel,), callers={"haemoglobin": True, "apol1": True})
    with pytest.raises(ConfigError) as caught:
        declare_interpretation(study)
    text = str(caught.value)
    for part in ("variant hbb_rs334:", "hbb_rs33930165", "apol1_rs73885319", "other alleles"):
        assert part in text


def test_more_alleles_of_a_study_are_watched(tmp_path, write_panel):
    """A study's own beta-thalassaemia alleles take part, whatever else its panel holds."""
    lines = Path(write_panel(("hbb_mine", "11", 5226900, "A", "G"))).read_text()
    path = tmp_path / "own.tsv"
    path.write_text(lines.replace("\tG\t11", "\tHBB\t11").replace("\tG\ttest", "\tG\tbthal_zero"))
    study = Genomics(panels=("scd", str(path)), callers={"haemoglobin": True})
    site = Site().call("a", hbb_rs334="0/1").clean("a")
    lost = ("indeterminate", "second_allele_not_excluded")
    assert site.interpreted(study)["a", "haemoglobin__genotype"] == lost
    row = {"subject": "a", "variant": "hbb_mine", "genotype": "1/0", "key": "k"}
    site.calls.append(row | {"dosage": 1.0, "ploidy": 2})
    assert site.interpreted(study)["a", "haemoglobin__genotype"] == "HbS/beta0"


def test_the_order_of_rows_changes_nothing():
    site = Site(("a", "b")).call("a").call("b").clean("a").clean("b")
    turned = dataclasses.replace(site, calls=site.calls[::-1], sums=site.sums[::-1])
    assert turned.interpreted() == site.interpreted()
    assert isinstance(GENOMICS.from_rows(site.calls), pa.Table)
