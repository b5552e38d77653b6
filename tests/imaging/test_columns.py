"""Columns as declared, and settings that are refused before anything runs."""

import pytest

import voxomics
from drepano.contracts.declare import from_table, to_table
from drepano.errors import ConfigError
from drepano.imaging import check_settings, declare_columns
from drepano.settings import load_study


def test_no_imaging_has_no_columns():
    assert declare_columns(None) == []


def test_columns_of_the_delivered_study(root):
    imaging = load_study(root / "config/study.yaml").imaging
    check_settings(imaging)
    columns = declare_columns(imaging)
    names = [c.name for c in columns]
    assert len(names) == len(set(names)) == 4 * (1 + 200) + 4 * (1 + 107) + (2 + 107)
    assert names[0] == "t1w__grey_matter_left__volume_mm3"
    assert "t1w__ventricles__log-sigma-3-0-mm-3D_glcm_Contrast" in names
    assert "flair__lesion__component_count" in names
    assert all(len(name.split("__")) == 3 for name in names)
    for column in columns:
        assert column.state_source == "__".join(column.name.split("__")[:2])
        assert column.meaning
        assert column.unit
        assert column.missing
        assert column.source
        assert column.standard
    assert from_table(to_table(columns)) == columns


def test_mesh_features_say_whose_axes_they_are_of(lab, root):
    told = {
        c.name: c.standard for c in declare_columns(lab.imaging_of(feature_classes={"shape": None}))
    }
    turned = {name.split("_")[-1] for name, standard in told.items() if "(LPS)" in standard}
    assert turned == {"MeshVolume", "SurfaceArea", "SurfaceVolumeRatio", "Sphericity"}
    page = " ".join((root / "docs/regions.md").read_text(encoding="utf-8").split())
    assert (
        "MeshVolume, SurfaceArea, SurfaceVolumeRatio and Sphericity are those of LPS axes" in page
    )


def test_normalised_intensities_have_no_unit(lab):
    plain = {c.name: c.unit for c in declare_columns(lab.imaging_of())}
    normal = {c.name: c.unit for c in declare_columns(lab.imaging_of(settings={"normalize": True}))}
    assert plain["t1w__block__original_firstorder_Mean"] == "[arb'U]"
    assert normal["t1w__block__original_firstorder_Mean"] == "1"
    assert plain["t1w__block__volume_mm3"] == normal["t1w__block__volume_mm3"] == "mm3"


def test_every_wrong_setting_is_named_with_its_place(lab):
    imaging = lab.imaging_of(
        image_types={"Wavlet": {}, "LoG": {"sigma": [1.0], "label": 2}},
        feature_classes={"glcm": ["Contrst"]},
        settings={"binwidth": 25, "label": 1, "correctMask": True},
    )
    with pytest.raises(ConfigError) as caught:
        check_settings(imaging)
    told = {f.where.removeprefix("imaging.modalities.t1w."): f for f in caught.value.faults}
    assert set(told) == {
        "settings",
        "settings.label",
        "settings.correctMask",
        "image_types",
        "image_types.LoG.label",
        "feature_classes.glcm",
    }
    assert told["settings"].remedy == "Did you mean binWidth?"
    assert told["image_types"].remedy == "Did you mean Wavelet?"
    assert told["feature_classes.glcm"].remedy == "Did you mean Contrast?"
    assert told["settings.label"].remedy == "Remove the key."


def test_a_missing_engine_is_a_fault_of_the_installation(lab, monkeypatch):
    def missing(engine):
        raise voxomics.EngineMissing("Install pyradiomics 3.0.1")

    monkeypatch.setattr(voxomics, "engine_version", missing)
    imaging = lab.imaging_of().model_copy(update={"engine": "pyradiomics"})
    with pytest.raises(ConfigError, match=r"no pyradiomics in this .*Install pyradiom"):
        check_settings(imaging)


def test_settings_are_checked_for_the_engine_of_the_study(lab):
    pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
    imaging = lab.imaging_of(image_types={"LBP3D": {}})
    check_settings(imaging)
    with pytest.raises(ConfigError, match="LBP3D: found engine pyradiomics"):
        check_settings(imaging.model_copy(update={"engine": "pyradiomics"}))


def test_the_dictionary_tells_where_the_engine_departs(lab):
    imaging = lab.imaging_of(settings={"resampledPixelSpacing": [1, 1, 1]})
    own, behind = (
        {c.name: c.standard for c in declare_columns(imaging.model_copy(update={"engine": e}))}
        for e in ("voxomics", "pyradiomics")
    )
    name = "t1w__block__original_firstorder_Mean"
    assert own[name].endswith("filters the box around each region")
    assert behind[name] == "IBSI Q4LE"
