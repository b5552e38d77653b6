"""How the compiled kernels are made: one decorator, and the two bit counts that numba lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
from numba.core import config
from numba.extending import intrinsic

from voxomics import cache

try:
    from voxomics.kept import keep
except (ImportError, AttributeError):  # a numba whose inner parts have other names
    keep = None  # type: ignore[assignment]

_NUMBA: Any = config


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on arrays: one thread, without the GIL, kept on disk.

    Index checks are off and a division by zero gives inf or NaN, as in NumPy. Nothing is
    reordered (no fast-math), so results are the same bits on every run.
    """
    compiled: Any = numba.njit(nogil=True, boundscheck=False, error_model="numpy")(function)
    if _NUMBA.DISABLE_JIT:
        return function
    if keep is not None and hasattr(compiled, "_cache"):
        keep(compiled)
    else:
        keep_by_numba(compiled)
    return cast("Callable[..., Any]", compiled)


def keep_by_numba(compiled: Any) -> None:  # noqa: ANN401 - numba's dispatcher
    """Let numba keep the code in its own way: slower to load, and without turns."""
    if (place := cache.chosen()) is not None:
        _NUMBA.CACHE_DIR = str(place)
    compiled.enable_caching()


@intrinsic
def _lowest(_: Any, value: Any) -> Any:  # noqa: ANN401, ARG001 - numba's protocol
    from llvmlite import ir  # type: ignore[import-untyped] # noqa: PLC0415

    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return numba.types.int64(numba.types.int64), generate


@intrinsic
def _ones(_: Any, value: Any) -> Any:  # noqa: ANN401, ARG001 - numba's protocol
    def generate(_: Any, builder: Any, __: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.ctpop(args[0])

    return numba.types.int64(numba.types.int64), generate


@kernel
def lowest_bit(bits: Any) -> Any:  # noqa: ANN401 - an int64
    """Return the place of the lowest bit that is set; `bits` must not be 0."""
    return _lowest(bits)  # type: ignore[call-arg]


@kernel
def count_bits(bits: Any) -> Any:  # noqa: ANN401 - an int64
    """Return how many bits are set."""
    return _ones(bits)  # type: ignore[call-arg]
