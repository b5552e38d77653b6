"""How the compiled kernels are made: one decorator, and the two bit counts that numba lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.extending import intrinsic


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on arrays: one thread, without the GIL, kept on disk.

    Index checks are off and a division by zero gives inf or NaN, as in NumPy. Nothing is
    reordered (no fast-math), so results are the same bits on every run.
    """
    compiled: Callable[..., Any] = numba.njit(
        nogil=True, cache=True, boundscheck=False, error_model="numpy"
    )(function)
    return compiled


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
