"""Errors that a person can act on: where, what was found, what was expected, what to do."""

from __future__ import annotations

from dataclasses import dataclass

EXIT_BUG = 1
EXIT_USER = 2
EXIT_GATE = 3
"""The release was sealed, and a gate kept it from becoming the latest."""
EXIT_BUSY = 4
"""Another run is under way; nothing was touched."""
EXIT_INTERRUPTED = 130
"""Ctrl-C, as shells count it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, in the four parts that a reader needs."""

    where: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}. {self.remedy}"


class DrepanoError(Exception):
    """An error whose message tells the user how to go on (exit code 2, no traceback)."""

    exit_code = EXIT_USER

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))

    @classmethod
    def of(cls, where: object, *, found: str, expected: str, remedy: str) -> DrepanoError:
        """Build the error of one fault."""
        return cls(Fault(str(where), found, expected, remedy))


class ConfigError(DrepanoError):
    """A study or site file is not usable."""


class InputError(DrepanoError):
    """The site's data is not usable."""


class ContractError(DrepanoError):
    """A table does not fit its declared columns."""


class LaunchError(DrepanoError):
    """The ranks that were asked for are not the ranks that run."""


class BusyError(DrepanoError):
    """Another run is under way in the same folder."""

    exit_code = EXIT_BUSY


class StorageError(DrepanoError):
    """A file could not be written: full disk, quota, missing permission."""


class ReleaseError(DrepanoError):
    """A release could not be sealed, or must not become the latest one."""


class UnitError(Exception):
    """Why one unit, or one source of it, has no value: becomes a row and stops nothing.

    Parameters
    ----------
    reason
        Short code out of `drepano.contracts.states.REASONS`; leaves the site with a release.
    detail
        What was found, for people at the site; never in a log and never released.
    remedy
        What to do about it.
    """

    def __init__(self, reason: str, detail: str, remedy: str) -> None:
        self.reason = reason
        self.detail = detail
        self.remedy = remedy
        super().__init__(f"{reason}: {detail}")
