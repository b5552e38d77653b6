"""How kernels of this room are compiled: once, kept on disk, without error where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Places = NDArray[np.int32]
Units = NDArray[np.int32]
Shape = NDArray[np.int64]
Alleles = NDArray[np.int16]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function when it is first called, and keep its code on disk.

    numba keeps it in ``NUMBA_CACHE_DIR`` if that is set, else beside the source, else in the
    user's cache folder. Where none can be written, every process compiles for itself. A kernel
    may call only kernels of its own file: numba looks no further when sources change.
    """
    try:
        compiled = numba.njit(cache=True)(function)
    except RuntimeError:  # no place to keep it
        compiled = numba.njit(function)
    return cast("F", compiled)
