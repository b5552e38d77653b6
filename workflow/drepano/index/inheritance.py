"""Which files beside an image hold for it, by the BIDS inheritance principle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from drepano.index.datasets import Image
from drepano.index.names import parse_entities
from drepano.index.walk import Entry

Fitting = list[tuple[int, Entry]]
"""Files of one folder that hold for an image, with the number of their entities."""

_SPECIAL = ("datatype", "suffix", "ext")


class Inheritance:
    """Sidecars of one dataset by folder and by the last part of their name.

    A file holds for an image when it lies in the image's folder or above, when it states no
    entity that the image lacks, and when its last part is the asked one, such as `T1w.json`
    (BIDS specification, inheritance principle).

    Parameters
    ----------
    root
        The dataset's folder, where the way up ends.
    entries
        Sidecars and tables anywhere in the dataset.
    """

    def __init__(self, root: Path, entries: Iterable[Entry]) -> None:
        self._root = root
        self._known: dict[tuple[Path, str], list[tuple[dict[str, str], Entry]]] = defaultdict(list)
        self._lasts: set[str] = set()
        for entry in entries:
            last = entry.path.name.rpartition("_")[2]
            self._lasts.add(last)
            self._known[entry.path.parent, last].append((own_entities(entry.path), entry))

    def levels(self, image: Image, last: str) -> Iterator[Fitting]:
        """Give the files that hold for an image, folder by folder, the nearest first.

        In a folder, those that share most entities with the image come last.
        """
        if last not in self._lasts:
            return
        entities = {"sub": image.name.subject, "ses": image.name.session, **image.name.entities}
        for folder in image.entry.path.parents:
            fitting = self._fitting(folder, last, entities)
            if fitting:
                yield fitting
            if folder == self._root:
                return

    def _fitting(self, folder: Path, last: str, entities: Mapping[str, str]) -> Fitting:
        known = self._known.get((folder, last), ())
        found = [(len(own), entry) for own, entry in known if own.items() <= entities.items()]
        return sorted(found, key=lambda pair: (pair[0], str(pair[1].path)))


def own_entities(path: Path) -> dict[str, str]:
    """Return the entities that a file's own name states."""
    return {k: v for k, v in parse_entities(Path(path.name)).items() if k not in _SPECIAL}


def best_of(fitting: Fitting) -> list[Entry]:
    """Return the files of one folder that share most entities: one, or several on a par."""
    most = fitting[-1][0] if fitting else 0
    return [entry for count, entry in fitting if count == most]
