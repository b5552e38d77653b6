"""The example site of the repository is the synthetic cohort's, seen from the root."""

from drepano.settings import load_site
from drepano.synthetic import make_cohort


def test_the_example_site_maps_the_synthetic_cohort(root, tmp_path):
    make_cohort(tmp_path, subjects=1, voxel_mm=12, study=root / "config" / "study.yaml")
    made = load_site(tmp_path / "config" / "site.yaml")
    example = load_site(root / "config" / "site.yaml")
    assert str(example.imaging.bids) == f"demo/{made.imaging.bids}"
    assert example.genomics.vcf == tuple(f"demo/{path}" for path in made.genomics.vcf)
    assert str(example.genomics.samples) == f"demo/{made.genomics.samples}"
    assert example.clinical[0].columns == made.clinical[0].columns
    assert example.clinical[0].missing == made.clinical[0].missing
    assert str(example.key_file) == f"demo/{made.key_file}"
    assert example.release.genotypes == "withheld"
