"""Containers of VCF files: bgzipped, and whole, by their first and last bytes."""

from __future__ import annotations

from drepano.index.findings import USABLE, Fate
from drepano.index.walk import Entry

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every BGZF file (SAM specification, section 4.1.2)."""
_AGAIN = "Copy or export the file again from its source."


def judge_container(entry: Entry) -> Fate:
    """Tell if a file is bgzipped and whole; a file that is not ends up with its remedy."""
    if entry.trouble:
        return Fate("unreadable", entry.trouble, "Mend the link or the permission.")
    if entry.size == 0:
        return Fate("unreadable", "an empty file (0 bytes)", _AGAIN)
    try:
        with entry.path.open("rb") as handle:
            start = handle.read(18)
            handle.seek(max(0, entry.size - len(BGZF_END)))
            end = handle.read()
    except OSError as error:
        return Fate("unreadable", (error.strerror or "an error").lower(), "Mend the permission.")
    return _judge_ends(entry.path.name, start, end)


def _judge_ends(name: str, start: bytes, end: bytes) -> Fate:
    sorting = f"bcftools sort -Oz -o {name.removesuffix('.gz')}.sorted.vcf.gz {name}"
    packing = f"Run `{sorting}`, then `bcftools index -t` on the new file."
    fate = USABLE
    if start.startswith((b"##fileformat=VCF", b"BCF")):
        fate = Fate("no_index", "a file that is not compressed", packing)
    elif not start.startswith(b"\x1f\x8b"):
        fate = Fate("unreadable", "a file that is neither VCF nor BCF", _AGAIN)
    elif start[:4] != b"\x1f\x8b\x08\x04" or start[12:14] != b"BC":
        fate = Fate("no_index", "a file compressed with gzip, not with bgzip", packing)
    elif end != BGZF_END:
        detail = "a file that ends early: it lacks the last BGZF block"
        fate = Fate("unreadable", detail, _AGAIN)
    return fate
