"""The id of a contract: equal dictionaries have equal ids, on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_json(value: object) -> str:
    """Return `value` as JSON with sorted keys and no blanks: equal values give equal text."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def contract_id_of(dictionary: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a dictionary without the id that it may carry already."""
    own = {k: v for k, v in dictionary["drepano"].items() if k != "contract_id"}
    text = canonical_json({**dictionary, "drepano": own})
    return hashlib.sha256(text.encode()).hexdigest()
