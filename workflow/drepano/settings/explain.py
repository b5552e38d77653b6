"""Errors of pydantic in plain words: the key, what stands there, what should, and what it means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from drepano.errors import Fault
from drepano.settings.base import REFUSED, Settings
from drepano.settings.places import Location, Place, place_of

_WORDS = {
    "dict_type": "a mapping, `key: value`",
    "model_type": "a mapping, `key: value`",
    "model_attributes_type": "a mapping, `key: value`",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "text",
    "path_type": "a path",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "literal_error": "{expected}",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "too_short": "at least {min_length} in it",
    "string_pattern_mismatch": "text like {pattern}",
    "union_tag_not_found": "a key kind that says what it is",
    "union_tag_invalid": "a kind out of {expected_tags}",
}
"""What is expected, by pydantic's name of the error."""
_QUOTED = re.compile(r"'([^']*)'")
_LONGEST = 60


def explain(error: ValidationError, model: type[Settings], where: str) -> list[Fault]:
    """Return one fault for each place that is wrong; `where` names the file.

    A value that fits none of several types is one fault, whatever pydantic tried.
    """
    faults: dict[tuple[str, str, str], list[str]] = {}
    for details in error.errors():
        for fault in _faults(details, model, where):
            key = (fault.where, fault.found, fault.remedy)
            faults.setdefault(key, []).append(fault.expected)
    return [
        Fault(place, found, " or ".join(dict.fromkeys(expected)), remedy)
        for (place, found, remedy), expected in faults.items()
    ]


def _faults(error: ErrorDetails, model: type[Settings], where: str) -> Iterator[Fault]:
    place = place_of(model, error["loc"])
    key = f"{where}: {_joined(place.path) or 'the whole file'}"
    kind, given = error["type"], error.get("ctx", {})
    if kind == REFUSED:
        for fault in given["faults"]:
            inner = (*place.path, *([fault.where] if fault.where else []))
            full = f"{where}: {_joined(inner) or 'the whole file'}"
            yield Fault(full, fault.found, fault.expected, fault.remedy)
    elif kind == "extra_forbidden":
        unknown = str(error["loc"][-1])
        hint = nearest(unknown, place.known) or f"Known keys: {', '.join(place.known)}."
        full = f"{where}: {_joined((*place.path, unknown))}"
        yield Fault(full, "an unknown key", "a known key", hint)
    elif kind == "missing":
        yield Fault(key, "nothing", "a value", f"Add the key. {_meaning(place)}")
    else:
        choices = _QUOTED.findall(str(given.get("expected", "")))
        hint = nearest(str(error["input"]), choices) or _meaning(place)
        yield Fault(key, _found(error["input"]), _expected(error), hint)


def _joined(location: Location) -> str:
    return ".".join(map(str, location))


def nearest(word: str, known: Sequence[str]) -> str:
    """Ask for the known word that is most like `word`; empty if none is."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.4)
    return f"Did you mean {near[0]}?" if near else ""


def _expected(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind not in _WORDS:
        return error["msg"].removeprefix("Value error, ")
    words = _WORDS[kind].format(**error.get("ctx", {}))
    plain = isinstance(error["input"], int | float)
    return f"{words} in quotation marks" if kind == "string_type" and plain else words


def _found(value: object) -> str:
    """Show what stands there, shortened; a key without a value holds nothing."""
    if value is None:
        return "nothing"
    if value in ({}, [], ()):
        return "nothing in it"
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _meaning(place: Place) -> str:
    return place.meaning or "See docs/settings.md."
