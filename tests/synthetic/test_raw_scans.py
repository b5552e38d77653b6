"""Raw scans, measured with NumPy and SciPy alone, against the truth about them."""

import json

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from drepano.synthetic import Session
from drepano.synthetic.comparisons import dice, variation

FIRST = Session("01", "01")
MIRRORED = Session("03")  # stored from right to left, vessels and multi-echo
REGIONS = {
    "grey_matter_left": [1],
    "grey_matter_right": [2],
    "white_matter_left": [3],
    "white_matter_right": [4],
    "grey_matter": [1, 2],
    "white_matter": [3, 4],
}


@pytest.fixture
def load(raw_cohort):
    def read(session, datatype, rest):
        level = [f"sub-{session.subject}", *([f"ses-{session.session}"] if session.session else [])]
        path = raw_cohort.joinpath("bids", *level, datatype, "_".join([*level, rest]))
        if rest.endswith(".nii.gz"):
            image = nibabel.load(path)
            return image.get_fdata(), image.affine
        return json.loads(path.read_text()) if rest.endswith(".json") else path.read_text()

    return read


@pytest.mark.parametrize("session", [FIRST, Session("02"), Session("12")])
@pytest.mark.parametrize("scan", ["FLAIR", "asl", "dwi"])
def test_the_motion_brings_the_tissues_of_the_t1w_onto_those_of_the_scan(known, session, scan):
    labels, affine = known.map(session, "T1w", "tissue")
    other, other_affine = known.map(session, scan, "tissue")

    def moved(motion):
        back = np.linalg.inv(affine) @ np.linalg.inv(motion) @ other_affine
        pulled = ndimage.affine_transform(
            labels, back[:3, :3], back[:3, 3], output_shape=other.shape, order=0
        )
        return np.mean([dice(pulled == number, other == number) for number in range(1, 5)])

    assert moved(known.motion(session, scan)) > 0.83
    assert moved(np.eye(4)) < moved(known.motion(session, scan)) - 0.1


def test_motions_are_rigid_and_small_and_the_t1w_moves_against_nothing(known):
    rows = known.rows("transforms")
    assert len(rows) > 30
    for row in rows:
        motion = known.motion(Session(row["subject"], row["session"]), row["scan"])
        turn = motion[:3, :3]
        assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(turn) == pytest.approx(1)
        assert np.abs(motion[:3, 3]).max() < 20
        assert np.array_equal(motion, np.eye(4)) == (row["scan"] == "T1w")


def test_grids_differ_and_the_flair_has_thick_slices(load):
    t1w = load(FIRST, "anat", "T1w.nii.gz")[1]
    flair = load(FIRST, "anat", "FLAIR.nii.gz")[1]
    assert np.allclose(nibabel.affines.voxel_sizes(t1w), 6)
    assert np.allclose(nibabel.affines.voxel_sizes(flair), (6, 6, 12))
    assert np.count_nonzero(np.abs(t1w[:3, :3]) > 1e-3) > 3  # oblique
    assert nibabel.aff2axcodes(load(MIRRORED, "anat", "T1w.nii.gz")[1]) == ("L", "A", "S")
    assert nibabel.aff2axcodes(flair) == ("R", "A", "S")


@pytest.mark.parametrize("scan", ["T1w", "FLAIR"])
def test_divided_by_the_known_field_white_matter_is_flatter(known, load, scan):
    image = load(FIRST, "anat", f"{scan}.nii.gz")[0]
    field = known.map(FIRST, scan, "bias")[0]
    lesions = known.map(FIRST, scan, "lesions")[0] > 0
    white = np.isin(known.map(FIRST, scan, "tissue")[0], [3, 4]) & ~lesions
    assert variation(field, white) > 0.08
    assert variation(image / field, white) < 0.75 * variation(image, white)


def test_lesions_are_bright_on_flair_and_most_are_dark_on_t1w(known, load):
    rows = known.lesions(FIRST)
    assert len(rows) >= 4
    t1w = load(FIRST, "anat", "T1w.nii.gz")[0] / known.map(FIRST, "T1w", "bias")[0]
    numbers, affine = known.map(FIRST, "T1w", "lesions")
    labels = known.map(FIRST, "T1w", "tissue")[0]
    white = t1w[np.isin(labels, [3, 4]) & (numbers == 0)].mean()
    for row in rows:
        own = numbers == row["lesion"]
        assert own.sum() == row["voxels"] == row["volume_mm3"] / 6**3
        dark = t1w[own].mean() < white - 150
        assert dark == bool(row["t1_hypointense"]) == (row["lesion"] % 3 != 0)
        centre = [row[f"centre_{axis}_mm"] for axis in "xyz"]
        voxels = np.argwhere(own) @ affine[:3, :3].T + affine[:3, 3]
        assert np.abs(voxels - centre).max() <= row["largest_diameter_mm"] + 6
    flair = load(FIRST, "anat", "FLAIR.nii.gz")[0] / known.map(FIRST, "FLAIR", "bias")[0]
    seen = known.map(FIRST, "FLAIR", "lesions")[0]
    assert [int((seen == r["lesion"]).sum()) for r in rows] == [r["flair_voxels"] for r in rows]
    plain = np.isin(known.map(FIRST, "FLAIR", "tissue")[0], [3, 4]) & (seen == 0)
    assert flair[seen > 0].mean() > 1.4 * flair[plain].mean()


def blood_flow(load, session, blood_t1_s):
    """Alsop 2015, equation 1, out of the session's own metadata."""
    series = load(session, "perf", "asl.nii.gz")[0]
    m0 = load(session, "perf", "m0scan.nii.gz")[0]
    told = load(session, "perf", "asl.json")
    kinds = np.array(load(session, "perf", "aslcontext.tsv").split()[1:])
    assert len(kinds) == series.shape[3] == 2 * told["TotalAcquiredPairs"]
    difference = series[..., kinds == "control"].mean(-1) - series[..., kinds == "label"].mean(-1)
    delay, duration = told["PostLabelingDelay"], told["LabelingDuration"]
    below = 2 * told["LabelingEfficiency"] * blood_t1_s * (1 - np.exp(-duration / blood_t1_s))
    return 6000 * 0.9 * difference * np.exp(delay / blood_t1_s) / (below * m0)


@pytest.mark.parametrize("session", [FIRST, Session("02"), Session("05"), Session("12")])
def test_the_consensus_formula_finds_the_flow(known, load, session):
    haematocrit = known.known(session, "asl", "", "haematocrit").pure
    blood_t1_s = known.known(session, "asl", "", "blood_t1").pure
    assert blood_t1_s == pytest.approx(1 / (0.52 * haematocrit + 0.38))
    flow = blood_flow(load, session, blood_t1_s)
    labels = known.map(session, "asl", "tissue")[0]
    for region, numbers in REGIONS.items():
        found = flow[np.isin(labels, numbers)].mean()
        true = known.known(session, "asl", region, "cbf")
        assert true.unit == "mL/(100.g.min)"
        assert found == pytest.approx(true.mean, abs=1.0), region
    pure = [known.known(session, "asl", f"{r}_matter_left", "cbf").pure for r in ("grey", "white")]
    assert 80 < pure[0] < 100
    assert 38 < pure[1] < 48


def test_sites_differ_in_what_comes_first(load):
    first = {load(s, "perf", "aslcontext.tsv").split()[1] for s in (FIRST, Session("02"))}
    assert first == {"control", "label"}


def test_the_right_side_has_less_flow_in_every_other_subject(known):
    for session, ratio in ((FIRST, 0.8), (Session("02"), 1.0)):
        right, left = (
            known.known(session, "asl", f"grey_matter_{side}", "cbf") for side in ("right", "left")
        )
        assert right.mean / left.mean == pytest.approx(ratio, abs=0.05)
        assert right.pure / left.pure == pytest.approx(ratio)


@pytest.mark.parametrize("session", [FIRST, MIRRORED])
def test_a_tensor_fit_finds_anisotropy_and_diffusivity(known, load, session):
    series = load(session, "dwi", "dwi.nii.gz")[0]
    bvals = np.array(load(session, "dwi", "dwi.bval").split(), float)
    bvecs = np.array(
        [line.split() for line in load(session, "dwi", "dwi.bvec").splitlines()], float
    )
    assert np.allclose((bvecs**2).sum(axis=0), bvals > 0)
    x, y, z = bvecs
    design = -bvals * np.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z])
    design = np.stack([*design, np.ones(len(bvals))], axis=1)
    labels = known.map(session, "dwi", "tissue")[0]
    white = labels == 3
    fitted = np.linalg.lstsq(design, np.log(series[white]).T, rcond=None)[0]
    order = [[0, 3, 4], [3, 1, 5], [4, 5, 2]]
    values, vectors = np.linalg.eigh(np.moveaxis(fitted[order], -1, 0))
    md = values.mean(axis=1)
    fa = np.sqrt(1.5 * ((values - md[:, None]) ** 2).sum(1) / (values**2).sum(1))
    true_fa, true_md = (known.known(session, "dwi", "white_matter_left", q) for q in ("fa", "md"))
    assert fa.mean() == pytest.approx(true_fa.mean, abs=0.03)
    assert md.mean() == pytest.approx(true_md.mean, rel=0.03)
    assert (true_fa.pure, true_md.pure) == (0.6, 0.72e-3)
    # All fibres of a head run the same way.
    axis = np.einsum("ni,nj->nij", vectors[:, :, 2], vectors[:, :, 2]).mean(axis=0)
    assert np.linalg.eigvalsh(axis)[-1] > 0.95


@pytest.mark.parametrize("session", [FIRST, MIRRORED])
def test_the_decay_of_the_echoes_is_the_known_one(known, load, session):
    names = [f"echo-{number}_MEGRE" for number in (1, 2, 3, 4)]
    times = np.array([load(session, "anat", f"{name}.json")["EchoTime"] for name in names])
    echoes = np.stack([load(session, "anat", f"{name}.nii.gz")[0] for name in names], axis=-1)
    assert np.all(np.diff(times) > 0)
    labels = known.map(session, "MEGRE", "tissue")[0]
    for region, numbers in REGIONS.items():
        inside = np.isin(labels, numbers)
        slopes = np.polyfit(times, np.log(echoes[inside]).T, 1)[0]
        true = known.known(session, "MEGRE", region, "r2star")
        assert -np.median(slopes) == pytest.approx(true.mean, rel=0.06), region
        assert true.unit == "1/s"


def test_maps_of_the_truth_agree_with_its_table(known):
    for scan, what in (("asl", "cbf"), ("dwi", "fa"), ("dwi", "md"), ("MEGRE", "r2star")):
        values, labels = known.map(FIRST, scan, what)[0], known.map(FIRST, scan, "tissue")[0]
        for region, numbers in REGIONS.items():
            mean = known.known(FIRST, scan, region, what).mean
            assert values[np.isin(labels, numbers)].mean() == pytest.approx(mean, rel=1e-4)


def vessels(raw_cohort, session):
    level = [f"sub-{session.subject}", *([f"ses-{session.session}"] if session.session else [])]
    name = "_".join([*level, "acq-TOF_desc-vessels_dseg.nii.gz"])
    image = nibabel.load(raw_cohort.joinpath("bids/derivatives/vessels", *level, "anat", name))
    return np.asarray(image.dataobj), image.affine


@pytest.mark.parametrize("session", [FIRST, MIRRORED])
def test_vessels_are_tubes_of_the_known_size_on_the_right_side(raw_cohort, known, load, session):
    labels, affine = vessels(raw_cohort, session)
    angiography, own = load(session, "anat", "acq-TOF_angio.nii.gz")
    assert np.array_equal(affine, own)
    assert angiography[labels > 0].mean() > 3 * angiography[labels == 0].mean()
    for name, number in (("R-ICA", 4), ("L-ICA", 6), ("R-PCA", 2), ("L-PCA", 3)):
        of = {q: known.known(session, "angio", name, q) for q in ("length", "radius", "volume")}
        inside = labels == number
        ml = inside.sum() * 0.7**3 / 1000
        assert ml == pytest.approx(of["volume"].mean)
        # Half spheres at the ends, less what neighbours took of them.
        tube = np.pi * of["radius"].pure ** 2 * of["length"].pure / 1000
        assert 0.9 * tube < ml < 1.15 * tube
        middle = (affine @ [*np.argwhere(inside).mean(axis=0), 1])[0]
        assert (middle > 0) == name.startswith("R")


def test_a_narrowed_artery_and_an_absent_one(raw_cohort, known):
    narrowed = {
        name: [known.known(MIRRORED, "angio", name, q).pure for q in ("smallest_radius", "radius")]
        for name in ("R-MCA", "L-MCA")
    }
    assert narrowed["R-MCA"][0] == pytest.approx(0.5 * narrowed["L-MCA"][0], rel=0.01)
    assert narrowed["R-MCA"][1] < narrowed["L-MCA"][1]
    without = Session("06")
    assert known.known(without, "angio", "L-Pcom", "volume").mean == 0
    assert known.known(without, "angio", "R-Pcom", "volume").mean > 0
    assert not (vessels(raw_cohort, without)[0] == 9).any()
    with pytest.raises(KeyError):
        known.known(without, "angio", "L-Pcom", "length")
