"""Mistakes in settings files: the key, what stands there, what should, in plain words."""

from pathlib import Path

import pytest
import yaml

from drepano.errors import ConfigError
from drepano.settings import load_site, load_study

SITE = {"site": "s", "study": "x", "key_file": "k", "imaging": {"bids": "b"}}
CLASSES = {"shape": None}


def study_of(**changes) -> dict[str, object]:
    imaging = {
        "region_sets": {
            "lesion": {"suffix": "mask", "regions": {"lesion": 1}},
            "tissue": {"suffix": "dseg", "regions": {"lesion": 2}},
        },
        "modalities": {
            "t1w": {"suffix": "T1w", "region_sets": ["lesion"], "feature_classes": CLASSES}
        },
    }
    return {"study": "s", "version": "1.0.0", "imaging": imaging} | changes


def told(folder: Path, values: object, load) -> list[str]:
    """Load a file that is wrong, and give its faults without the folder."""
    path = folder / "it.yaml"
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values))
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [str(fault).replace(f"{folder}/", "") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"clinical": [{"path": "p", "columns": None}]},
            (
                "clinical.0.columns: found nothing; "
                "expected a mapping, `key: value`. columns: Concept to its column and unit"
            ),
        ),
        ({"clinical": [{"path": "p", "columns": {}}]}, "found nothing in it; expected at least 1"),
        (
            {"clinical": [{"columns": {"hb": {"column": "Hb"}}}]},
            "clinical.0.path: found nothing; expected a value. Add the key. path: The file; .tsv",
        ),
        ({"clinical": {"path": "p"}}, "clinical: found {'path': 'p'}; expected a list"),
        (
            {"genomics": {"build": "hg38", "vcf": ["x"]}},
            "genomics.build: found 'hg38'; expected 'GRCh37' or 'GRCh38'. Did you mean GRCh38?",
        ),
        ({"genomics": {"build": "GRCh38", "vcf": "x"}}, "genomics.vcf: found 'x'; expected a list"),
        ({"shards": "many"}, "shards: found 'many'; expected a whole number. shards: Number of"),
        ({"shards": 1.5}, "shards: found 1.5; expected a whole number"),
        ({"shards": 5000}, "expected a number of at most 4096"),
        ({"unit_time_limit_s": 0}, "expected a number above 0"),
        ({"key_file": 3}, "key_file: found 3; expected a path. key_file: Secret key"),
        ({"imaging": "bids"}, "imaging: found 'bids'; expected a mapping"),
        ({"site": 7}, "site: found 7; expected text in quotation marks. site: Name of the site"),
        (
            {"release": {"genotype": "withheld"}},
            "release.genotype: found an unknown key; expected a known key. Did you mean genotypes?",
        ),
        (
            {"imaging": None},
            (
                "it.yaml: the whole file: found none of the three; "
                "expected at least one of imaging, genomics, clinical"
            ),
        ),
    ],
)
def test_a_mistake_is_told_in_plain_words(tmp_path, change, message) -> None:
    faults = told(tmp_path, SITE | change, load_site)
    assert len(faults) == 1
    assert message in faults[0]
    assert "valid" not in faults[0]
    assert "docs/settings.md" not in faults[0]


@pytest.mark.parametrize("version", [1.0, "1.0", "v1.0.0"])
def test_a_version_is_three_numbers_as_text(tmp_path, version) -> None:
    (fault,) = told(tmp_path, study_of(version=version), load_study)
    expected = f'version: found {version!r}; expected three numbers as text, such as "1.0.0".'
    assert expected in fault


def test_region_sets_that_are_not_known_are_named_with_the_nearest(tmp_path) -> None:
    study = study_of()
    modality = study["imaging"]["modalities"]["t1w"]
    study["imaging"]["modalities"]["t2w"] = modality | {"region_sets": ["lesion", "tissue"]}
    study["imaging"]["modalities"]["t1w"] = modality | {"region_sets": ["lesio", "zzz"]}
    assert told(tmp_path, study, load_study) == [
        (
            "it.yaml: imaging.modalities.t1w.region_sets: found 'lesio'; expected region sets of "
            "the study: lesion, tissue. Did you mean lesion?"
        ),
        (
            "it.yaml: imaging.modalities.t1w.region_sets: found 'zzz'; expected region sets of the "
            "study: lesion, tissue. Describe it in imaging.region_sets."
        ),
        (
            "it.yaml: imaging.modalities.t2w.region_sets: found region sets that both have the "
            "region lesion; expected each region once. Rename one of the regions."
        ),
    ]


def test_a_value_that_fits_none_of_several_types_is_one_fault(tmp_path) -> None:
    study = study_of()
    study["imaging"]["region_sets"]["lesion"]["regions"] = {"lesion": 1.5, "suffix": "a"}
    (fault,) = told(tmp_path, study, load_study)
    assert fault == (
        "it.yaml: imaging.region_sets.lesion.regions.lesion.0: found 1.5; expected a whole number "
        "or text in quotation marks. regions: Region name to its labels. A mask's region is "
        "usually {name: 1}."
    )


def test_a_name_of_the_user_is_no_key_of_the_settings(tmp_path) -> None:
    """A region set may be called like a key of something else."""
    study = study_of()
    sets = study["imaging"]["region_sets"]
    sets["suffix"] = sets.pop("tissue") | {"entity": {}}
    (fault,) = told(tmp_path, study, load_study)
    assert "imaging.region_sets.suffix.entity: found an unknown key" in fault
    assert "Did you mean entities?" in fault


def test_keys_that_are_lists_are_refused(tmp_path) -> None:
    (fault,) = told(tmp_path, "? [a, b]\n: c\n", load_site)
    assert fault.startswith("it.yaml:1: found unhashable key; expected YAML")


@pytest.mark.parametrize(("load", "key"), [(load_site, "--site"), (load_study, "study")])
def test_a_file_that_is_not_there_says_where_it_was_looked_for(
    tmp_path, monkeypatch, load, key
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load(Path("config/it.yaml"))
    text = str(caught.value)
    assert f"found no such file or directory at {tmp_path}/config/it.yaml" in text
    assert f"Mend the path in `{key}`" in text
    assert "relative paths start there" in text
    with pytest.raises(ConfigError, match="or mount the disk"):
        load(tmp_path / "absent.yaml")


def test_a_file_that_is_no_text_is_told(tmp_path) -> None:
    path = tmp_path / "it.yaml"
    path.write_bytes(b"site: \xe4")
    with pytest.raises(ConfigError, match="text that is not UTF-8; expected a site file"):
        load_site(path)
