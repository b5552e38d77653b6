"""How kernels of this room are compiled: once, kept on disk, without error where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function when it is first called, and keep its code on disk.

    numba keeps it in ``NUMBA_CACHE_DIR`` if that is set, else beside the source, else in the
    user's cache folder. Where none can be written, every process compiles for itself. A kernel
    may call only kernels of its own file: numba looks no further when sources change.
    """
    try:
        compiled: F = numba.njit(cache=True)(function)
    except RuntimeError:  # no place to keep it
        compiled = numba.njit(function)
    return compiled
