"""The one step of the walk that compilers do not find: sixteen counters raised at a time."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from voxomics.kernels import kernel

LANES = 16
_SHORT = ir.IntType(16)
_VECTOR = ir.VectorType(_SHORT, LANES)
_INT = ir.IntType(32)


@intrinsic
def _count_marks(_: Any, counts: Any, first: Any, marks: Any) -> Any:  # noqa: ANN401, ARG001

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        array = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.bitcast(builder.gep(array.data, [args[1]]), _VECTOR.as_pointer())
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first_lane = builder.insert_element(nothing, args[2], ir.Constant(_INT, 0))
        same = ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
        every = builder.shuffle_vector(first_lane, nothing, same)
        bits = ir.Constant(_VECTOR, [1 << k for k in range(LANES)])
        found = builder.icmp_unsigned("==", builder.and_(every, bits), bits)
        # A comparison that holds is -1.
        more = builder.sub(builder.load(place, align=2), builder.sext(found, _VECTOR))
        builder.store(more, place, align=2)
        return context.get_dummy_value()

    return types.void(counts, types.uint64, types.uint16), generate


@kernel
def count_marks(counts: Any, first: Any, marks: Any) -> None:  # noqa: ANN401
    """Add 1 to ``counts[first + k]`` for each bit k that is set in `marks`.

    counts : uint16 array; first : uint64; marks : uint16.
    """
    _count_marks(counts, first, marks)  # type: ignore[call-arg]
