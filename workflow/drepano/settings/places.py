"""Where an error stands in the settings: the keys that lead there, and what they mean."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

Location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A key of the settings.

    Attributes
    ----------
    path
        Keys and positions that lead there. pydantic adds which choice of a union it tried;
        that is no place and is left out.
    meaning
        The last key with a fixed name and its explanation, or empty.
    known
        Keys that may stand there, if it is a mapping with fixed keys.
    """

    path: Location
    meaning: str
    known: tuple[str, ...]


def place_of(model: type[BaseModel], location: Location) -> Place:
    """Follow a location from the top of `model`, as far as it leads."""
    annotation: object = model
    path: list[int | str] = []
    meaning = ""
    for part in location:
        found = _step(annotation, part)
        if found is None and (tagged := _tagged(annotation, part)):
            annotation = tagged
            continue
        if found is None:
            break
        annotation, said = found
        meaning = said or meaning
        path.append(part)
    return Place(tuple(path), meaning, _keys(annotation))


def _step(annotation: object, part: int | str) -> tuple[object, str] | None:
    """Return what stands below a key or position, and what the key means."""
    for choice in _choices(annotation):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            field = choice.model_fields.get(str(part))
            if field is not None:
                said = " ".join((field.description or "").split())
                return field.annotation, f"{part}: {said}" if said else ""
        inner = typing.get_args(choice)
        if typing.get_origin(choice) is dict:
            return inner[1], ""
        if typing.get_origin(choice) is tuple and isinstance(part, int):
            return inner[0], ""
    return None


def _tagged(annotation: object, tag: int | str) -> object | None:
    """Return the model of a union whose `kind` is the tag, which pydantic adds to locations."""
    for choice in _choices(annotation):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            kind = choice.model_fields.get("kind")
            if kind is not None and tag in typing.get_args(kind.annotation):
                return choice
    return None


def _choices(annotation: object) -> Iterator[object]:
    """Look into `Annotated` and unions."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _choices(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for choice in typing.get_args(annotation):
            yield from _choices(choice)
    else:
        yield annotation


def _keys(annotation: object) -> tuple[str, ...]:
    models = [c for c in _choices(annotation) if isinstance(c, type) and issubclass(c, BaseModel)]
    return tuple(sorted({name for model in models for name in model.model_fields}))
