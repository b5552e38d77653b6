"""`drepano run`: Snakemake with the site's settings, safe to start from a timer."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from drepano.cli.front import workflow_folder
from drepano.contracts.files import naming_storage_errors
from drepano.errors import EXIT_INTERRUPTED, BusyError, ConfigError, Fault, InputError

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)
_WRITTEN = ("results", "releases", "logs")
_LOOKS, _LOOK_S = 3, 0.1

LOCK = Path("results/.run.lock")
"""Held while a run is under way; the kernel frees it when the process ends, however it ends."""


def check_folders() -> None:
    """Refuse to run where something else than a folder has the name of one that a run writes.

    Raises
    ------
    InputError
        With every such name.
    """
    faults = [
        Fault(
            str(path),
            "a link that leads nowhere" if path.is_symlink() else "a file",
            "a folder, or nothing",
            "Move it away, then run again.",
        )
        for path in map(Path, _WRITTEN)
        if (path.is_symlink() or path.exists()) and not path.is_dir()
    ]
    if faults:
        raise InputError(*faults)


@contextlib.contextmanager
def only_run() -> Iterator[int | None]:
    """Refuse a second run in the same folder.

    Yields
    ------
    int or None
        Descriptor that holds the lock, for `snakemake` to hold too; None on a file system
        without locks, such as Lustre mounted without `flock`.

    Raises
    ------
    BusyError
        Another `drepano run` is under way here.
    """
    with naming_storage_errors(LOCK):
        LOCK.parent.mkdir(parents=True, exist_ok=True)
        handle = LOCK.open("w")
    with handle:
        try:
            _take(handle.fileno())
        except BlockingIOError as error:
            raise BusyError.of(
                Path.cwd(),
                found="another `drepano run` under way in this folder",
                expected="one at a time",
                remedy="Wait until it ends; `drepano status` tells how far it is.",
            ) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            yield None
            return
        yield handle.fileno()


def _take(lock: int) -> None:
    """Take the lock; `drepano status` holds it for a moment when it looks, so look again."""
    for look in range(1, _LOOKS + 1):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if look == _LOOKS:
                raise
            time.sleep(_LOOK_S)
        else:
            return


def under_way() -> bool:
    """Tell whether a run is under way in this folder, ours or a plain Snakemake's.

    Nothing is written.
    """
    return _is_held() or (_is_locked() and living_snakemake(Path.cwd()) is not None)


def _is_held() -> bool:
    """Tell whether somebody holds the lock of `drepano run`."""
    try:
        handle = LOCK.open("rb")
    except OSError:
        return False
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
    return False


def _is_locked() -> bool:
    """Tell whether Snakemake's own lock is there, of a living run or of a dead one."""
    return any(Path(".snakemake/locks").glob("*"))


def profile_path(name: str) -> str:
    """Return the path of one of our profiles, or `name` where Snakemake itself finds it.

    Raises
    ------
    ConfigError
        There is none; those of the repository are named.
    """
    folder = workflow_folder() / "profiles"
    ours = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if name in ours:
        return str(folder / name)
    from snakemake.cli import get_profile_dir  # noqa: PLC0415 - takes a second, and is rare

    if not name or get_profile_dir(name) is None:
        raise ConfigError.of(
            f"--profile {name}",
            found="no such profile",
            expected=f"{' or '.join(ours)}, or the path of a folder with a config.yaml",
            remedy=f"Name {' or '.join(ours)}, or copy one and give the path of the copy.",
        )
    return name


def snakemake(site_file: Path, profile: str, extra: tuple[str, ...], lock: int | None) -> int:
    """Run Snakemake in the current folder and return its exit code.

    Snakemake holds `lock` too: a run that was killed is under way as long as its Snakemake
    is. A lock of Snakemake's own that a killed run left is taken away first: whoever holds
    `lock` knows that no other `drepano run` is alive here. Without `lock` it stays for a person
    to judge.

    Parameters
    ----------
    profile
        As `profile_path` returns it.

    Returns
    -------
    int
        EXIT_INTERRUPTED if Ctrl-C ended it.

    Raises
    ------
    BusyError
        A Snakemake that somebody started without us is at work here.
    """
    base = [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(workflow_folder() / "Snakefile")),
        *("--profile", profile),
        *("--configfile", str(site_file)),
    ]
    # Rules call `drepano` and `mpiexec` by name: those of this environment, activated or not.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    env = os.environ | {"PATH": path}
    held = [] if lock is None else [lock]
    if _is_locked():
        _refuse_living()
        if held:
            subprocess.run([*base, "--unlock"], check=False, env=env, capture_output=True)
    return _wait([*base, *extra], env, held)


def _refuse_living() -> None:
    number = living_snakemake(Path.cwd())
    if number is not None:
        raise BusyError.of(
            Path.cwd(),
            found=f"a Snakemake at work in this folder (process {number})",
            expected="one run at a time",
            remedy="Wait until it ends, or stop it.",
        )


def living_snakemake(folder: Path) -> int | None:
    """Return the number of a process that runs Snakemake in `folder`, or None.

    Processes of other users cannot be seen on every system.
    """
    for process in psutil.process_iter():
        try:
            named = any(Path(word).name == "snakemake" for word in process.cmdline())
            if named and process.pid != os.getpid() and process.cwd() == str(folder):
                return int(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return None


def _wait(command: list[str], env: dict[str, str], held: list[int]) -> int:
    """Run a command; Ctrl-C goes to Snakemake, which ends its jobs before it ends itself."""
    interrupted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupted.append(number))
    try:
        code = subprocess.Popen(command, env=env, pass_fds=held).wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return EXIT_INTERRUPTED if code and interrupted else code
