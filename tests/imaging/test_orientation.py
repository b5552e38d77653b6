"""Left and right never swap: every stored orientation of a scan gives the same features."""

import itertools

import nibabel as nib
import numpy as np
import pytest
from nibabel import orientations

from drepano.errors import UnitError
from drepano.imaging.derived import derive
from drepano.imaging.labels import read_label_table
from drepano.imaging.regions import read_regions
from drepano.imaging.volumes import read_scan
from drepano.settings import BorderZone, Imaging, RegionSet

REGIONS = {"left": 1, "right": 2}
DERIVED = {
    "midline": {"kind": "border_zone", "between": ["left", "right"], "width_mm": 6},
    "rest": {"kind": "without", "of": ["left"], "minus": ["midline"], "margin_mm": 1.5},
}
MM = ("_shape_", "mm", "TotalEnergy")
"""What of a column's name says that its value depends on millimetres."""


def imaging_of(lab, **more):
    return lab.imaging_of(
        REGIONS,
        feature_classes=lab.CLASSES,
        derived_regions=DERIVED,
        settings={"binWidth": 5},
        **more,
    )


def label_sides(shape, affine):
    """Label two boxes that touch at the midline of the world: 1 left, 2 right; none alike."""
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    x, y, z = np.moveaxis(grid @ affine[:3, :3].T + affine[:3, 3], -1, 0)
    low = (np.abs(y + 18.3) < 14.1) & (np.abs(z - 15.4) < 12.2)
    labels = np.zeros(shape, dtype="i2")
    labels[low & (x > -24.7) & (x < 0.1)] = 1
    labels[low & (x >= 0.1) & (x < 17.9)] = 2
    return labels


def every_orientation():
    """Give the 48 ways to store three axes."""
    for axes in itertools.permutations(range(3)):
        for flips in itertools.product((1, -1), repeat=3):
            yield np.array([*zip(axes, flips, strict=True)], dtype=float)


def test_48_orientations_give_the_same_bits(lab, tmp_path):
    """Voxel sizes and origin are such that every header holds them without rounding."""
    rng = np.random.default_rng(8)
    shape = (20, 18, 16)
    affine = np.diag([2.5, 2.25, 2.0, 1.0])
    affine[:3, 3] = [-25.0, -36.0, 1.5]
    scan = rng.normal(200, 40, shape).astype("f4") + np.arange(20, dtype="f4")[:, None, None]
    labels = label_sides(shape, affine)
    perturbation = {"repeats": 2, "grow_mm": 2.0}
    imaging = imaging_of(
        lab,
        image_types={"Original": {}, "LoG": {"sigma": [3.0]}},
        perturbation=perturbation,
    )
    expected = None
    for number, change in enumerate(every_orientation()):
        moved = affine @ orientations.inv_ornt_aff(change, shape)
        files = []
        for name, voxels in (("scan", scan), ("labels", labels)):
            turned = orientations.apply_orientation(voxels, change)
            path = tmp_path / f"{name}{number}.nii"
            files.append(lab.write(path, np.ascontiguousarray(turned), moved))
        rows = lab.rows(imaging, *files)
        expected = expected or rows
        assert rows == expected, change
    assert number == 47
    regions = {column.split("__")[1] for column, _ in expected}
    assert regions == {"left", "right", *DERIVED}
    assert {item for _, item in expected} == {0, 1, 2}
    assert expected["t1w__left__volume_mm3", 0] > expected["t1w__right__volume_mm3", 0]


@pytest.mark.real_data
def test_the_files_of_one_brain_give_the_same_features(lab, shared_data, tmp_path):
    """Headers round voxel sizes each in its own way: what is in mm differs from the 5th digit."""
    imaging = imaging_of(lab)
    found = {}
    for path in sorted((shared_data / "images/orientation_48").glob("*.nii.gz")):
        image = nib.load(path)
        labels = label_sides(image.shape, image.affine)
        mask = lab.write(tmp_path / f"{path.name}_dseg.nii", labels, image.affine)
        found[path.name], states = lab.run(imaging, path, mask)
        assert states == {}
    assert len(found) == 28
    expected = found.pop("LPS.nii.gz")
    assert len(expected) == 4 * (1 + 14 + 93)
    assert expected["t1w__left__volume_mm3"] > 1.2 * expected["t1w__right__volume_mm3"]
    for name, values in found.items():
        assert list(values) == list(expected)
        for column, value in values.items():
            in_mm = any(part in column for part in MM)
            rel = 2e-4 if in_mm else 1e-12
            assert value == pytest.approx(expected[column], rel=rel, abs=1e-12), (name, column)


ACA, MCA, PCA = (1, 3), (5, 7, 9, 11, 13, 15), (17, 19, 21, 23)
"""Left labels of the large territories by the numbers of level 1; the right ones are 1 higher."""


@pytest.fixture(scope="module")
def territories(shared_data):
    """Scan, region file, and the regions of both sides, read as a unit reads them."""
    folder = shared_data / "images/mni_arterial"
    scan = read_scan(folder / "MNI152_2009_template.nii.gz")
    file = read_regions(folder / "mni_JHU_ArterialAtlas_nlin_sym_09c.nii.gz", None, scan, "refuse")
    labels = {"aca": ACA, "mca": MCA, "pca": PCA}
    regions = {f"{n}_left": v for n, v in labels.items()}
    regions |= {f"{n}_right": tuple(k + 1 for k in v) for n, v in labels.items()}
    rules = RegionSet(suffix="dseg", regions=regions)
    return scan, {n: file.region(v, rules) for n, v in rules.regions.items()}, rules


def world_x(region, scan):
    """Give the world coordinate to the right of each voxel, in mm."""
    index = np.argwhere(region.voxels) + region.lower
    return index @ scan.affine[0, :3] + scan.affine[0, 3]


@pytest.mark.real_data
def test_territories_of_an_atlas_of_floats_lie_on_their_side(territories, shared_data):
    scan, regions, rules = territories
    stored = nib.load(
        shared_data / "images/mni_arterial/mni_JHU_ArterialAtlas_nlin_sym_09c.nii.gz"
    ).get_fdata()
    for name, region in regions.items():
        x = world_x(region, scan)
        side = -1 if name.endswith("left") else 1
        # The atlas itself lets the right anterior territory bulge over the midline by 6 %.
        assert np.mean(side * x > 0) > 0.93, name
        assert region.count == np.isin(np.rint(stored), rules.regions[name]).sum()
    for name in ("aca", "mca", "pca"):
        left, right = (regions[f"{name}_{side}"].count for side in ("left", "right"))
        assert 0.8 < left / right < 1.25


@pytest.mark.real_data
def test_border_zones_lie_between_their_territories_on_their_side(territories):
    scan, regions, _ = territories
    sizes = {}
    for side, sign in (("left", -1), ("right", 1)):
        between = tuple(f"{n}_{side}" for n in ("aca", "mca", "pca"))
        for width in (4.0, 10.0):
            rules = BorderZone(kind="border_zone", between=between, width_mm=width)
            zone = derive(rules, regions, scan)
            assert np.mean(sign * world_x(zone, scan) > 0) > 0.98
            sizes[side, width] = zone.count
        assert sizes[side, 4.0] < sizes[side, 10.0] < sum(regions[n].count for n in between) / 2
    assert 0.8 < sizes["left", 10.0] / sizes["right", 10.0] < 1.25


@pytest.mark.real_data
def test_crossed_names_of_the_atlas_are_refused_and_not_followed(
    territories, shared_data, tmp_path
):
    """Its table calls 17, on the left, PCAR; each name of level 2 stands for several numbers."""
    text = (shared_data / "images/mni_arterial/ArterialAtlasLables.txt").read_text(
        encoding="latin-1"
    )
    rows = [line.split("\t") for line in text.splitlines()]
    rows = [cells for cells in rows if len(cells) > 4 and cells[1].isdigit()]
    assert {cells[1]: cells[4] for cells in rows}["17"] == "PCAR"
    table = tmp_path / "level2_dseg.tsv"
    lines = [f"{cells[1]}\t{cells[4]}" for cells in rows]
    table.write_text("\n".join(["index\tname", *lines]) + "\n")
    assert len(read_label_table(table)["pcar"]) > 1
    scan, _, _ = territories
    atlas = shared_data / "images/mni_arterial/mni_JHU_ArterialAtlas_nlin_sym_09c.nii.gz"
    rules = RegionSet(suffix="dseg", regions={"pca_right": "PCAR"})
    file = read_regions(atlas, table, scan, "refuse")
    with pytest.raises(UnitError, match="label_unknown: 'PCAR': numbers 17"):
        file.region(rules.regions["pca_right"], rules)


@pytest.mark.real_data
def test_freesurfers_names_need_no_table(lab, shared_data):
    folder = shared_data / "images/niivue_t1_dseg"
    names = {
        "white_left": "Left-Cerebral-White-Matter",
        "white_right": "Right-Cerebral-White-Matter",
        "ventricle_left": "left-lateral-ventricle",
        "thalamus_left": "Left-Thalamus",
        "hippocampus_left": "Left-Hippocampus",
        "calcarine_left": "ctx_lh_S_calcarine",
    }
    imaging: Imaging = lab.imaging_of(
        names, rules={"names": "freesurfer"}, feature_classes={"firstorder": ("Mean",)}
    )
    values, states = lab.run(imaging, folder / "norm.mgz", folder / "aparc.a2009s+aseg.mgz")
    assert states == {}
    means = {n: round(values[f"t1w__{n}__original_firstorder_Mean"], 2) for n in names}
    calcarine = means.pop("calcarine_left")
    assert means == {
        "white_left": 97.01,
        "white_right": 97.45,
        "ventricle_left": 28.39,
        "thalamus_left": 88.08,
        "hippocampus_left": 69.12,
    }
    voxels = np.asarray(nib.load(folder / "norm.mgz").dataobj)
    numbers = np.asarray(nib.load(folder / "aparc.a2009s+aseg.mgz").dataobj)
    assert calcarine == round(voxels[numbers == 11145].mean(), 2)
