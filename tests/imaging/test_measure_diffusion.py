"""Tensor scalars of DWI files, and gradients that do not fit them."""

import nibabel as nib
import numpy as np
import pytest

from drepano.errors import UnitError
from drepano.imaging.measures.diffusion import DiffusionMeasure
from drepano.imaging.measures.measure import Given, GivenFile, Measured
from drepano.settings import Imaging

AFFINE = np.array([[-2.0, 0, 0, 20], [0, 2, 0, -15], [0, 0, 2, -8], [0, 0, 0, 1]])
SHAPE = (8, 7, 6)
TRACT, GREY = np.array([1.6e-3, 4e-4, 3e-4]), np.array([8e-4, 8e-4, 8e-4])
NAME = "sub-01_dwi"


def directions(count):
    found = np.random.default_rng(6).normal(size=(count, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def labels_of():
    labels = np.zeros(SHAPE, "i2")
    labels[1:4, 1:6, 1:5] = 1
    labels[4:7, 1:6, 1:5] = 2
    return labels


class Site:
    """Files of one session."""

    def __init__(self, folder):
        self.folder = folder
        self.bvals = np.array([0.0, 0.0] + [1000.0] * 15)
        self.bvecs = np.vstack([np.zeros((2, 3)), directions(15)])
        self.settings = {"region_sets": ["tissue"]}
        self.bvec_rows = self.bvecs.T
        self.written = {"bval", "bvec"}
        self.stored = "LAS"

    def series(self):
        turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
        tensors = [turn @ np.diag(values) @ turn.T for values in (GREY, TRACT, GREY)]
        made = np.zeros((*SHAPE, len(self.bvals)))
        for label, tensor in enumerate(tensors):
            decay = np.exp(-self.bvals * np.einsum("vi,ij,vj->v", self.bvecs, tensor, self.bvecs))
            made[labels_of() == label] = 1000 * decay
        return made

    def given(self):
        image = nib.Nifti1Image(self.series(), AFFINE)
        codes = nib.orientations.axcodes2ornt(self.stored)
        change = nib.orientations.ornt_transform(nib.io_orientation(AFFINE), codes)
        scan = self.folder / f"{NAME}.nii.gz"
        nib.save(image.as_reoriented(change), scan)
        companions = {}
        for kind, numbers in (("bval", self.bvals[None]), ("bvec", self.bvec_rows)):
            if kind in self.written:
                companions[kind] = self.folder / f"{NAME}.{kind}"
                np.savetxt(companions[kind], numbers, fmt="%.10g")
        dseg = self.folder / "dseg.nii.gz"
        nib.save(nib.Nifti1Image(labels_of(), AFFINE), dseg)
        files = {
            "scan": GivenFile(scan, None, {}, companions),
            "region_sets.tissue": GivenFile(dseg, None, {}, {}),
        }
        return Given(files, {}, {}, self.imaging.region_sets)

    @property
    def imaging(self):
        regions = {"tract": 1, "grey": 2}
        return Imaging(
            region_sets={"tissue": {"suffix": "dseg", "regions": regions}},
            measures={"diffusion": self.settings},
        )

    def measure(self, given=None):
        imaging = self.imaging
        measure = DiffusionMeasure(imaging.measures.diffusion, imaging)
        found = [*measure.measure(given or self.given())]
        assert all(isinstance(finding, Measured) for finding in found)
        values = {finding.column.removeprefix("diffusion__"): finding.value for finding in found}
        assert {f"diffusion__{name}" for name in values} == {c.name for c in measure.columns()}
        return values


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def refusal(site, given=None):
    with pytest.raises(UnitError) as caught:
        site.measure(given)
    return caught.value


def check_tensors(values):
    anisotropy = np.sqrt(1.5 * ((TRACT - TRACT.mean()) ** 2).sum() / (TRACT**2).sum())
    assert values["tract__fa"] == pytest.approx(anisotropy, abs=1e-6)
    assert values["tract__md"] == pytest.approx(TRACT.mean(), rel=1e-6)
    assert values["tract__ad_median"] == pytest.approx(TRACT[0], rel=1e-6)
    assert values["tract__rd"] == pytest.approx(TRACT[1:].mean(), rel=1e-6)
    assert values["grey__fa_median"] == pytest.approx(0, abs=1e-6)
    assert values["grey__md_median"] == pytest.approx(8e-4, rel=1e-6)


def test_the_tensors_that_made_the_signal_are_found(site):
    values = site.measure()
    check_tensors(values)
    assert values["tract__voxels"] == 60
    assert values["scan__directions"] == 15


@pytest.mark.parametrize("stored", ["RAS", "PIR", "SLA"])
def test_the_stored_order_of_the_axes_does_not_matter(site, stored):
    site.stored = stored
    check_tensors(site.measure())


def test_directions_one_per_line(site):
    site.bvec_rows = site.bvecs
    check_tensors(site.measure())


def test_shells_above_the_limit_are_left_out(site):
    strong = site.series()
    site.bvals = np.append(site.bvals, [3000.0] * 3)
    site.bvecs = np.vstack([site.bvecs, directions(3)])
    site.bvec_rows = site.bvecs.T
    weak = np.ones((*SHAPE, 3))  # noise that no tensor explains
    site.series = lambda: np.concatenate([strong, weak], axis=3)
    values = site.measure()
    check_tensors(values)
    assert values["scan__directions"] == 15


def test_voxels_without_signal_are_left_out(site):
    made = site.series()
    made[1, 1, 1, 4] = 0
    site.series = lambda: made
    values = site.measure()
    check_tensors(values)
    assert values["tract__voxels"] == 59


@pytest.mark.parametrize("written", [{"bval"}, {"bvec"}, set()])
def test_gradients_that_lack_are_all_named(site, written):
    site.written = written
    error = refusal(site)
    assert error.reason == "no_metadata"
    assert all(f"no {kind}" in error.detail for kind in {"bval", "bvec"} - written)


@pytest.mark.parametrize(
    ("kind", "text", "detail"),
    [
        ("bval", "0 1000", "2 b-values for 17 volumes"),
        ("bvec", "1 0\n0 1\n0 0\n", "2 directions for 17 volumes"),
        ("bvec", "1 0 0 0\n0 1 0 0\n", "sub-01_dwi.bvec: 2 x 4 numbers"),
        ("bvec", "1 0\n0 1 0\n0 0\n", "sub-01_dwi.bvec: not lines of numbers, all equally long"),
        ("bval", "zero", "sub-01_dwi.bval: not lines of numbers, all equally long"),
        ("bval", "", "sub-01_dwi.bval: empty"),
    ],
)
def test_gradients_that_do_not_fit(site, kind, text, detail):
    given = site.given()
    given.files["scan"].companions[kind].write_text(text)
    error = refusal(site, given)
    assert (error.reason, error.detail) == ("companion_mismatch", detail)


def test_both_counts_are_told(site):
    given = site.given()
    given.files["scan"].companions["bval"].write_text("0 1")
    given.files["scan"].companions["bvec"].write_text("0 1\n0 0\n0 0")
    assert refusal(site, given).detail == "2 b-values for 17 volumes; 2 directions for 17 volumes"


def test_directions_that_are_not_of_length_1(site):
    site.bvec_rows = 2 * site.bvecs.T
    error = refusal(site)
    assert error.reason == "companion_mismatch"
    assert error.detail == "15 of 15 directions are not of length 1"


@pytest.mark.parametrize(
    ("settings", "detail"),
    [
        ({"min_directions": 30}, "15 directions, where 30 are needed"),
        ({"b_max": 900}, "0 directions, where 6 are needed"),
    ],
)
def test_too_few_directions(site, settings, detail):
    site.settings |= settings
    error = refusal(site)
    assert error.reason == "unsupported_acquisition"
    assert detail in error.detail


def test_no_volume_without_weighting(site):
    site.bvals[:2] = 1000
    site.bvecs[:2] = directions(17)[-2:]
    site.bvec_rows = site.bvecs.T
    assert "no volume with a b-value of at most 50" in refusal(site).detail


def test_a_derivative_of_the_site_is_asked_for(site):
    site.settings |= {"derivative": True, "entities": {"desc": "preproc"}}
    imaging = site.imaging
    asked = DiffusionMeasure(imaging.measures.diffusion, imaging).inputs()["scan"]
    assert (asked.derivative, asked.entities) == (True, {"desc": "preproc"})


def test_units_are_declared(site):
    imaging = site.imaging
    measure = DiffusionMeasure(imaging.measures.diffusion, imaging)
    units = {c.name: c.unit for c in measure.columns()}
    assert units["diffusion__tract__fa"] == "1"
    assert units["diffusion__tract__md_median"] == "mm2/s"
    assert measure.clinical() == ()


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "suffix"), [("small_64D", ".nii"), ("small_25", ".nii.gz")])
def test_real_scans(site, shared_data, name, suffix):
    folder = shared_data / "images" / "dwi_dipy"
    scan = folder / f"{name}{suffix}"
    image = nib.load(scan)
    dseg = site.folder / "whole.nii.gz"
    nib.save(nib.Nifti1Image(np.ones(image.shape[:3], "u1"), image.affine), dseg)
    companions = {kind: folder / f"{name}.{kind}" for kind in ("bval", "bvec")}
    site.settings |= {"b_max": 2500}
    imaging = Imaging(
        region_sets={"tissue": {"suffix": "dseg", "regions": {"whole": 1}}},
        measures={"diffusion": site.settings},
    )
    files = {
        "scan": GivenFile(scan, None, {}, companions),
        "region_sets.tissue": GivenFile(dseg, None, {}, {}),
    }
    measure = DiffusionMeasure(imaging.measures.diffusion, imaging)
    found = measure.measure(Given(files, {}, {}, imaging.region_sets))
    values = {finding.column.split("__", 1)[1]: finding.value for finding in found}
    assert values["scan__directions"] == {"small_64D": 64, "small_25": 25}[name]
    assert values["whole__voxels"] > 0.9 * np.prod(image.shape[:3])
    assert 0.05 < values["whole__fa_median"] < 0.7
    assert 3e-4 < values["whole__md_median"] < 2e-3
    assert values["whole__ad_median"] > values["whole__rd_median"]
