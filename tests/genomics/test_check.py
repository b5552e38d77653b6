"""Faults of all blocks of a study's genomics at once, before anything runs."""

import pytest

from drepano.errors import ConfigError
from drepano.genomics import check_genomics
from drepano.settings import GenomeSource, Genomics

BROUGHT = {
    "scores": {"x": {"file": "nowhere.txt"}, "y": {"file": "hbf_makani"}},
    "ancestry": {"loadings": "nope.tsv"},
    "sample_quality": {"markers": "nix.tsv"},
}


@pytest.mark.parametrize("genome", [None, GenomeSource(build="GRCh37", vcf=("x",))])
def test_every_file_that_is_not_there_is_named_once(genome):
    with pytest.raises(ConfigError) as caught:
        check_genomics(Genomics(**BROUGHT), genome)
    places = [fault.where for fault in caught.value.faults]
    assert sorted(places) == ["hbf_makani", "nix.tsv", "nope.tsv", "nowhere.txt"]


def test_a_caller_without_its_variants_is_named_too(write_panel):
    panel = write_panel(("v1", "1", 100, "A", "C"))
    study = Genomics(panels=[panel], callers={"apol1": True}, **BROUGHT)
    with pytest.raises(ConfigError, match=r"apol1_rs73885319[^$]*nix\.tsv"):
        check_genomics(study, None)


def test_a_sound_study_passes():
    study = Genomics(callers={"haemoglobin": True}, scores={"hbf": {"file": "hbf_makani2011"}})
    check_genomics(study, GenomeSource(build="GRCh38", vcf=("x",)))
