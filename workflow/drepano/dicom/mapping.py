"""The mapping file: which series becomes which BIDS image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from drepano.dicom.words import AUTO, COMPONENTS, ENTITIES, KEPT_KEYS, NUMBER_KEYS, SUFFIXES
from drepano.errors import Fault
from drepano.settings.base import Settings, refuse
from drepano.settings.explain import nearest
from drepano.settings.load import load_file

_LABEL = re.compile(r"[0-9a-zA-Z]+")
_DESTINATION = ("datatype", "suffix")
_ACQUIRED_BY_NUMBER = ("run", "echo", "flip", "inv", "chunk")


def _as_list(value: object) -> object:
    """Take one pattern for a list of one."""
    return (value,) if isinstance(value, str) else value


def _compiles(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        message = f"a regular expression: {error}"
        raise ValueError(message) from error
    return value


Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Component = Literal["mag", "phase", "real", "imag"]


class Rule(Settings):
    """Images that all the conditions hold for, and their name. The first rule that fits counts."""

    description: Patterns = ()
    """Patterns (`*`, `?`, `[...]`) of the series description; one must fit, in either case."""
    regex: Annotated[str, AfterValidator(_compiles)] = ""
    """Regular expression that is found in the series description, in either case."""
    protocol: Patterns = ()
    """Patterns of the protocol name, as for `description`."""
    image_type: Patterns = ()
    """Words of ImageType that must all be there, such as [ORIGINAL, M]."""
    without_image_type: Patterns = ()
    """Words of ImageType that must not be there."""
    echo_time_ms: tuple[float, float] | None = None
    """Least and greatest echo time, in ms."""
    component: Component | None = None
    """mag, phase, real or imag. Without it: mag, unless the entity `part` is `auto`."""
    modality: str = "MR"
    """DICOM modality."""
    derived: bool = False
    """Take derived images too, such as an ADC map made by the scanner."""
    skip: bool = False
    """Leave these images out; they are listed, and nothing is to be mended."""
    datatype: str = ""
    """BIDS folder: anat, dwi, func, perf or fmap."""
    suffix: str = ""
    """BIDS suffix, such as T1w."""
    entities: dict[str, str] = Field(default_factory=dict)
    """BIDS entities, such as {acq: mprage}; echo and part may be `auto`: as the header says."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    """Keys of the sidecar that the DICOM lacks, such as PostLabelingDelay."""
    volumes: tuple[Literal["control", "label", "m0scan", "deltam", "cbf"], ...] = ()
    """For perf asl: types of the volumes, repeated to the end of the series."""

    @field_validator("entities", mode="after")
    @classmethod
    def _known_entities(cls, entities: dict[str, str]) -> dict[str, str]:
        faults = tuple(_entity_faults(entities))
        if faults:
            raise refuse(*faults)
        return entities

    @field_validator("metadata", mode="after")
    @classmethod
    def _known_metadata(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        faults = [
            Fault(
                key,
                "a key that is not kept in a sidecar",
                "a BIDS key of how an image is acquired",
                nearest(key, sorted(KEPT_KEYS)) or "See docs/dicom.md.",
            )
            for key in metadata
            if key not in KEPT_KEYS
        ]
        faults += [
            Fault(
                key, repr(value), "numbers" if key in NUMBER_KEYS else "text or numbers", "Mend it."
            )
            for key, value in metadata.items()
            if key in KEPT_KEYS and not _is_plain(key, value)
        ]
        if faults:
            raise refuse(*faults)
        return metadata

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        faults = tuple(_rule_faults(self))
        if faults:
            raise refuse(*faults)
        return self


def _is_plain(key: str, value: object) -> bool:
    """Tell if a sidecar can hold the value under this key; a date of YAML, for one, it can not."""
    if isinstance(value, list):
        return bool(value) and all(_is_plain(key, item) for item in value)
    if key in NUMBER_KEYS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str | int | float)


def _entity_faults(entities: dict[str, str]) -> Iterator[Fault]:
    for key, value in entities.items():
        if key not in ENTITIES:
            hint = nearest(key, ENTITIES) or f"Known: {', '.join(ENTITIES)}."
            yield Fault(key, "an unknown entity", "a BIDS entity of raw images", hint)
        elif key == "run":
            remedy = "Leave it out: several images of one name get runs by `repeats`."
            yield Fault(key, value, "no run", remedy)
        elif value == AUTO and key in ("echo", "part"):
            continue
        elif key in _ACQUIRED_BY_NUMBER and not value.isdecimal():
            yield Fault(key, value, "a number", "Write digits in quotation marks.")
        elif key == "part" and value not in COMPONENTS:
            yield Fault(key, value, " or ".join(COMPONENTS), "Or `auto`: as the header says.")
        elif not _LABEL.fullmatch(value):
            remedy = "BIDS labels have no other signs."
            yield Fault(key, repr(value), "letters and digits alone", remedy)


def _rule_faults(rule: Rule) -> Iterator[Fault]:
    stated = (rule.description, rule.regex, rule.protocol, rule.image_type, rule.component)
    if not any(stated):
        remedy = 'Every image would fit; write description: "*" if that is meant.'
        yield Fault("", "no condition", "at least a description", remedy)
    if rule.echo_time_ms and rule.echo_time_ms[0] > rule.echo_time_ms[1]:
        yield Fault("echo_time_ms", "the greater first", "[least, greatest]", "Swap the two.")
    if rule.skip:
        if rule.datatype or rule.suffix:
            yield Fault("skip", "skip and a name", "one of the two", "Remove one.")
        return
    if rule.datatype not in SUFFIXES:
        hint = nearest(rule.datatype, tuple(SUFFIXES)) or "Or state `skip: true`."
        found = rule.datatype or "nothing"
        yield Fault("datatype", found, ", ".join(SUFFIXES), hint)
        return
    yield from _name_faults(rule)


def _name_faults(rule: Rule) -> Iterator[Fault]:
    """Find what is wrong with the suffix, or lacks for it."""
    known = SUFFIXES[rule.datatype]
    if rule.suffix not in known:
        hint = nearest(rule.suffix, known) or "See the BIDS specification."
        yield Fault("suffix", rule.suffix or "nothing", ", ".join(known), hint)
    if rule.datatype == "func" and "task" not in rule.entities:
        yield Fault("entities", "no task", "a task for func", "Add one, such as {task: rest}.")
    if rule.datatype == "fmap" and rule.suffix == "epi" and "dir" not in rule.entities:
        yield Fault("entities", "no dir", "dir for fmap epi", "Add one, such as {dir: AP}.")
    if rule.suffix == "MEGRE" and "echo" not in rule.entities:
        yield Fault("entities", "no echo", "echo for MEGRE", "Add {echo: auto}.")
    if bool(rule.volumes) != (rule.suffix == "asl"):
        remedy = "aslcontext.tsv is made of it: e.g. volumes: [control, label]."
        found = "some" if rule.volumes else "none"
        yield Fault("volumes", found, "types of volumes for the suffix asl, and it alone", remedy)


class Mapping(Settings):
    """How the series of a study's scanners become a BIDS dataset."""

    name: str = "Converted by drepano dicom"
    """Name in dataset_description.json."""
    sessions: Literal["none", "table", "order"] = "none"
    """none: a subject has one study; table: by the study dates of the subjects file; order: 1, 2,
    ... by study date, later exports going on from the last number."""
    repeats: Literal["run", "refuse"] = "run"
    """Several series of one name: numbered by `run` in the order of acquisition, or refused."""
    rules: tuple[Rule, ...]
    """The first that fits an image counts."""

    @field_validator("rules", mode="after")
    @classmethod
    def _some_rules(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        # Not `min_length`: it would count the rules that are sound, beside the faults of others.
        if not rules:
            raise refuse(Fault("", "no rule", "at least one", "See docs/dicom.md."))
        return rules


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    ConfigError
        With everything that is wrong in it.
    """
    return load_file(path, Mapping)
