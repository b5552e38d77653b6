"""Text for people without the identifiers that DICOM headers hold.

Folders of a PACS export are often named after the patient, and people write names into
descriptions: what is shown is searched for everything that identifies a patient in any header.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_PARTS = re.compile(r"[\s^=,;/\\._-]+")
_UID = r"(?<![\d.])[0-2]\.\d+(?:\.\d+){2,}"
"""UIDs are hidden by their form: every file has one, often as its name."""
_BLOT = "[...]"
_SHORT, _SHORTEST = 3, 2


def plain(text: str) -> str:
    """Return text in one Unicode form, without outer blanks and control signs."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(c)[0] == "C" else c for c in composed).strip()


class Hidden:
    """Identifying text, gathered from headers as they are read."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, values: Iterable[str], names: Iterable[str] = ()) -> None:
        """Hide these from now on: values whole, names of people also in their parts."""
        parts = (part for name in names for part in _PARTS.split(plain(name)))
        for text in (*map(plain, values), *map(plain, names), *parts):
            if len(text) >= _SHORTEST:
                self._texts.add(text.casefold())

    def __contains__(self, text: str) -> bool:
        """Tell if identifying text stands in `text`."""
        return bool(self._found(plain(text).casefold()))

    def _found(self, folded: str) -> list[str]:
        """Return the patterns of hidden texts that stand in `folded`, the longest first."""
        texts = sorted((t for t in self._texts if t in folded), key=lambda t: (-len(t), t))
        patterns = [_UID, *map(_pattern, texts)]
        return [pattern for pattern in patterns if re.search(pattern, folded)]

    def blot(self, text: str) -> str:
        """Return `text` with a mark where it holds identifying text."""
        shown = plain(text)
        for pattern in self._found(shown.casefold()):
            shown = re.sub(pattern, _BLOT, shown, flags=re.IGNORECASE)
        return shown


def _pattern(text: str) -> str:
    """Match anywhere, or for a text as short as Li between other signs than letters and digits."""
    escaped = re.escape(text)
    return escaped if len(text) >= _SHORT else rf"(?<![^\W_]){escaped}(?![^\W_])"
