"""The study's sources as a plan and a worker both make them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from drepano.genomics.reading.bases import FastaBases
from drepano.genomics.scan.collector import CollectorSource
from drepano.genomics.scan.registry import sources_of
from drepano.settings import Genomics


def sources_from(context: str) -> dict[str, CollectorSource]:
    """Make the sources out of the context of a step, by name and in the study's order.

    Raises
    ------
    ConfigError
        A file of the study is missing or wrong.
    """
    settings: dict[str, Any] = json.loads(context)
    genomics = Genomics.model_validate(settings["genomics"])
    fasta = settings["reference"]
    bases = FastaBases(Path(fasta)) if fasta else None
    return {source.source: source for source in sources_of(genomics, settings["build"], bases)}
