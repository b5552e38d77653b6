"""Settings: what is known, what is refused, and the names that follow from them."""

import pytest
import yaml

import voxomics
from voxomics.describe import dictionary
from voxomics.names import (
    DEFAULTS,
    DEPRECATED,
    FEATURE_CLASSES,
    WITHOUT_VALUE,
    current_features,
    known_features,
)
from voxomics.reference import parameter_schema, pyradiomics
from voxomics.rules import RULES


@pytest.mark.parametrize(
    ("settings", "where", "nearest"),
    [
        ({"imagetype": {}}, "settings", "imageType"),
        ({"voxelSetting": {}}, "settings", "setting"),
        ({"imageType": {"Log": {"sigma": [1.0]}}}, "imageType", "LoG"),
        ({"imageType": {"LoG": {}}}, "imageType.LoG", ""),
        ({"imageType": {"LoG": {"sigma": [0.0]}}}, "imageType.LoG.sigma", ""),
        ({"imageType": {"LoG": {"sigma": [1.0], "sigmas": [2.0]}}}, "imageType.LoG", "sigma"),
        (
            {"imageType": {"LBP2D": {"lbp2DMethod": "ror", "lbp2DSamples": 40}}},
            "imageType.LBP2D.lbp2DSamples",
            "",
        ),
        ({"imageType": {"LBP4D": {}}}, "imageType", "LBP3D"),
        ({"imageType": {"Wavelet": {"wavelet": "coif"}}}, "imageType.Wavelet.wavelet", ""),
        ({"featureClass": {"GLCM": None}}, "featureClass", "glcm"),
        ({"featureClass": {"glcm": ["Contrst"]}}, "featureClass.glcm", "Contrast"),
        ({"featureClass": {"glcm": "Contrast"}}, "featureClass.glcm", ""),
        (
            {"featureClass": {"glcm": ["Dissimilarity"]}},
            "featureClass.glcm",
            "DifferenceAverage",
        ),
        ({"featureClass": {"shape2D": None}}, "featureClass.shape2D", ""),
        ({"setting": {"binwidth": 25}}, "setting", "binWidth"),
        ({"setting": {"binWidth": "25"}}, "setting.binWidth", ""),
        ({"setting": {"binWidth": 0}}, "setting.binWidth", ""),
        ({"setting": {"binWidth": True}}, "setting.binWidth", ""),
        ({"setting": {"binCount": 1.5}}, "setting.binCount", ""),
        ({"setting": {"force2Ddimension": 3}}, "setting.force2Ddimension", ""),
        ({"setting": {"distances": 1}}, "setting.distances", ""),
        ({"setting": {"resegmentMode": "sigmas"}}, "setting.resegmentMode", ""),
        ({"setting": {"interpolator": "linear"}}, "setting.interpolator", ""),
        ({"setting": {"interpolator": True}}, "setting.interpolator", ""),
        ({"setting": {"weightingNorm": "taxicab"}}, "setting.weightingNorm", ""),
        ({"setting": {"normalize": 1}}, "setting.normalize", ""),
    ],
)
def test_each_fault_is_named_with_its_place_and_the_nearest_name(settings, where, nearest):
    (fault,) = voxomics.check_settings(settings)
    assert (fault.where, fault.nearest) == (where, nearest)
    assert fault.found
    assert fault.expected
    assert str(fault).startswith(f"{where}: found ")


def test_the_engine_pyradiomics_lacks_what_depends_on_the_region():
    assert voxomics.check_settings({"imageType": {"LBP3D": {}}}) == []
    (fault,) = voxomics.check_settings({"imageType": {"LBP3D": {}}}, engine="pyradiomics")
    assert fault.where == "imageType.LBP3D"


def test_all_faults_come_at_once():
    settings = {
        "imageType": {"Wavlet": {}, "LoG": {}},
        "featureClass": {"glcm": ["A", "B"], "glmc": None},
        "setting": {"binWidth": -1, "bins": 3},
    }
    assert len(voxomics.check_settings(settings)) == 7


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"imageType": {"LoG": {}}, "setting": {"sigma": [2]}},
        {"featureClass": {"shape2D": None}, "setting": {"force2D": True}},
        {"setting": {"interpolator": 3, "resampledPixelSpacing": None, "weightingNorm": None}},
        {"imageType": {"Wavelet": {"wavelet": "bior1.3", "level": 2, "start_level": 1}}},
        {"setting": {"interpolator": None}},
    ],
)
def test_sound_settings_have_no_fault(settings):
    assert voxomics.check_settings(settings) == []


@pytest.mark.real_data
def test_the_example_files_of_pyradiomics_are_read(shared_data):
    files = sorted((shared_data / "pyradiomics/exampleSettings").glob("*.yaml"))
    faults = {f.name: voxomics.check_settings(yaml.safe_load(f.read_text())) for f in files}
    assert len(files) == 8
    assert [str(f.found) for f in faults.pop("exampleVoxel.yaml")] == ["'voxelSetting'"]
    assert not any(faults.values())


@pytest.fixture(scope="module")
def reference():
    pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
    return pyradiomics()


def test_features_and_their_order_are_those_of_pyradiomics(reference):
    classes = reference.getFeatureClasses()
    assert tuple(classes) == FEATURE_CLASSES
    for name, measured in classes.items():
        told = measured.getFeatureNames()
        assert current_features(name) == [f for f, old in told.items() if not old]
        given, empty = known_features(name), WITHOUT_VALUE.get(name, {})
        assert [f for f in told if f not in empty] == given
        assert {*DEPRECATED.get(name, ()), *empty} == {f for f, old in told.items() if old}


def test_settings_and_their_defaults_are_those_of_pyradiomics(reference):
    assert set(RULES) == set(parameter_schema())
    defaults = reference.featureextractor.RadiomicsFeatureExtractor().settings
    assert dict(DEFAULTS) == defaults | {"additionalInfo": False}


def test_names_do_not_look_at_data():
    names = voxomics.feature_names({"imageType": {"Original": {}, "LoG": {"sigma": [3.0]}}})
    assert len(names) == 14 + 2 * 93
    assert names[0] == "original_shape_Elongation"
    assert "log-sigma-3-0-mm-3D_glcm_Contrast" in names
    assert len(set(names)) == len(names)


def test_two_dimensions_have_the_shape_of_two():
    names = voxomics.feature_names(
        {"featureClass": {"shape": None, "shape2D": ["Perimeter"]}}, dimension=2
    )
    assert names == ["original_shape2D_Perimeter"]


def test_every_feature_that_has_a_value_is_described_and_no_other():
    known = {(c, f) for c in FEATURE_CLASSES for f in known_features(c)}
    assert set(dictionary()) == known
    for feature_class, feature in known:
        told = voxomics.describe(f"original_{feature_class}_{feature}")
        assert told.meaning.endswith(".")
        assert told.unit
        assert "{" not in told.unit
        assert told.standard.startswith("IBSI" if told.ibsi else "no counterpart in IBSI")


@pytest.mark.real_data
def test_ibsi_codes_are_codes_of_ibsi_and_used_once(shared_data):
    lines = (shared_data / "pyradiomics/ibsi_concepts.csv").read_text().splitlines()
    known = {line.rsplit("\t", 1)[-1] for line in lines}
    used = [row["ibsi"] for row in dictionary().values() if row["ibsi"]]
    assert set(used) <= known
    assert len(set(used)) == len(used) == 105


def test_departures_and_units_are_told():
    assert "3 higher than IBSI" in voxomics.describe("original_firstorder_Kurtosis").standard
    assert "holds the region's minimum" in voxomics.describe("original_glcm_Contrast").standard
    assert voxomics.describe("original_firstorder_Variance").unit == "[arb'U]2"
    assert voxomics.describe("original_firstorder_TotalEnergy", "1").unit == "mm3"
    assert voxomics.describe("original_firstorder_Energy", "1").unit == "1"
    assert voxomics.describe("original_firstorder_Mean", "1").unit == "1"
    assert voxomics.describe("original_shape_MeshVolume").unit == "mm3"
    filtered = voxomics.describe("wavelet-HLL_glcm_Contrast")
    assert filtered.image_type == "wavelet-HLL"
    assert "outside IBSI-1" in filtered.standard


def test_an_unknown_feature_is_not_described():
    with pytest.raises(KeyError, match="Nonsense"):
        voxomics.describe("original_glcm_Nonsense")
