"""What `drepano check` prints: for people one problem after another, for machines JSON."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc


def errors_in(problems: pa.Table) -> int:
    """Count the errors of a PROBLEMS table."""
    return int(pc.sum(pc.equal(problems["severity"], "error")).as_py() or 0)


def as_json(problems: pa.Table) -> str:
    """Write a PROBLEMS table with its counts; settings that are not sound never come here."""
    errors = errors_in(problems)
    told = {
        "settings": "sound",
        "errors": errors,
        "warnings": problems.num_rows - errors,
        "problems": problems.to_pylist(),
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def as_text(problems: pa.Table) -> str:
    """Write a PROBLEMS table for people, four lines each, and the verdict."""
    lines = []
    for problem in problems.to_pylist():
        lines += [
            f"{problem['severity']}: {problem['where']}",
            f"  found:    {problem['found']}",
            f"  expected: {problem['expected']}",
            f"  to do:    {problem['remedy']}",
        ]
    errors = errors_in(problems)
    warnings = problems.num_rows - errors
    counts = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    lines.append(f"settings, key and launcher are sound; data: {counts}")
    if errors:
        lines.append("what has an error is left out of the release; the rest is used")
    return "\n".join(lines)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
