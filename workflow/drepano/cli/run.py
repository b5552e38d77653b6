"""`drepano run`: Snakemake with the site's settings, safe to start from a timer."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from drepano.cli.front import workflow_folder
from drepano.contracts.files import naming_storage_errors
from drepano.errors import DrepanoError

LOGS = Path("logs")
_TAIL = 8
_MARKS = ("error: ", "bug: ")

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)

LOCK = Path("results/.run.lock")
"""Held while a run is under way; the kernel frees it when the process ends, however it ends."""


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
    DrepanoError
        Another `drepano run` is under way here.
    """
    with naming_storage_errors(LOCK):
        LOCK.parent.mkdir(parents=True, exist_ok=True)
        handle = LOCK.open("w")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DrepanoError.of(
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


def snakemake(site_file: Path, profile: str, extra: tuple[str, ...], lock: int | None) -> int:
    """Run Snakemake in the current folder and return its exit code.

    Snakemake holds `lock` too: a run that was killed is under way as long as its Snakemake
    is. A lock of Snakemake's own that a killed run left is taken away first: whoever holds
    `lock` knows that nothing else is alive here. Without `lock` it stays for a person to judge.
    """
    folder = workflow_folder()
    known = folder / "profiles" / profile
    base = [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(folder / "Snakefile")),
        *("--profile", str(known if known.is_dir() else profile)),
        *("--configfile", str(site_file)),
    ]
    # Rules call `drepano` and `mpiexec` by name: those of this environment, activated or not.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    env = os.environ | {"PATH": path}
    held = [] if lock is None else [lock]
    if held and any(Path(".snakemake/locks").glob("*")):
        subprocess.run([*base, "--unlock"], check=False, env=env, capture_output=True)
    return _wait(subprocess.Popen([*base, *extra], env=env, pass_fds=held))


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait; Ctrl-C goes to Snakemake, which ends its jobs before it ends itself.

    SIGTERM, as `timeout` and service managers send it to one process, is handed on: Snakemake
    starts nothing more.
    """
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    handed = signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, ignored)
        signal.signal(signal.SIGTERM, handed)


def reasons(since: float) -> list[str]:
    """Return what the logs of this run say about its end, each reason once.

    Parameters
    ----------
    since
        Begin of the run, in seconds since 1970; older logs are of other runs.

    Returns
    -------
    list of str
        The errors that commands of ours told; where none did (a kill, a lack of memory), the
        last lines of the newest log.
    """
    logs = sorted(
        (path for path in LOGS.rglob("*.log") if path.stat().st_mtime >= since),
        key=lambda path: path.stat().st_mtime,
    )
    told: dict[str, str] = {}
    for path in logs:
        for block in _errors(path):
            told.setdefault(block, f"{path}:")
    if not told and logs:
        told["\n".join(_lines(logs[-1])[-_TAIL:])] = f"{logs[-1]}, its last lines:"
    return [f"{where}\n{text}" for text, where in told.items()]


def _errors(path: Path) -> list[str]:
    """Return each error of a log with its indented lines."""
    blocks: list[list[str]] = []
    inside = False
    for line in _lines(path):
        if line.startswith(_MARKS):
            blocks.append([line])
            inside = True
        elif inside and line.startswith("  "):
            blocks[-1].append(line)
        else:
            inside = False
    return ["\n".join(block) for block in blocks]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()
