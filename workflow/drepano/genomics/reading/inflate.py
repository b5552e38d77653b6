"""One compressed block of a BGZF file to its bytes: by libdeflate where it is there, else zlib."""

from __future__ import annotations

import ctypes
import functools
import zlib
from collections.abc import Callable

import cyvcf2

LARGEST = 1 << 16
"""No block holds more (SAM specification, section 4.1)."""


class Damage(Exception):  # noqa: N818 - it never leaves this room
    """What is wrong with a block."""


def inflate(payload: bytes, size: int, checksum: int) -> bytes:
    """Decompress a block's deflate stream, and check its length and checksum.

    Raises
    ------
    Damage
        It does not decompress to `size` bytes of that CRC32.
    """
    if size > LARGEST:
        raise Damage("a block that says to be larger than any may be")
    return _inflater()(payload, size, checksum)


def _by_zlib(payload: bytes, size: int, checksum: int) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(payload, LARGEST + 1)
    except zlib.error:
        raise Damage("a damaged block") from None
    if not stream.eof or len(content) != size:
        raise Damage("a damaged block")
    if zlib.crc32(content) != checksum:
        raise Damage("a block with a wrong checksum")
    return content


@functools.cache
def _inflater() -> Callable[[bytes, int, int], bytes]:
    """Return libdeflate's way, twice as fast, if cyvcf2 brings it with its htslib."""
    # PyDLL keeps Python's lock, so that threads take turns with the one decompressor.
    library = ctypes.PyDLL(cyvcf2.cyvcf2.__file__)
    try:
        start = library.libdeflate_alloc_decompressor
        decompress = library.libdeflate_deflate_decompress
        crc32 = library.libdeflate_crc32
    except AttributeError:
        return _by_zlib
    start.restype = ctypes.c_void_p
    size_t, pointer = ctypes.c_size_t, ctypes.c_void_p
    decompress.argtypes = [pointer, ctypes.c_char_p, size_t, pointer, size_t, pointer]
    crc32.argtypes, crc32.restype = [ctypes.c_uint32, pointer, size_t], ctypes.c_uint32
    decompressor = start()
    room = ctypes.create_string_buffer(LARGEST)
    view, address = memoryview(room), ctypes.addressof(room)

    def by_libdeflate(payload: bytes, size: int, checksum: int) -> bytes:
        # Without a place for the length, any length but `size` is an error.
        if decompress(decompressor, payload, len(payload), address, size, None):
            raise Damage("a damaged block")
        if crc32(0, address, size) != checksum:
            raise Damage("a block with a wrong checksum")
        return bytes(view[:size])

    return by_libdeflate
