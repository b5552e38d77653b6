"""Scoring files: positions of the build, rows refused by name, all faults at once."""

import gzip

import pytest
from scored import write_score

from drepano.catalogue.panel import load_panel
from drepano.errors import ConfigError
from drepano.genomics.interpretation.registry import interpreters_of
from drepano.genomics.reading.bases import NoReference
from drepano.genomics.scores.gathering import score_sources
from drepano.genomics.scores.scoring_file import content_digest, load_score, package_scores
from drepano.settings import Genomics, Score

HARMONISED = (
    "rsID chr_name chr_position effect_allele other_allele effect_weight hm_chr hm_pos "
    "hm_inferOtherAllele"
)


def places(score, build):
    return {
        (row.site.chrom, row.site.position, row.site.effect, row.site.other): row.weights
        for row in load_score(score, build).rows
    }


def reasons(score, build="GRCh38"):
    return {row.line: row.reason for row in load_score(score, build).refused}


class TestBuild:
    def test_harmonised_positions_win_over_the_authors(self, tmp_path):
        path = write_score(
            tmp_path / "s.txt",
            "rs1 1 100 A G 0.5 1 200 -",
            columns=HARMONISED,
            genome_build="hg19",
            HmPOS_build="GRCh38",
        )
        score = Score(file=path)
        assert places(score, "GRCh38") == {("1", 200, "A", "G"): (0.5,)}
        assert places(score, "GRCh37") == {("1", 100, "A", "G"): (0.5,)}

    @pytest.mark.parametrize("told", ["NR", "GRCh37", "NCBI36", ""])
    def test_another_build_is_refused_with_the_way_out(self, tmp_path, told):
        score = Score(file=write_score(tmp_path / "s.txt", "1 100 A G 1", genome_build=told))
        with pytest.raises(ConfigError, match=r"no positions on GRCh38.*harmonised to GRCh38"):
            load_score(score, "GRCh38")

    def test_one_file_for_each_build(self, tmp_path):
        for build, place in (("GRCh37", 100), ("GRCh38", 200)):
            write_score(tmp_path / f"s_{build}.txt", f"1 {place} A G 1", genome_build=build)
        score = Score(file=str(tmp_path / "s_{build}.txt"))
        assert places(score, "GRCh37") == {("1", 100, "A", "G"): (1.0,)}
        assert places(score, "GRCh38") == {("1", 200, "A", "G"): (1.0,)}
        before = content_digest(score)
        write_score(tmp_path / "s_GRCh37.txt", "1 101 A G 1", genome_build="GRCh37")
        assert content_digest(score) != before
        (tmp_path / "s_GRCh37.txt").unlink()
        with pytest.raises(ConfigError, match="no file"):
            interpreters_of(Genomics(scores={"s": score}))[0].columns()

    def test_chromosomes_by_their_names_without_prefix(self, tmp_path):
        rows = [f"{name} 100 A G 1" for name in ("chr1", "23", "X", "MT", "XY")]
        score = Score(file=write_score(tmp_path / "s.txt", *rows))
        assert {site[0] for site in places(score, "GRCh38")} == {"1", "X"}
        assert load_score(score, "GRCh38").refusals == {"no_position": 2, "repeated": 1}


class TestRefusedRows:
    def test_by_name(self, tmp_path):
        columns = (
            "rsID chr_name chr_position effect_allele other_allele effect_weight is_interaction "
            "is_haplotype is_diplotype"
        )
        path = write_score(
            tmp_path / "s.txt",
            "rs1 1 100 A G 0.5 False False False",
            "rs2 1 110 A G 0.5 True False False",
            "- 6 120 HLA-B*57:01 - 0.5 False True False",
            "- 6 120 DR3/DR4 - 0.5 False False True",
            "rs5 - - A G 0.5 False False False",
            "rs6 1 130 - G 0.5 False False False",
            "rs7 1 140 A T 0.5 False False False",
            "rs8 1 150 AT - 0.5 False False False",
            "rs9 1 160 HLA-DR - 0.5 False False False",
            "rs10 1 100 A G 0.50 False False False",
            "rs11 1 170 A G 0.5 False False False",
            "rs12 1 170 G A 0.5 False False False",
            "rs13 1 180 A G 0.5 False False False",
            "rs14 1 180 A C 0.5 False False False",
            columns=columns,
        )
        score = Score(file=path)
        assert reasons(score) == {
            4: "interaction",
            5: "haplotype",
            6: "diplotype",
            7: "no_position",
            8: "no_effect_allele",
            9: "palindromic",
            10: "no_other_allele",
            11: "no_effect_allele",
            12: "repeated",
            13: "contradiction",
            14: "contradiction",
        }
        loaded = load_score(score, "GRCh38")
        assert [row.line for row in loaded.rows] == [3, 15, 16]
        # All but the palindrome that the study drops and the row said twice are missed.
        assert loaded.variants == 3 + 11 - 2
        kept = load_score(Score(file=path, palindromic="keep"), "GRCh38")
        assert [row.line for row in kept.rows] == [3, 9, 15, 16]

    def test_no_row_of_use_is_an_error_that_counts_them(self, tmp_path):
        score = Score(file=write_score(tmp_path / "s.txt", "1 100 A T 1", "1 110 - G 1"))
        with pytest.raises(ConfigError, match=r"no_effect_allele 1, palindromic 1"):
            load_score(score, "GRCh38")

    def test_an_inferred_other_allele_counts_if_it_is_one(self, tmp_path):
        rows = ("rs1 1 1 A - 1 1 100 G", "rs2 1 2 A - 1 1 110 G/T", "rs3 1 3 A C 1 1 120 G")
        path = write_score(tmp_path / "s.txt", *rows, columns=HARMONISED, HmPOS_build="GRCh38")
        assert [site[3] for site in places(Score(file=path), "GRCh38")] == ["G", "", "C"]


class TestKinds:
    def test_dominant_recessive_and_by_genotype(self, tmp_path):
        columns = (
            "chr_name chr_position effect_allele other_allele effect_weight is_dominant "
            "is_recessive dosage_0_weight dosage_1_weight dosage_2_weight"
        )
        path = write_score(
            tmp_path / "s.txt",
            "1 100 A G 0.5 True False - - -",
            "1 110 A G 0.5 False True - - -",
            "1 120 A G - - - 0 0.25 1",
            "1 130 A G 0.5 - - - - -",
            columns=columns,
        )
        rows = load_score(Score(file=path), "GRCh38").rows
        assert [(row.kind, row.weights) for row in rows] == [
            ("dominant", (0.5,)),
            ("recessive", (0.5,)),
            ("genotypes", (0.0, 0.25, 1.0)),
            ("additive", (0.5,)),
        ]


class TestFaults:
    def test_all_scores_and_lines_at_once(self, tmp_path):
        rows = ("1 100 A G x", "1 110 A G inf", "1 120 A G 1", "1 130 A G 1 1 1")
        bad = write_score(tmp_path / "bad.txt", *rows)
        no_columns = write_score(tmp_path / "no.txt", "1 2", columns="chr_name chr_position")
        missing = str(tmp_path / "missing.txt.gz")
        scores = {n: {"file": f} for n, f in (("a", bad), ("b", no_columns), ("c", missing))}
        study = Genomics(scores=scores | {"d": {"file": "hbf_makini"}})
        for ask in (
            lambda: score_sources(study, "GRCh38", NoReference()),
            interpreters_of(study)[0].columns,
        ):
            with pytest.raises(ConfigError) as caught:
                ask()
            told = [str(fault) for fault in caught.value.faults]
            assert len(told) == 7
            assert f"{bad}:3: found effect_weight 'x'; expected a finite number" in told[1]
            assert told[0].startswith(f"{bad}:6: found more cells than columns")
            assert "no column effect_allele" in told[3]
            assert missing in told[5]
            assert "no such score" in told[6]
            assert "hbf_makani2011" in told[6]

    @pytest.mark.parametrize("content", [b"\x1f\x8bnot gzip", b"\xff\xfe\x00", b"", b"#a=b\n"])
    def test_what_is_no_scoring_file(self, tmp_path, content):
        path = tmp_path / "s.txt.gz"
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            load_score(Score(file=str(path)), "GRCh38")

    def test_both_inheritances_and_odd_flags(self, tmp_path):
        columns = "chr_name chr_position effect_allele effect_weight is_dominant is_recessive"
        path = write_score(tmp_path / "s.txt", "1 1 A 1 1 1", "1 2 A 1 maybe 0", columns=columns)
        with pytest.raises(ConfigError) as caught:
            load_score(Score(file=path), "GRCh38")
        assert [fault.where for fault in caught.value.faults] == [f"{path}:3", f"{path}:4"]

    def test_reference_for_the_absent_needs_a_fasta(self, tmp_path):
        path = write_score(tmp_path / "s.txt", "1 100 A G 1")
        study = Genomics(scores={"s": {"file": path, "absent": "reference"}})
        with pytest.raises(ConfigError, match=r"scores\.s\.absent.*FASTA"):
            score_sources(study, "GRCh38", NoReference())


def test_gzip_and_text_are_read_alike_but_are_named_by_their_content(tmp_path):
    path = tmp_path / "s.txt"
    write_score(path, "1 100 A G 1")
    packed = tmp_path / "elsewhere.txt.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    plain, zipped = Score(file=str(path)), Score(file=str(packed))
    assert places(plain, "GRCh38") == places(zipped, "GRCh38")
    assert content_digest(plain) == content_digest(zipped)


class TestMakani:
    """The package's HbF score is the printed table, less the two rows of unknown strand."""

    def test_weights_and_alleles_as_printed(self, shared_data):
        printed = {}
        for line in (shared_data.parent / "domain/hbf_scores.tsv").read_text().splitlines()[1:]:
            score, rsid, allele, weight = line.split("\t")[:4]
            if score == "makani2011":
                before, after = allele.partition("(")[2].rstrip(")").split("->")
                assert after == allele.split()[0]
                printed[rsid] = (after, before, float(weight))
        assert len(printed) == 10
        for build in ("GRCh37", "GRCh38"):
            rows = load_score(Score(file="hbf_makani2011"), build).rows
            ours = {r.named: (r.site.effect, r.site.other, *r.weights) for r in rows}
            left_out = {"rs28384513", "rs5006884"}
            assert ours == {k: v for k, v in printed.items() if k not in left_out}

    def test_places_and_alleles_are_those_of_the_panel(self):
        panel = {v.rsid: v for v in load_panel("scd")}
        for build in ("GRCh37", "GRCh38"):
            for row in load_score(Score(file="hbf_makani2011"), build).rows:
                known = panel[row.named]
                assert (row.site.chrom, row.site.position) == (known.chrom, known.position(build))
                assert {row.site.effect, row.site.other} == {known.ref, known.alt}

    def test_is_listed(self):
        assert package_scores() == ["hbf_makani2011"]
