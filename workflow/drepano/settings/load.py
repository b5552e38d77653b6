"""Read settings files; every mistake is named at once, with the nearest known key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from drepano.errors import ConfigError, Fault
from drepano.settings.base import Settings
from drepano.settings.explain import explain
from drepano.settings.paths import mend_path, tried
from drepano.settings.site import Site
from drepano.settings.study import Study

S = TypeVar("S", bound=Settings)


def load_study(path: Path) -> Study:
    """Read a study file."""
    return _load(path, Study)


def load_site(path: Path) -> Site:
    """Read a site file."""
    return _load(path, Site)


def load_file(path: Path, model: type[S]) -> S:
    """Read a settings file that a single command has for itself."""
    return _load(path, model)


def parse_site(values: dict[str, Any], where: str) -> Site:
    """Read a site out of values that something else loaded, such as Snakemake's config."""
    return _validate(values, Site, where)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the last would win, and a table be lost unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Return the mapping, unless a key repeats."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # a list as a key: the base class refuses it
            if key.value in seen:
                problem = f"the key {key.value} twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _load(path: Path, model: type[S]) -> S:
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error, model.__name__.lower()) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2024-13-45
        mark = getattr(error, "problem_mark", None)
        line = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigError.of(
            line,
            found=(getattr(error, "problem", None) or "text that is not YAML").removeprefix(
                "found "
            ),
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


def _unreadable(path: Path, error: OSError | UnicodeDecodeError, kind: str) -> ConfigError:
    if isinstance(error, UnicodeDecodeError):
        found, remedy = "text that is not UTF-8", "Save it as UTF-8."
    else:
        found = f"{(error.strerror or type(error).__name__).lower()}{tried(path)}"
        place = "`study` of the site file" if kind == "study" else "`--site`"
        remedy = f"{mend_path(path, place)} `drepano init` writes a first one."
    return ConfigError(Fault(str(path), found, f"a {kind} file", remedy))


def _validate(values: dict[str, Any], model: type[S], where: str) -> S:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(*explain(error, model, where)) from error
