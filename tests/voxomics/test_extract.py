"""Regions that are refused, and what is undefined."""

import logging
import sys
import warnings

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics
from voxomics import reference
from voxomics.versions import VERSION

ALL = {"featureClass": {"firstorder": None, "glcm": None}}


def with_label(mask, where, label):
    array = sitk.GetArrayFromImage(mask)
    array.T[where] = label
    changed = sitk.GetImageFromArray(array)
    changed.CopyInformation(mask)
    return changed


def test_a_refused_label_costs_no_other(phantom):
    image, mask = phantom
    table = voxomics.extract(image, with_label(mask, (0, 0, 0), 9), ALL)
    assert list(table.index) == [1, 2, 5]
    assert "1 segmented voxel" in table.attrs["refused"][9]
    assert np.isfinite(table.to_numpy()).all()
    assert table.equals(voxomics.extract(image, mask, ALL))


def test_an_absent_label_is_refused_by_name(phantom):
    table = voxomics.extract(*phantom, ALL, labels=[2, 77])
    assert list(table.index) == [2]
    assert table.attrs["refused"] == {77: "the label is not in the mask"}
    with pytest.raises(voxomics.RegionRefused, match="the label is not in the mask"):
        voxomics.extract_label(*phantom, ALL, label=77)


def test_nothing_to_measure_gives_an_empty_table_with_all_columns(phantom):
    image, mask = phantom
    table = voxomics.extract(image, mask * 0, ALL, labels=[1])
    assert len(table) == 0
    assert list(table.columns) == voxomics.feature_names(ALL)


def test_another_grid_is_refused(phantom):
    image, mask = phantom
    moved = sitk.Image(mask)
    moved.SetOrigin((5.0, 0.0, 0.0))
    with pytest.raises(voxomics.GridMismatch, match="on another grid"):
        voxomics.extract(image, moved)
    with pytest.raises(voxomics.GridMismatch, match="on another grid"):
        voxomics.extract(image, mask[:-1])


def test_faulty_settings_are_refused_with_every_fault(phantom):
    settings = {"imageType": {"Wavlet": {}}, "setting": {"binwidth": 3}}
    with pytest.raises(voxomics.SettingsRefused, match=r"(?s)binWidth.*Wavelet"):
        voxomics.extract(*phantom, settings)


def test_too_many_grey_levels_are_refused_before_memory_is_taken(phantom, engine):
    settings = ALL | {"setting": {"binWidth": 0.01}}
    if engine == "voxomics":
        own = voxomics.extract(*phantom, settings)
        assert list(own.index) == [1, 2, 5]
        assert own["original_firstorder_Entropy"].notna().all()
        table = voxomics.extract(*phantom, ALL | {"setting": {"binWidth": 1e-5}})
        assert len(table) == 0
        assert "a bin width of 1e-05 makes more than" in table.attrs["refused"][1]
        return
    table = voxomics.extract(*phantom, settings, engine="pyradiomics")
    assert len(table) == 0
    assert set(table.attrs["refused"]) == {1, 2, 5}
    assert "grey levels at binWidth 0.01, at most 4096" in table.attrs["refused"][1]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_voxel_that_is_not_finite_leaves_its_image_without_values(phantom, bad):
    image, mask = phantom
    voxels = sitk.GetArrayFromImage(sitk.Cast(image, sitk.sitkFloat32))
    voxels[4, 5, 5] = bad
    spoilt = sitk.GetImageFromArray(voxels)
    spoilt.CopyInformation(image)
    settings = ALL | {"featureClass": {"shape": None, "firstorder": None}}
    table = voxomics.extract(spoilt, mask, settings)
    inside = [n for n in table.columns if "firstorder" in n]
    assert table.loc[1, inside].isna().all()
    assert table.loc[[2, 5], inside].notna().all(axis=None)
    assert table.loc[1, "original_shape_VoxelVolume"] > 0


def test_a_filter_that_does_not_fit_leaves_its_columns_empty():
    flat = sitk.GetImageFromArray(np.arange(3 * 40 * 40, dtype="f4").reshape(3, 40, 40))
    mask = sitk.GetImageFromArray(np.ones((3, 40, 40), dtype="u1"))
    settings = {"imageType": {"Original": {}, "LoG": {"sigma": [2.0]}}, **ALL}
    table = voxomics.extract(flat, mask, settings)
    filtered = [n for n in table.columns if n.startswith("log")]
    assert len(filtered) == 42
    assert table[filtered].isna().all(axis=None)
    assert table[[n for n in table.columns if n not in filtered]].notna().all(axis=None)


def test_overlapping_regions_are_measured_each(phantom):
    image, mask = phantom
    voxels = sitk.GetArrayViewFromImage(mask).T
    regions = {
        "one": voxomics.Region.of(voxels == 1),
        "both": voxomics.Region.of((voxels == 1) | (voxels == 2)),
    }
    results = voxomics.extract_regions(image, regions, {"featureClass": {"shape": None}})
    volumes = {k: v["original_shape_VoxelVolume"] for k, v in results.items()}
    assert volumes["one"] == pytest.approx(6 * 8 * 7 * 2.4)
    assert volumes["both"] == pytest.approx((6 * 8 * 7 + 5 * 6 * 6) * 2.4)


def test_region_of_nothing_is_none():
    assert voxomics.Region.of(np.zeros((3, 4, 5), dtype=bool)) is None


def test_the_engine_is_quiet_and_changes_no_filter(phantom, capfd, engine):
    before = list(warnings.filters)
    voxomics.extract(*phantom, ALL, engine=engine)
    voxomics.extract(phantom[0] * 0, phantom[1], ALL, engine=engine)
    assert warnings.filters == before
    assert capfd.readouterr() == ("", "")
    if engine == "pyradiomics":
        assert not logging.getLogger("radiomics.glcm").isEnabledFor(logging.ERROR)


@pytest.mark.usefixtures("featureextractor")
def test_engine_version_names_the_engine():
    assert voxomics.engine_version() == f"voxomics {VERSION}"
    assert {"numba", "numpy", "PyWavelets", "SimpleITK"} < set(voxomics.library_versions())
    assert voxomics.engine_version("pyradiomics") == "pyradiomics 3.0.1"
    behind = voxomics.library_versions("pyradiomics")
    assert set(behind) == {"numpy", "PyWavelets", "SimpleITK"}


@pytest.mark.usefixtures("featureextractor")
def test_a_missing_engine_is_said(monkeypatch, phantom):
    monkeypatch.setitem(sys.modules, "radiomics.featureextractor", None)
    reference.pyradiomics.cache_clear()
    try:
        with pytest.raises(voxomics.EngineMissing, match=r"Install pyradiomics 3\.0\.1"):
            voxomics.engine_version("pyradiomics")
        with pytest.raises(voxomics.EngineMissing, match="cannot be imported"):
            voxomics.extract(*phantom, ALL, engine="pyradiomics")
        assert len(voxomics.extract(*phantom, ALL)) == 3
    finally:
        monkeypatch.undo()
        reference.pyradiomics.cache_clear()
    assert voxomics.engine_version("pyradiomics") == "pyradiomics 3.0.1"


def test_float_labels_are_rounded(phantom):
    image, mask = phantom
    stored = sitk.Cast(mask, sitk.sitkFloat32) * 0.99999
    assert voxomics.extract(image, stored, ALL).equals(voxomics.extract(image, mask, ALL))
