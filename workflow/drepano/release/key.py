"""The secret key of the pseudonyms: read only when nobody else can read it."""

from __future__ import annotations

import stat
from pathlib import Path

from drepano.errors import ConfigError, DrepanoError

MIN_BYTES = 32
_OTHERS = 0o077


def _refuse(path: Path, found: str, expected: str, remedy: str) -> DrepanoError:
    return ConfigError.of(f"key file {path}", found=found, expected=expected, remedy=remedy)


def read_key(path: Path) -> bytes:
    """Return the key without a trailing newline.

    Raises
    ------
    ConfigError
        The file is missing, no regular file, open to the group or others, not readable, or
        shorter than 32 bytes.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise _refuse(path, "something else than a file", "a file", "Run `drepano init`.")
        if found.st_mode & _OTHERS:
            raise _refuse(
                path,
                f"the mode {stat.S_IMODE(found.st_mode):04o}: others than its owner have rights",
                "0600",
                f"Run `chmod 600 {path}`; if others may have read it, think of a new key.",
            )
        key = path.read_bytes()
    except OSError as error:
        raise _refuse(
            path,
            (error.strerror or "an error").lower(),
            "a secret key that its owner can read",
            "Run `drepano init`, or mend key_file in the site file. "
            "Never make a new key in place of a lost one without telling the federation: "
            "all pseudonyms would change.",
        ) from error
    key = key.removesuffix(b"\n").removesuffix(b"\r")
    if len(key) < MIN_BYTES:
        raise _refuse(
            path,
            f"{len(key)} bytes",
            f"at least {MIN_BYTES}",
            "Move it away and run `drepano init`: it writes a strong one.",
        )
    return key
