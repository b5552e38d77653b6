"""The key file: refused unless only its owner can read it."""

import os

import pytest

from drepano.errors import ConfigError
from drepano.release import read_key


def write_key(path, content=b"s" * 32, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_reads_the_key_without_its_line_end(tmp_path, ending):
    assert read_key(write_key(tmp_path / "key", b"s" * 32 + ending)) == b"s" * 32


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_takes_what_the_owner_alone_can_read(tmp_path, mode):
    assert read_key(write_key(tmp_path / "key", mode=mode)) == b"s" * 32


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777])
def test_refuses_what_others_have_rights_on(tmp_path, mode):
    path = write_key(tmp_path / "key", mode=mode)
    with pytest.raises(ConfigError, match=f"mode {mode:04o}: .* Run `chmod 600"):
        read_key(path)


def test_refuses_a_missing_key(tmp_path):
    with pytest.raises(ConfigError, match=r"no such file.* Run `drepano init`"):
        read_key(tmp_path / "key")


@pytest.mark.parametrize("content", [b"", b"\n", b"s" * 31, b"s" * 31 + b"\n"])
def test_refuses_a_short_key(tmp_path, content):
    path = write_key(tmp_path / "key", content)
    with pytest.raises(ConfigError, match=r"found (0|31) bytes; expected at least 32"):
        read_key(path)


def test_refuses_a_folder_and_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigError, match="something else than a file"):
            read_key(path)


def test_the_message_does_not_hold_the_key(tmp_path):
    path = write_key(tmp_path / "key", b"verysecret")
    with pytest.raises(ConfigError) as caught:
        read_key(path)
    assert "verysecret" not in str(caught.value)
