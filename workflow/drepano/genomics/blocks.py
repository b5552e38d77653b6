"""Blocks of the study made together, so that the faults of all of them are told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from drepano.errors import ConfigError, Fault

T = TypeVar("T")


def make_all(makers: Iterable[Callable[[], Iterable[T]]]) -> list[T]:
    """Return what all makers make, in their order.

    Raises
    ------
    ConfigError
        With the faults of every maker that has some; one that two of them tell is told once.
    """
    made: list[T] = []
    faults: list[Fault] = []
    for maker in makers:
        try:
            made.extend(maker())
        except ConfigError as error:
            faults.extend(error.faults)
    if faults:
        raise ConfigError(*dict.fromkeys(faults))
    return made
