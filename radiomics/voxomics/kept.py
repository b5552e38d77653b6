"""Compiled kernels on disk: loaded quickly, and compiled by one process for all.

numba's own cache, with four differences. A kernel is loaded without first reading in everything
that a compilation would need (0.2 s of a process). Before compiling, a process waits for its turn
and looks again. A kernel is compiled anew when any source below it changed, not its own file
alone. Files that are torn, or a folder that can no longer be written, cost a compilation and no
result.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from pathlib import Path
from typing import Any

from numba.core import caching, environment, runtime
from numba.core.compiler_lock import global_compiler_lock

from voxomics import cache
from voxomics.turns import Turn

_log = logging.getLogger(__name__)

# numba is typed in part. Of these names some are inner ones: where one is missing, the import of
# this module fails, and kernels are kept in numba's own way.
_ENVIRONMENT: Any = environment.Environment
_REBUILD: Any = environment._rebuild_env  # noqa: SLF001
_KNOWN: Any = environment.lookup_environment
_START: Any = runtime.rtsys.initialize  # type: ignore[attr-defined]
_LOAD: Any = caching.FunctionCache._load_overload  # noqa: SLF001


class _Locator(caching._CacheLocator):  # noqa: SLF001 - it has no public name
    """The place of a function's files."""

    def __init__(self, function: Any, source: Path) -> None:  # noqa: ANN401 - any function
        self._line = function.__code__.co_firstlineno
        self._source = source

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _Locator:  # noqa: ANN401 - numba's protocol
        return cls(py_func, Path(py_file))

    def get_cache_path(self) -> str:
        return str(cache.place_of(self._source))

    def get_source_stamp(self) -> str:
        return cache.stamp_of(self._source)

    def get_disambiguator(self) -> str:
        return str(self._line)

    def ensure_cache_path(self) -> None:
        Path(self.get_cache_path()).mkdir(mode=0o700, parents=True, exist_ok=True)


_HEAVY = ("numba.np.arraymath", "numba.np.linalg")
"""Modules that bring scipy.linalg (0.1 s, 30 MB) to see whether it is there."""


class _LightEnvironment:
    """Pickles as what `_environment` makes of it."""

    def __init__(self, made: Any) -> None:  # noqa: ANN401 - numba's
        self._made = made

    def __reduce__(self) -> tuple[Any, ...]:
        return _environment, self._made.__reduce__()[1]


def _environment(module: str, constants: Any, name: str) -> Any:  # noqa: ANN401 - numba's
    """Make the environment of a function that compiled code calls.

    Compiled code reads its constants. The globals, for which numba imports the module, are for
    code that was not compiled.
    """
    if module not in _HEAVY or module in sys.modules or _KNOWN(name) is not None:
        return _REBUILD(module, constants, name)
    made = _ENVIRONMENT({"__name__": module})
    made.consts[:] = constants
    made.env_name = name
    _ENVIRONMENT._memo[name] = made  # noqa: SLF001 - as numba does it
    return made


class _Files(caching.CompileResultCacheImpl):
    _locator_classes: list[type[object]] = [_Locator]  # noqa: RUF012 - a list, as numba has it

    def reduce(self, cres: Any) -> Any:  # noqa: ANN401 - numba's protocol
        *most, called = super().reduce(cres)  # type: ignore[no-untyped-call]
        return *most, tuple(map(_LightEnvironment, called))


class KernelCache(caching.FunctionCache):
    """The files of one kernel."""

    _impl_class = _Files

    def __init__(self, function: Any) -> None:  # noqa: ANN401 - any function
        super().__init__(function)  # type: ignore[no-untyped-call]
        self.turn = Turn(Path(self.cache_path) / f"{self._impl.filename_base}.lock")

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401 - numba's protocol
        """Load a kernel; if it is not there yet, wait for the turn to compile it."""
        # What every kernel calls. The rest of a refresh is for compiling, which does it itself.
        _START(target_context)
        found = self._look(sig, target_context)
        if found is not None:
            return found
        self.turn.take()
        found = self._look(sig, target_context, mend=True)
        if found is None:
            _announce()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:  # noqa: ANN401 - numba's protocol
        """Keep a kernel, where that can be done."""
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            _cannot_keep(self.cache_path, str(error))

    def _look(self, sig: Any, target_context: Any, *, mend: bool = False) -> Any:  # noqa: ANN401
        """Load a kernel; None if it is not there or torn, and what is torn is cleared away."""
        try:
            return _LOAD(self, sig, target_context)
        except Exception as error:  # noqa: BLE001 - torn bytes fail in any way when they are read
            if mend:
                _log.warning("%s: torn, compiled again (%r)", self._name, error)
                with contextlib.suppress(OSError):
                    self.flush()  # type: ignore[no-untyped-call]
            return None


@functools.cache
def _announce() -> None:
    """Say once why the first call takes long."""
    _log.warning(
        "compiling kernels, once for this machine (about a minute); "
        "`voxomics warm` does it beforehand"
    )


@functools.cache
def _cannot_keep(place: str, reason: str) -> None:
    _log.warning("compiled kernels cannot be kept in %s: %s", place, reason)


def keep(dispatcher: Any) -> None:  # noqa: ANN401 - numba's dispatcher
    """Let a compiled function keep its code on disk."""
    files = KernelCache(dispatcher.py_func)
    dispatcher._cache = files  # noqa: SLF001 - it has no public name
    compile_one = dispatcher.compile

    @functools.wraps(compile_one)
    def compile_in_turn(sig: Any) -> Any:  # noqa: ANN401 - numba's protocol
        with global_compiler_lock:
            try:
                return compile_one(sig)
            finally:
                files.turn.give_back()

    dispatcher.compile = compile_in_turn
