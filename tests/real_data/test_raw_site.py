"""Raw scans of real people to a release, without any mask, against independent figures."""

import nibabel as nib
import numpy as np
import pytest

from drepano.contracts import read_table
from drepano.contracts.inventory import PREPARED
from drepano.release import verify

pytestmark = [pytest.mark.real_data, pytest.mark.workflow]

SUBJECTS = (26, "long20", "mesh")


@pytest.fixture(scope="module")
def raw(release):
    return release("raw")


def image(raw, subject, name):
    rows = read_table(raw.site / "results" / "preparation.parquet", PREPARED).to_pylist()
    [path] = [r["path"] for r in rows if r["path"].endswith(f"sub-{subject}_{name}.nii.gz")]
    return np.asarray(nib.load(raw.site / path).dataobj)


def test_the_release_is_the_latest_and_whole(raw):
    assert verify(raw.folder) == []
    assert raw.unexplained() == set()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_volumes_are_those_of_a_head(raw, subject):
    assert 1000 < raw.value(subject, "volumes__intracranial__volume") < 2000
    assert abs(raw.value(subject, "volumes__white_matter__asymmetry")) < 0.1


def test_tissues_as_another_program_told_them(raw, shared_data):
    """FAST's fractions; two balls beside the left half were added by the image's author."""
    folder = shared_data / "images" / "nii2mesh_t1_pve"
    found = image(raw, "mesh", "desc-tissue_dseg")
    for number, labels in (("1", (1, 2)), ("2", (3, 4))):
        fraction = nib.as_closest_canonical(nib.load(folder / f"pve_{number}.nii.gz"))
        known = np.asarray(fraction.dataobj) > 0.5
        mine = np.isin(found, labels)
        assert 2 * (mine & known).sum() / (mine.sum() + known.sum()) > 0.8


@pytest.mark.parametrize("subject", [26, "long20"])
def test_flair_is_measured_in_regions_of_the_t1w(raw, subject):
    assert raw.state(subject, "flair__white_matter__volume_mm3") == ("measured", "")
    ratio = raw.value(subject, "flair__white_matter__volume_mm3") / raw.value(
        subject, "t1w__white_matter__volume_mm3"
    )
    assert ratio == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_territories_of_both_sides_are_alike(raw, subject):
    sides = [raw.value(subject, f"t1w__cerebellar_{s}__volume_mm3") for s in ("left", "right")]
    assert min(sides) / max(sides) > 0.7


def test_a_scan_that_lacks_is_a_state(raw):
    assert raw.state("mesh", "flair__white_matter__volume_mm3") == ("not_acquired", "no_scan")
