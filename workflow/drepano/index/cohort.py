"""Subjects and sessions: everyone whom a scan, a sample or a clinical row knows."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from drepano.contracts.inventory import SUBJECTS
from drepano.index.findings import Problems


def list_subjects(
    bids_files: pa.Table,
    genome_samples: pa.Table,
    visits: set[tuple[str, str]],
    problems: Problems,
) -> pa.Table:
    """Write the SUBJECTS table.

    A subject's sessions are those of its raw scans and those that its clinical rows state;
    without either it has one, the empty one. Derivatives decide only for a subject that has
    no raw scan: an average over sessions must not add a session to it.
    """
    raw, derived = _scans(bids_files)
    sampled = set(genome_samples["subject"].to_pylist())
    sessions: dict[str, set[str]] = defaultdict(set)
    for subject, session in raw:
        sessions[subject].add(session)
    scanned = set(sessions)
    for subject, session in derived:
        if subject not in scanned:
            sessions[subject].add(session)
    for subject, session in visits:
        sessions[subject] |= {session} if session else set()
    for subject in sampled:
        sessions[subject] |= set()
    _note_loose_scans(raw, sessions, problems)
    rows = []
    for subject in sorted(sessions):
        for session in sorted(sessions[subject]) or [""]:
            clinical = not visits.isdisjoint({(subject, session), (subject, "")})
            rows.append(
                {
                    "subject": subject,
                    "session": session,
                    "imaging": (subject, session) in raw,
                    "genomics": subject in sampled,
                    "clinical": clinical,
                }
            )
    return SUBJECTS.from_rows(rows)


def _scans(bids_files: pa.Table) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    raw: set[tuple[str, str]] = set()
    derived: set[tuple[str, str]] = set()
    columns = (bids_files[n].to_pylist() for n in ("subject", "session", "derivative"))
    for subject, session, derivative in zip(*columns, strict=True):
        (derived if derivative else raw).add((subject, session))
    return raw, derived


def _note_loose_scans(
    raw: set[tuple[str, str]], sessions: dict[str, set[str]], problems: Problems
) -> None:
    """Tell when scans without session can not meet the subject's other sessions."""
    loose = [s for s, session in raw if not session and len(sessions[s]) > 1]
    if loose:
        problems.warning(
            "scans",
            found=f"{len(loose)} subjects with scans without session, and with sessions",
            expected="sessions on all scans and clinical rows of a subject, or on none",
            remedy="Put the scans into ses- folders named like the clinical sessions; until "
            "then the scans stand in a row of their own.",
        )
