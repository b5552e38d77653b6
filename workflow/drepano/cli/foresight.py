"""What a study will find in a site's data: told by `drepano check`, before a run is paid for."""

from __future__ import annotations

import re
from collections import defaultdict

import pyarrow as pa

from drepano.contracts.inventory import PROBLEMS
from drepano.settings import Site, Study

# Each check imports its step when it runs: a study without imaging needs no radiomics engine.
# ruff: noqa: PLC0415

_SHOWN = 5
_NUMBERED = re.compile(r"([^0-9]*)[0-9]+")


def foresee(study: Study, site: Site, subjects: pa.Table, bids_files: pa.Table) -> pa.Table:
    """Look at the study against the index.

    Parameters
    ----------
    study, site
        Settings.
    subjects, bids_files
        Tables of the index.

    Returns
    -------
    pyarrow.Table
        PROBLEMS: settings that match nothing, a gate that can not pass, sessions whose order
        is not sure.
    """
    found = [_gate(study, subjects), _sessions(subjects)]
    if study.imaging and site.imaging:
        from drepano.imaging import preview

        found.append(preview(study.imaging, subjects, bids_files))
    return pa.concat_tables(found)


def _warning(where: str, found: str, expected: str, remedy: str) -> pa.Table:
    row = ("warning", where, found, expected, remedy)
    return PROBLEMS.from_rows([dict(zip(PROBLEMS.names, row, strict=True))])


def _gate(study: Study, subjects: pa.Table) -> pa.Table:
    count, needed = len(subjects["subject"].unique()), study.gates.min_subjects
    if count >= needed:
        return PROBLEMS.empty()
    return _warning(
        "study: gates.min_subjects",
        f"{count} {'subject' if count == 1 else 'subjects'} at this site",
        f"{needed} or more",
        "Deliver more subjects: until then no release becomes the latest.",
    )


def _sessions(subjects: pa.Table) -> pa.Table:
    """Doubt that labels such as `pre` and `post` stand in the order of time."""
    labels: dict[str, set[str]] = defaultdict(set)
    pairs = zip(subjects["subject"].to_pylist(), subjects["session"].to_pylist(), strict=True)
    for subject, session in pairs:
        labels[subject].add(session)
    odd = sorted(subject for subject, names in labels.items() if not _counts(names))
    if not odd:
        return PROBLEMS.empty()
    shown = "; ".join(f"sub-{s}: {', '.join(map(repr, sorted(labels[s])))}" for s in odd[:_SHOWN])
    more = f"; and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
    return _warning(
        "sessions",
        f"labels that do not count, in {len(odd)} of {len(labels)} subjects: {shown}{more}",
        "numbers behind one prefix, such as 01 and 02, or v1 and v2",
        "Rename the sessions if their order matters: a release ranks them by label, not by time.",
    )


def _counts(labels: set[str]) -> bool:
    """Tell if labels of one subject are numbers behind the same prefix, or a single one."""
    matches = [_NUMBERED.fullmatch(label) for label in labels]
    prefixes = {match[1] if match else None for match in matches}
    return len(labels) == 1 or (len(prefixes) == 1 and None not in prefixes)
