"""The cohort's settings load, and the truth knows the example study's limits."""

from drepano.settings import load_site, load_study
from drepano.synthetic import vcf
from drepano.synthetic.anatomy import LABELS
from drepano.synthetic.clinical import HOSPITAL
from drepano.synthetic.cohort import PANEL
from drepano.synthetic.imaging_truth import LESION, MIN_VOXELS, SCAN_REGIONS, TISSUES


def test_the_site_file_loads_and_its_paths_exist(cohort):
    site = load_site(cohort / "config/site.yaml")
    assert site.site == "demo"
    assert site.shards == 2
    assert site.release.genotypes == "released"
    for path in (
        site.study,
        site.key_file,
        site.imaging.bids,
        site.genomics.samples,
        *site.genomics.vcf,
        site.clinical[0].path,
    ):
        assert (cohort / path).exists(), path


def test_the_study_file_is_the_given_one(cohort, root):
    assert (cohort / "config/study.yaml").read_bytes() == (root / "config/study.yaml").read_bytes()
    assert load_study(cohort / "config/study.yaml").study == "scd_neuro"


def test_the_truth_knows_the_regions_of_the_example_study(root):
    imaging = load_study(root / "config/study.yaml").imaging
    assert imaging.region_sets["tissue"].regions == TISSUES
    assert set(TISSUES["white_matter"]) < set(LABELS)
    assert imaging.region_sets["lesion"].regions == {LESION: (1,)}
    for name, modality in imaging.modalities.items():
        assert modality.min_voxels == MIN_VOXELS
        asked = [r for s in modality.region_sets for r in imaging.region_sets[s].regions]
        assert list(SCAN_REGIONS[modality.suffix]) == asked
        assert name == modality.suffix.lower()


def test_the_truth_knows_the_gates_of_the_example_study(root):
    study = load_study(root / "config/study.yaml")
    assert study.genomics.panels == (PANEL,)
    assert study.genomics.min_depth == vcf.MIN_DEPTH
    assert study.genomics.min_genotype_quality == vcf.MIN_QUALITY
    assert "LowQual" not in study.genomics.accepted_filters
    assert study.clinical.columns == tuple(HOSPITAL)


def test_failures_stay_under_the_gate(truth, root):
    gates = load_study(root / "config/study.yaml").gates
    states = [row["state"] for name in ("imaging", "genotypes", "clinical") for row in truth(name)]
    acquired = [state for state in states if state != "not_acquired"]
    assert acquired.count("failed") / len(acquired) < gates.max_failed_fraction
    images = [r["state"] for r in truth("imaging") if r["state"] != "not_acquired"]
    assert 0 < images.count("failed") / len(images) < gates.max_failed_fraction


def test_the_page_tells_the_truth_about_small_cohorts(root):
    """Four subjects fail a gate, as the page says; six pass in the tests of whole runs."""
    page = (root / "docs/synthetic.md").read_text(encoding="utf-8")
    assert "asks for five subjects" in page
    assert "`--subjects 4`" in page
    assert load_study(root / "config/study.yaml").gates.min_subjects == 5
