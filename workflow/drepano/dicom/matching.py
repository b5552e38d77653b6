"""Which rule of the mapping an image follows, or why it follows none."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import Literal

from drepano.dicom.hidden import plain
from drepano.dicom.mapping import Mapping, Rule
from drepano.dicom.series import Part
from drepano.dicom.words import AUTO

_DERIVED = {"DERIVED", "MPR", "CSA MPR", "MIP", "MNIP", "PROJECTION IMAGE", "REFORMATTED"}
"""Words of ImageType of an image that was computed from others."""
_LOCALIZER = "LOCALIZER"
_LOCALIZER_NAMES = ("*localizer*", "*localiser*", "*scout*", "*survey*", "*lokalizer*")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to become of an image.

    Attributes
    ----------
    fate
        mapped, skipped or unmapped.
    rule
        The rule that it follows, if mapped.
    reason
        Why it is skipped or unmapped.
    """

    fate: Literal["mapped", "skipped", "unmapped"]
    rule: Rule | None = None
    reason: str = ""


def choose(part: Part, mapping: Mapping) -> Choice:
    """Find the first rule that fits; an image of no rule may still be of no interest."""
    kind = part.series.first.kind
    if kind:
        return Choice("skipped", reason=kind)
    rule = next((rule for rule in mapping.rules if _fits(part, rule)), None)
    if rule:
        return Choice("skipped", reason="by a rule") if rule.skip else Choice("mapped", rule)
    if _LOCALIZER in part.image_type or _like(part.series.first.description, _LOCALIZER_NAMES):
        return Choice("skipped", reason="a localizer")
    if part.image_type & _DERIVED:
        return Choice("skipped", reason="a derived image; a rule with `derived: true` takes it")
    return Choice("unmapped", reason="no rule fits")


def _fits(part: Part, rule: Rule) -> bool:
    header = part.series.first
    least, greatest = rule.echo_time_ms or (0.0, float("inf"))
    echo = part.echo_time_ms
    return (
        header.modality == rule.modality.upper()
        and (not rule.description or _like(header.description, rule.description))
        and (not rule.regex or _finds(header.description, rule.regex))
        and (not rule.protocol or _like(header.protocol, rule.protocol))
        and (rule.echo_time_ms is None or (echo is not None and least <= echo <= greatest))
        and _component_fits(part, rule)
        and _image_type_fits(part, rule)
    )


def _component_fits(part: Part, rule: Rule) -> bool:
    """Hold phase and complex images apart from magnitude, unless the rule speaks of them."""
    if rule.component:
        return part.component == rule.component
    stated = rule.entities.get("part")
    if stated and stated != AUTO:
        return part.component == stated
    return bool(stated) or rule.skip or part.component == "mag"


def _image_type_fits(part: Part, rule: Rule) -> bool:
    words = part.image_type
    wanted = {word.upper() for word in rule.image_type}
    unwanted = {word.upper() for word in rule.without_image_type}
    if not rule.skip and _LOCALIZER in words - wanted:
        return False
    derived_taken = rule.derived or rule.skip or bool(wanted & _DERIVED)
    return wanted <= words and not unwanted & words and (derived_taken or not words & _DERIVED)


def _like(text: str, patterns: tuple[str, ...]) -> bool:
    folded = text.casefold()
    return any(fnmatch.fnmatchcase(folded, plain(p).casefold()) for p in patterns)


def _finds(text: str, pattern: str) -> bool:
    return re.search(plain(pattern), text, re.IGNORECASE) is not None
