"""Settings: typed, frozen, every key explained, unknown ones refused wherever they stand."""

import pytest
from pydantic import ValidationError

from drepano.settings import Site, Study, load_study
from drepano.settings.base import Settings


def models(model: type[Settings] = Settings) -> list[type[Settings]]:
    found = []
    for part in model.__subclasses__():
        found += [part, *models(part)]
    return found


def test_the_models_are_those_of_both_files():
    assert {Study, Site} < set(models())
    assert len(models()) >= 11


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_model_is_frozen_strict_in_its_keys_and_explained(model):
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert field.description, name


def test_nothing_can_be_changed_once_it_is_read(root):
    study = load_study(root / "config" / "study.yaml")
    for part, name in (
        (study, "version"),
        (study.imaging, "engine"),
        (study.gates, "min_subjects"),
    ):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, name, getattr(part, name))


def test_lists_are_tuples_so_that_nobody_appends(root):
    study = load_study(root / "config" / "study.yaml")
    assert isinstance(study.genomics.panels, tuple)
    assert isinstance(study.clinical.columns, tuple)
    assert all(isinstance(m.region_sets, tuple) for m in study.imaging.modalities.values())
