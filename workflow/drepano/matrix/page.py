"""The tables of docs/states.md, written from the declared states and reasons.

`python -m drepano.matrix.page docs/states.md` brings the page up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from drepano.contracts import write_text
from drepano.contracts.states import REASONS, STATES

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"


def states_tables() -> str:
    """Return the tables of states and reasons as Markdown, in their declared order."""
    states = _table("State", STATES)
    reasons = _table("Reason", {name: text for name, text in REASONS.items() if name})
    return f"{states}\n\n## Reasons\n\n{reasons}"


def _table(head: str, meanings: Mapping[str, str]) -> str:
    rows = [f"| `{name}` | {meaning} |" for name, meaning in meanings.items()]
    return "\n".join([f"| {head} | Meaning |", "|---|---|", *rows])


def updated(page: str) -> str:
    """Return a page with the tables between its marks replaced by the present ones."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{states_tables()}\n\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    write_text(path, updated(path.read_text(encoding="utf-8")))
