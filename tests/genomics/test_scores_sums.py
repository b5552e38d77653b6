"""Sums of many variants: exact, the same for any pieces, null by rule, and told in full."""

import itertools
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored import add_up, conclude, run, scan, write_score

from drepano.contracts.states import STEP_STATES
from drepano.genomics.interpretation.registry import interpreters_of
from drepano.genomics.reading.bases import NoReference
from drepano.genomics.reading.dosages import UNIT
from drepano.genomics.scores.exact import LOW_BITS, MOST_VARIANTS, quantise, value_of
from drepano.genomics.scores.gathering import score_sources
from drepano.genomics.scores.kernels import add_additive
from drepano.matrix import dictionary
from drepano.settings import GenomeSource, Genomics, Study

GENOME = GenomeSource(build="GRCh38", vcf=("x",))
FINITE = st.floats(-1e6, 1e6, allow_nan=False)


class TestExact:
    @given(st.lists(FINITE, min_size=1, max_size=30))
    def test_a_weight_is_rounded_once_to_a_part_of_the_largest(self, weights):
        made = quantise(np.array(weights))
        largest = max(map(abs, weights))
        for weight, high, low in zip(weights, made.high, made.low, strict=True):
            kept = Fraction((int(high) << LOW_BITS) + int(low)) / Fraction(2) ** made.shift
            assert abs(kept - Fraction(weight)) <= Fraction(largest) / 2**47
            assert 0 <= low < 2**24
            assert abs(int(high)) <= 2**23

    @pytest.mark.parametrize("weight", [1.0, -1.0, 2**-30, 0.1, -0.1, np.nextafter(1, 0)])
    def test_the_most_variants_of_the_greatest_weight_and_dosage_do_not_overflow(self, weight):
        made = quantise(np.array([weight]))
        high, low = int(made.high[0]), int(made.low[0])
        most = MOST_VARIANTS - 1
        units = np.array([2 * UNIT], np.int32)
        sums = tuple(np.array([part * 2 * UNIT * most], np.int64) for part in (high, low))
        sums = (*sums, np.zeros(1, np.int64))
        add_additive(units, made.high[0], made.low[0], sums)
        assert int(sums[0][0]) == high * 2 * UNIT * MOST_VARIANTS
        assert int(sums[1][0]) == low * 2 * UNIT * MOST_VARIANTS
        total = value_of(int(sums[0][0]), int(sums[1][0]), made.shift)
        assert total == pytest.approx(weight * 2 * MOST_VARIANTS, rel=1e-14)

    def test_no_weight_but_zero(self):
        made = quantise(np.zeros(3))
        assert value_of(int(made.high[0]), int(made.low[0]), made.shift) == 0


def line(position, *genotypes, chrom="1", ref="A", alt="G", form="GT"):
    return " ".join([chrom, str(position), ".", ref, alt, ".", "PASS", ".", form, *genotypes])


def study_of(path, **settings):
    return Genomics(scores={"s": {"file": path, **settings}})


class TestByGenotype:
    COLUMNS = (
        "chr_name chr_position effect_allele other_allele effect_weight is_dominant "
        "is_recessive dosage_0_weight dosage_1_weight dosage_2_weight"
    )
    ROWS: ClassVar = {
        "dominant": ("G A 0.5 True False - - -", [0, 0.5, 0.5]),
        "recessive": ("G A 0.5 False True - - -", [0, 0, 0.5]),
        "recessive_ref": ("A G 0.5 False True - - -", [0.5, 0, 0]),
        "genotypes": ("G A - - - 0.125 -0.25 1", [0.125, -0.25, 1]),
    }

    @pytest.mark.parametrize("kind", ROWS)
    def test_weighs_whole_genotypes(self, cohort, tmp_path, kind):
        row, expected = self.ROWS[kind]
        path = write_score(tmp_path / "s.txt", f"1 100 {row}", columns=self.COLUMNS)
        file = cohort.write(line(100, "0/0", "0/1", "1/1", "./."), samples="a b c d")
        result = run(file, study_of(path), "a b c d")
        assert [result.of("score__s__sum", name) for name in "abc"] == expected
        assert result.of("score__s__sum", "d") == ("not_covered", "too_few_variants")

    @pytest.mark.parametrize("kind", ROWS)
    def test_expected_dosages_are_not_rounded_to_one(self, cohort, tmp_path, kind):
        path = write_score(tmp_path / "s.txt", f"1 100 {self.ROWS[kind][0]}", columns=self.COLUMNS)
        file = cohort.write(line(100, "1.0", form="DS"))
        result = run(file, study_of(path))
        assert result.of("score__s__sum") == ("not_covered", "too_few_variants")
        assert result.of("score__s__matched") == 0

    def test_one_allele_tells_dominance_alone(self, cohort, tmp_path):
        rows = [f"X {n} {row}" for n, (row, _) in enumerate(self.ROWS.values(), 100)]
        path = write_score(tmp_path / "s.txt", *rows, columns=self.COLUMNS)
        file = cohort.write(*(line(n, "1", chrom="X") for n in range(100, 104)))
        result = run(file, study_of(path, strict_up_to=0, min_match=0.25))
        assert result.of("score__s__sum") == 0.5
        assert result.of("score__s__matched") == 0.25


def naive(rows, calls):
    """Sum weight times copies as fractions; calls by position, of one sample."""
    total, called = Fraction(0), 0
    for position, effect, weight in rows:
        call = calls.get(position)
        if call is None or "." in call:
            continue
        copies = sum(("A", "G")[int(allele)] == effect for allele in call.split("/"))
        total += Fraction(weight) * copies
        called += 1
    return float(total), called


class TestManyVariants:
    """Drawn with a seed; compared with a loop over fractions."""

    SAMPLES = ("a", "b", "c")

    @pytest.fixture
    def drawn(self, cohort, tmp_path):
        rng = np.random.default_rng(20111)
        positions = sorted(rng.choice(np.arange(100, 5000), 300, replace=False).tolist())
        calls = [
            ["./." if rng.random() < 0.05 else f"{a}/{b}" for a, b in rng.integers(0, 2, (3, 2))]
            for _ in positions
        ]
        rows = [(p, "AG"[rng.integers(2)], float(rng.normal())) for p in positions]
        texts = [f"1 {p} {e} {'G' if e == 'A' else 'A'} {w!r}" for p, e, w in rows]
        score = write_score(tmp_path / "s.txt", *texts)
        lines = [line(p, *c) for p, c in zip(positions, calls, strict=True)]
        return cohort.write(*lines, samples="a b c"), study_of(score), rows, positions, calls

    def test_against_a_loop_over_fractions(self, drawn):
        file, study, rows, positions, calls = drawn
        result = run(file, study, "a b c")
        for place, name in enumerate(self.SAMPLES):
            of_sample = {p: c[place] for p, c in zip(positions, calls, strict=True)}
            total, called = naive(rows, of_sample)
            assert result.of("score__s__matched", name) == called / 300
            assert result.of("score__s__sum", name) == pytest.approx(total, rel=1e-12)

    def test_any_pieces_give_the_same_bits(self, drawn):
        file, study, *_ = drawn
        borders = [0, 1, 777, 778, 2500, 2501, 4000, 10_000]
        pieces = tuple((a + 1, b) for a, b in itertools.pairwise(borders))
        one, many = run(file, study, "a b c"), run(file, study, "a b c", pieces=pieces)
        assert one.values == many.values
        assert one.matches == many.matches
        assert len(one.values) == 6

    def test_two_files_of_one_cohort_give_the_same_bits(self, drawn):
        file, study, *_ = drawn
        apart = [scan(file, study, GENOME, [name]) for name in self.SAMPLES]
        together = run(file, study, "a b c")
        joined = conclude(add_up(apart[::-1]), study, GENOME, list(self.SAMPLES))
        assert joined.values == together.values
        assert joined.matches == together.matches


class TestNulls:
    @pytest.fixture
    def scored(self, cohort, tmp_path):
        """Score of `variants` of which `called` are called in the sample."""

        def run_it(variants, called, **settings):
            rows = [f"1 {n} G A 0.5" for n in range(100, 100 + variants)]
            calls = ["0/1"] * called + ["./."] * (variants - called)
            lines = [line(n, call) for n, call in enumerate(calls, 100)]
            path = write_score(tmp_path / "s.txt", *rows)
            return run(cohort.write(*lines), study_of(path, **settings))

        return run_it

    @pytest.mark.parametrize(
        ("variants", "called", "there"),
        [(20, 20, True), (20, 19, False), (21, 20, True), (24, 18, True), (24, 17, False)],
    )
    def test_small_scores_are_strict_and_large_ones_gated(self, scored, variants, called, there):
        result = scored(variants, called)
        expected = called * 0.5 if there else ("not_covered", "too_few_variants")
        assert result.of("score__s__sum") == expected
        assert result.of("score__s__matched") == called / variants

    def test_a_sum_of_nothing_is_not_zero(self, scored):
        result = scored(3, 0, strict_up_to=0, min_match=0)
        assert result.of("score__s__sum") == ("not_covered", "too_few_variants")

    def test_a_row_that_cannot_be_used_is_one_that_is_missing(self, cohort, tmp_path):
        path = write_score(tmp_path / "s.txt", "1 100 G A 1", "1 101 - A 1")
        result = run(cohort.write(line(100, "0/1")), study_of(path))
        assert result.of("score__s__sum") == ("not_covered", "too_few_variants")
        assert result.of("score__s__matched") == 0.5
        told = {row["line"]: row["outcome"] for row in result.matches}
        assert told == {3: "matched", 4: "refused: no_effect_allele"}

    @pytest.mark.parametrize(
        ("state", "reason", "null"),
        [
            ("failed", "unreadable", True),
            ("not_acquired", "no_sample", True),
            ("indeterminate", "sample_conflict", True),
            ("not_covered", "site_absent", False),
        ],
    )
    def test_a_failed_piece_leaves_no_score(self, cohort, tmp_path, state, reason, null):
        rows = [f"1 {n} G A 1" for n in range(100, 130)]
        study = study_of(write_score(tmp_path / "s.txt", *rows))
        file = cohort.write(*(line(n, "0/1", "1/1") for n in range(100, 130)), samples="a b")
        trouble = {"subject": "a", "session": "", "source": "score__s@1:1-200"}
        troubles = STEP_STATES.from_rows([trouble | {"state": state, "reason": reason}])
        sums = scan(file, study, GENOME, ["a", "b"])
        result = conclude(sums, study, GENOME, ["a", "b"], troubles)
        assert result.of("score__s__sum", "a") == ((state, reason) if null else 30)
        assert result.of("score__s__sum", "b") == 60

    def test_a_site_without_genomes(self, tmp_path):
        study = study_of(write_score(tmp_path / "s.txt", "1 100 G A 1"))
        result = conclude(add_up([]), study, None, ["a"])
        assert result.of("score__s__sum") == ("not_acquired", "no_sample")
        assert result.of("score__s__matched") == ("not_acquired", "no_sample")


def test_many_scores_in_one_pass(cohort, tmp_path):
    files = [write_score(tmp_path / f"{n}.txt", f"1 100 G A {n}", "1 200 A G 1") for n in "123"]
    study = Genomics(scores={f"s{n}": {"file": f} for n, f in enumerate(files)})
    result = run(cohort.write(line(100, "1/1"), line(200, "1/1")), study)
    assert [result.of(f"score__s{n}__sum") for n in range(3)] == [2, 4, 6]


def test_the_report_tells_of_every_variant(cohort, tmp_path):
    rows = ("1 100 G A 1", "1 110 C T 1", "1 120 C -  1", "1 130 G A 1", "1 140 G A 1", "2 9 A C 1")
    path = write_score(tmp_path / "s.txt", *rows, "1 150 A T 1")
    lines = (
        line(100, "0/1", "./."),
        line(110, "0/1", "0/0"),
        line(120, "0/1", "0/0", ref="C", alt="G"),
        line(130, "0/1", "0/0", ref="A", alt="T"),
    )
    result = run(cohort.write(*lines, samples="a b"), study_of(path, flip=True), "a b")
    assert {line: told for (_, line), told in result.outcomes.items()} == {
        3: {"matched": 1, "no_call": 1},
        4: {"flipped": 2},
        5: {"palindromic": 2},
        6: {"other_alleles": 2},
        7: {"absent": 2},
        8: {"absent": 2},
        9: {"refused: palindromic": 0},
    }
    named = {row["line"]: (row["chrom"], row["position"], row["effect"]) for row in result.matches}
    assert named[4] == ("1", 110, "C")


class TestContract:
    def study(self, path, **settings):
        score = {"file": str(path), **settings}
        block = {"panels": [], "scores": {"s": score}}
        return Study.model_validate({"study": "s", "version": "1.0.0", "genomics": block})

    def contract(self, study):
        columns = interpreters_of(study.genomics)[0].columns()
        return dictionary(study, columns)["drepano"]["contract_id"]

    def test_content_decides_and_paths_do_not(self, tmp_path):
        for name in ("here", "there"):
            (tmp_path / name).mkdir()
        one = write_score(tmp_path / "here/s.txt", "1 100 G A 1")
        two = write_score(tmp_path / "there/t.txt", "1 100 G A 1")
        other = write_score(tmp_path / "there/s.txt", "1 100 G A 1.5")
        assert self.contract(self.study(one)) == self.contract(self.study(two))
        assert self.contract(self.study(one)) != self.contract(self.study(other))

    @pytest.mark.parametrize(
        "change",
        [
            {"flip": True},
            {"palindromic": "keep"},
            {"absent": "reference"},
            {"strict_up_to": 5},
            {"min_match": 0.5},
        ],
    )
    def test_policies_are_in_the_contract(self, tmp_path, change):
        path = write_score(tmp_path / "s.txt", "1 100 G A 1")
        assert self.contract(self.study(path)) != self.contract(self.study(path, **change))

    def test_the_key_of_units_depends_on_content_policy_and_gates(self, tmp_path):
        one = write_score(tmp_path / "s.txt", "1 100 G A 1")
        two = write_score(tmp_path / "t.txt", "1 100 G A 1")
        other = write_score(tmp_path / "u.txt", "1 100 G A 2")

        def digest(path, build="GRCh38", gates=(), **settings):
            study = Genomics(scores={"s": {"file": path, **settings}}, **dict(gates))
            return score_sources(study, build, NoReference())[0].digest()

        assert digest(one) == digest(two) == digest(one, min_match=0.1)
        others = [digest(other), digest(one, flip=True), digest(one, gates={"min_depth": 3})]
        assert len({digest(one), *others}) == 4

    def test_the_standard_says_how_the_sum_is_made(self, tmp_path):
        path = write_score(tmp_path / "s.txt", "1 100 G A 1", pgs_id="PGS9", citation="A. B")
        block = self.study(path, absent="reference").genomics
        total, matched = interpreters_of(block)[0].columns()
        assert (total.name, matched.name) == ("score__s__sum", "score__s__matched")
        assert "count as two reference alleles" in total.standard
        assert "PGS9" in total.meaning
        assert "A. B" in total.source


def test_hbf_of_makani_by_hand(cohort):
    """REF is the effect allele of rs4671393 alone, as the panel has it on GRCh38."""
    records = (
        "2 60493111 . C T . PASS . GT 0/1 1/1 0/1",
        "2 60493816 . G A . PASS . GT 0/0 0/1 0/0",
        "6 135090090 . T C . PASS . GT 0/1 0/0 0/1",
        "6 135097880 . T C . PASS . GT 0/0 0/0 0/0",
        "6 135106021 . T C . PASS . GT 0/0 0/0 0/0",
        "6 135106679 . G A . PASS . GT 0/0 0/0 ./.",
        "6 135110502 . T C . PASS . GT 0/0 1/1 0/0",
        "11 5254939 . G A . PASS . GT 0/1 0/0 0/1",
    )
    file = cohort.write(*records, samples="a b c")
    result = run(file, study_of("hbf_makani2011"), "a b c")
    column = "score__s__sum"
    assert result.of(column, "a") == pytest.approx(-0.406 - 2 * 0.412 + 0.471 + 0.562, abs=1e-13)
    assert result.of(column, "b") == pytest.approx(-2 * 0.406 - 0.412 + 2 * 0.085, abs=1e-13)
    assert result.of(column, "c") == ("not_covered", "too_few_variants")
