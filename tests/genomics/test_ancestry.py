"""Projections of synthetic samples, drawn with a seed, against numpy's own algebra."""

import numpy as np
import pytest
from scored import GENOME_38, conclude, run, scan

from drepano.contracts.states import STEP_STATES
from drepano.errors import ConfigError
from drepano.genomics.ancestry.projecting import ancestry_sources
from drepano.genomics.interpretation.registry import interpreters_of
from drepano.genomics.reading.bases import NoReference
from drepano.matrix import dictionary
from drepano.settings import Genomics, Study

HEADER = "chrom grch37_pos grch38_pos ref alt frequency pc1 pc2"
SAMPLES = [f"s{n}" for n in range(40)]


class Reference:
    """Two populations of 20 at 200 variants, and the PCA of their standardised dosages.

    Attributes
    ----------
    dosage
        Copies of ALT, (samples, variants).
    scores
        Left singular vectors times singular values, (samples, 2): the PCA's own positions.
    loadings
        Right singular vectors, (variants, 2).
    """

    def __init__(self):
        rng = np.random.default_rng(1046)
        base = rng.uniform(0.2, 0.8, 200)
        shift = rng.normal(0, 0.15, 200)
        ps = np.clip(np.stack([base + shift, base - shift]), 0.05, 0.95)
        self.dosage = rng.binomial(2, np.repeat(ps, 20, axis=0))
        self.frequency = self.dosage.mean(axis=0) / 2
        p = self.frequency
        self.standardised = (self.dosage - 2 * p) / np.sqrt(2 * p * (1 - p))
        u, s, vt = np.linalg.svd(self.standardised, full_matrices=False)
        self.scores, self.loadings = (u * s)[:, :2], vt[:2].T

    def rows(self):
        chroms = ["1" if v < 100 else "2" for v in range(200)]
        values = zip(self.frequency, *self.loadings.T, strict=True)
        return [
            " ".join(
                [chroms[v], str(5000 + v), str(100 + 10 * v), "A", "C", *map(repr, map(float, x))]
            )
            for v, x in enumerate(values)
        ]

    def records(self, missing=()):
        """Return records; every third one has the reference's ALT as its REF."""
        lines = []
        for v in range(200):
            turned = v % 3 == 0
            calls = []
            for s, copies in enumerate(self.dosage[:, v]):
                alts = 2 - copies if turned else copies
                calls.append("./." if (s, v) in missing else ("0/0", "0/1", "1/1")[alts])
            alleles = ("C", "A") if turned else ("A", "C")
            place = ("1" if v < 100 else "2", str(100 + 10 * v))
            lines.append(" ".join([*place, ".", *alleles, ". PASS . GT", *calls]))
        return lines


@pytest.fixture(scope="module")
def reference():
    return Reference()


def write(path, rows, correction="1,1", header=HEADER):
    lines = [f"#shrinkage_correction={correction}"] if correction is not None else []
    cells = [["" if c == "-" else c for c in row.split()] for row in (header, *rows)]
    path.write_text("\n".join([*lines, *("\t".join(row) for row in cells)]) + "\n")
    return path


def study_of(path, **settings):
    return Genomics(ancestry={"loadings": str(path), "components": 2, **settings})


def projected(result):
    return np.array([[result.of(f"ancestry__pc{k}", s) for k in (1, 2)] for s in SAMPLES])


@pytest.fixture
def study(reference, tmp_path):
    return study_of(write(tmp_path / "l.tsv", reference.rows()))


def test_samples_of_the_reference_land_where_its_pca_put_them(reference, study, cohort):
    file = cohort.write(*reference.records(), samples=" ".join(SAMPLES))
    result = run(file, study, " ".join(SAMPLES))
    np.testing.assert_allclose(projected(result), reference.scores, rtol=1e-9, atol=1e-9)
    assert {result.of("ancestry__matched", s) for s in SAMPLES} == {1.0}
    # The first component tells the two populations apart.
    assert len({bool(x) for x in projected(result)[:20, 0] > 0}) == 1


def test_the_correction_multiplies(reference, cohort, tmp_path):
    path = write(tmp_path / "l.tsv", reference.rows(), "1.5,2.25,9")
    file = cohort.write(*reference.records(), samples=" ".join(SAMPLES))
    result = run(file, study_of(path), " ".join(SAMPLES))
    np.testing.assert_allclose(projected(result), reference.scores * [1.5, 2.25], rtol=1e-9)


def test_missing_variants_are_left_out_and_the_scale_is_mended(reference, study, cohort):
    rng = np.random.default_rng(7)
    missing = {(s, v) for s in range(40) for v in range(200) if rng.random() < 0.05}
    file = cohort.write(*reference.records(missing), samples=" ".join(SAMPLES))
    result = run(file, study, " ".join(SAMPLES))
    seen = np.array([[(s, v) not in missing for v in range(200)] for s in range(40)])
    squared = reference.loadings**2
    plain = (reference.standardised * seen) @ reference.loadings
    expected = plain * squared.sum(axis=0) / (seen @ squared)
    np.testing.assert_allclose(projected(result), expected, rtol=1e-9, atol=1e-9)
    assert result.of("ancestry__matched", "s0") == seen[0].sum() / 200


def test_any_pieces_and_files_give_the_same_bits(reference, study, cohort):
    file = cohort.write(*reference.records(), samples=" ".join(SAMPLES))
    whole = run(file, study, " ".join(SAMPLES))
    pieces = ((1, 100), (101, 777), (778, 10_000))
    assert run(file, study, " ".join(SAMPLES), pieces=pieces).values == whole.values


def test_too_few_variants_and_failed_pieces_leave_none(reference, study, cohort):
    missing = {(0, v) for v in range(21)}
    file = cohort.write(*reference.records(missing), samples=" ".join(SAMPLES))
    sums = scan(file, study, GENOME_38, SAMPLES)
    trouble = {"subject": "s1", "session": "", "source": "ancestry@2:1-9"}
    states = STEP_STATES.from_rows([trouble | {"state": "failed", "reason": "unreadable"}])
    result = conclude(sums, study, GENOME_38, SAMPLES, states)
    assert result.of("ancestry__pc1", "s0") == ("not_covered", "too_few_variants")
    assert result.of("ancestry__matched", "s0") == 179 / 200
    assert result.of("ancestry__pc1", "s1") == ("failed", "unreadable")
    assert result.of("ancestry__matched", "s1") == ("failed", "unreadable")
    assert isinstance(result.of("ancestry__pc1", "s2"), float)


def test_every_wrong_line_is_named(tmp_path):
    rows = (
        "X 1 1 A C 0.5 1 1",
        "1 - - A C 0.5 1 1",
        "1 2 2 A A 0.5 1 1",
        "1 3 3 A C 1.0 1 1",
        "1 4 4 A C 0.5 x 1",
        "1 5 5 A C 0.5 1",
        "1 6 6 A C 0.5 1 1",
        "1 6 6 A C 0.5 1 1",
    )
    study = study_of(write(tmp_path / "l.tsv", rows))
    for ask in (
        lambda: ancestry_sources(study, "GRCh38", NoReference()),
        interpreters_of(study)[0].columns,
    ):
        with pytest.raises(ConfigError) as caught:
            ask()
        lines = [fault.where.rpartition(":")[2] for fault in caught.value.faults]
        assert lines == ["3", "4", "5", "6", "7", "8", "10"]


@pytest.mark.parametrize("correction", [None, "1", "1,x", "1,0", "1,nan"])
def test_the_correction_must_be_there_for_each_component(tmp_path, correction):
    path = write(tmp_path / "l.tsv", ["1 1 1 A C 0.5 1 1"], correction)
    with pytest.raises(ConfigError, match="shrinkage_correction"):
        interpreters_of(study_of(path))[0].columns()


def test_a_build_without_positions_is_refused(tmp_path):
    study = study_of(write(tmp_path / "l.tsv", ["1 5 - A C 0.5 1 1"]))
    assert ancestry_sources(study, "GRCh37", NoReference())[0].places() == {"1": [(5, 5)]}
    with pytest.raises(ConfigError, match="1 variants without grch38_pos"):
        ancestry_sources(study, "GRCh38", NoReference())


def test_content_decides_and_paths_do_not(tmp_path):
    def contract(path):
        study = Study.model_validate(
            {"study": "s", "version": "1.0.0", "genomics": study_of(path).model_dump(mode="json")}
        )
        columns = interpreters_of(study.genomics)[0].columns()
        assert [c.name for c in columns] == ["ancestry__pc1", "ancestry__pc2", "ancestry__matched"]
        return dictionary(study, columns)["drepano"]["contract_id"]

    one = contract(write(tmp_path / "a.tsv", ["1 5 5 A C 0.5 1 1"]))
    assert contract(write(tmp_path / "b.tsv", ["1 5 5 A C 0.5 1 1"])) == one
    assert contract(write(tmp_path / "c.tsv", ["1 5 5 A C 0.4 1 1"])) != one
