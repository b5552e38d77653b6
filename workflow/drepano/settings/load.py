"""Read settings files; every mistake is named at once, with the nearest known key."""

from __future__ import annotations

import difflib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from drepano.errors import ConfigError, Fault
from drepano.settings.base import Settings
from drepano.settings.site import Site
from drepano.settings.study import Study

S = TypeVar("S", bound=Settings)
Location = tuple[int | str, ...]


def load_study(path: Path) -> Study:
    """Read a study file."""
    return _load(path, Study)


def load_site(path: Path) -> Site:
    """Read a site file."""
    return _load(path, Site)


def parse_site(values: dict[str, Any], where: str) -> Site:
    """Read a site out of values that something else loaded, such as Snakemake's config."""
    return _validate(values, Site, where)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the last would win, and a table be lost unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Return the mapping, unless a key repeats."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                problem = f"the key {key.value} twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen |= {key.value} if isinstance(key, yaml.ScalarNode) else set()
        return super().construct_mapping(node, deep)


def _load(path: Path, model: type[S]) -> S:
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "text that is not UTF-8"
        raise ConfigError.of(
            path,
            found=reason,
            expected=f"a {model.__name__.lower()} file",
            remedy="Write one with `drepano init`.",
        ) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2024-13-45
        mark = getattr(error, "problem_mark", None)
        line = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigError.of(
            line,
            found=getattr(error, "problem", None) or "text that is not YAML",
            expected="YAML",
            remedy="Mend the line; indentation is two spaces, never tabs.",
        ) from error
    if not isinstance(values, dict):
        raise ConfigError.of(
            path,
            found=f"a {type(values).__name__}",
            expected="a mapping of keys to values",
            remedy="Start from the file that `drepano init` writes.",
        )
    return _validate(values, model, str(path))


def _validate(values: dict[str, Any], model: type[S], where: str) -> S:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = [_explain(e["loc"], e, model, where) for e in error.errors()]
        raise ConfigError(*faults) from error


def _explain(location: Location, error: ErrorDetails, model: type[Settings], where: str) -> Fault:
    place = f"{where}: {'.'.join(str(part) for part in location) or 'the whole file'}"
    if error["type"] == "extra_forbidden":
        known = sorted(_keys_at(model, location[:-1]))
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
        return Fault(place, "an unknown key", "a known key", hint)
    if error["type"] == "missing":
        return Fault(place, "nothing", "a value", "Add the key; see docs/settings.md.")
    message = error["msg"].removeprefix("Value error, ")
    found = repr(error["input"])
    found = found if len(found) <= 60 else found[:57] + "..."
    return Fault(place, found, message, "See docs/settings.md.")


def _keys_at(model: type[BaseModel], location: Location) -> set[str]:
    """Return the known keys of the model that stands at `location` inside `model`."""
    current: object = model
    for part in location:
        inner = models_of(current)
        fields = {n: f for m in inner for n, f in m.model_fields.items()}
        current = fields[str(part)].annotation if str(part) in fields else current
    return {n for m in models_of(current) for n in m.model_fields}


def models_of(annotation: object) -> list[type[BaseModel]]:
    """Return the models inside an annotation such as ``dict[Name, Modality] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if isinstance(annotation, types.GenericAlias | types.UnionType) or typing.get_args(annotation):
        return [m for a in typing.get_args(annotation) for m in models_of(a)]
    return []
