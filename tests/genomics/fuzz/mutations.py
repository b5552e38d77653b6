"""Mutations of a VCF: each takes the lines of records, and returns the text of a file."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from base import ASKED, HEADER, OTHERS

Lines = list[bytes]
COLUMN = {name: 9 + place for place, name in enumerate(("a", "d", "b", "e", "c"))}
_JUNK = b"0123456789./|:,;=-+eE ANT<>*[]%\"'\x00\xff~_x"
_FORM = b"0123456789./|ACGT"


def join(lines: Lines) -> bytes:
    """Return a file of the base's header."""
    return HEADER + b"".join(line + b"\n" for line in lines)


def _junk(random: Random, most: int = 12, letters: bytes = _JUNK) -> bytes:
    return bytes(random.choice(letters) for _ in range(random.randint(0, most)))


def _with_cell(line: bytes, column: int, cell: bytes) -> bytes:
    cells = line.split(b"\t")
    cells[column] = cell
    return b"\t".join(cells)


def other_samples(random: Random, lines: Lines) -> bytes:
    """Change cells of samples that nobody asked for."""
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(lines))
        lines[place] = _with_cell(lines[place], COLUMN[random.choice(OTHERS)], _junk(random))
    return join(lines)


def other_genotypes(random: Random, lines: Lines) -> bytes:
    """Change genotypes of samples that nobody asked for, to others that are right."""
    for place, line in enumerate(lines):
        name = random.choice(OTHERS)
        if line.split(b"\t")[8].startswith(b"GT:DP:GQ:PL"):
            call = random.choice(
                (b"0/1", b"1|1", b"./.", b"0", b"0/0:1:1", b".", b"1/1:99:99:0,1,2")
            )
            lines[place] = _with_cell(line, COLUMN[name], call)
    return join(lines)


def unread_columns(random: Random, lines: Lines) -> bytes:
    """Change QUAL, ID, or INFO beside END."""
    place = random.randrange(len(lines))
    column = random.choice((2, 5, 7))
    junk = _junk(random).replace(b"END", b"")
    if column == 7:
        kept = lines[place].split(b"\t")[7]
        junk = kept + b";" + junk if kept != b"." else junk
    lines[place] = _with_cell(lines[place], column, junk)
    return join(lines)


def unread_field(random: Random, lines: Lines) -> bytes:
    """Change PL, which nothing reads, in an asked sample."""
    place = random.choice([n for n, line in enumerate(lines) if b":PL\t" in line])
    column = COLUMN[random.choice(ASKED)]
    fields = lines[place].split(b"\t")[column].split(b":")
    fields[-1] = _junk(random).replace(b":", b"") or b"."
    lines[place] = _with_cell(lines[place], column, b":".join(fields))
    return join(lines)


def genotype(random: Random, lines: Lines) -> bytes:
    """Change the GT of an asked sample."""
    place = random.choice([n for n, line in enumerate(lines) if b"\tGT" in line])
    column = COLUMN[random.choice(ASKED)]
    fields = lines[place].split(b"\t")[column].split(b":")
    number = [b"0", b"1", b"2", b"3", b".", b"00", b"-1", b"99", b"32768", b"65537", b"9" * 30, b""]
    marks = (b"/", b"|", b"", b"//", b"/|")
    parts = [random.choice(number)]
    for _ in range(random.choice((0, 1, 1, 1, 1, 2, 9))):
        parts += [random.choice(marks), random.choice(number)]
    fields[0] = b"".join(parts) if random.random() < 0.8 else _junk(random, 6, _FORM)
    lines[place] = _with_cell(lines[place], column, b":".join(fields))
    return join(lines)


def any_bytes(random: Random, lines: Lines) -> bytes:
    """Change, drop or add a few bytes anywhere behind the header."""
    text = bytearray(join(lines))
    for _ in range(random.randint(1, 5)):
        place = random.randrange(len(HEADER), len(text))
        what = random.randrange(3)
        if what == 0:
            text[place] = (
                random.choice(_JUNK + b"\t\n") if random.random() < 0.5 else random.randrange(256)
            )
        elif what == 1:
            del text[place]
        else:
            text.insert(place, random.choice(_JUNK + b"\t\n"))
    return bytes(text)


def header_bytes(random: Random, lines: Lines) -> bytes:
    """Change a few bytes of the header."""
    text = bytearray(join(lines))
    for _ in range(random.randint(1, 4)):
        text[random.randrange(len(HEADER))] = random.randrange(256)
    return bytes(text)


def columns(random: Random, lines: Lines) -> bytes:
    """Drop or double a column of a record, or of all, or of the line of titles."""
    what = random.randrange(3)
    if what == 0:
        place = random.randrange(len(lines))
        lines[place] = _other_columns(random, lines[place])
        return join(lines)
    if what == 1:
        column = random.randrange(14)
        doubled = [line.split(b"\t") for line in lines]
        return join([b"\t".join([*c[:column], c[column], *c[column:]]) for c in doubled])
    head, _, titles = HEADER.rstrip(b"\n").rpartition(b"\n")
    return head + b"\n" + _other_columns(random, titles) + b"\n" + join(lines)[len(HEADER) :]


def _other_columns(random: Random, line: bytes) -> bytes:
    cells = line.split(b"\t")
    place = random.randrange(len(cells))
    if random.random() < 0.5:
        del cells[place]
    else:
        cells.insert(place, cells[place])
    return b"\t".join(cells)


def whole_lines(random: Random, lines: Lines) -> bytes:
    """Drop, double or swap lines, add empty ones, end without a newline, or with CRLF."""
    what = random.randrange(6)
    place = random.randrange(len(lines))
    if what == 0:
        del lines[place]
    elif what == 1:
        lines.insert(place, lines[place])
    elif what == 2:
        other = random.randrange(len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    elif what == 3:
        lines.insert(place, b"")
    elif what == 4:
        return join(lines).rstrip(b"\n")
    else:
        lines = [line + b"\r" for line in lines]
    return join(lines)


def block_end(random: Random, lines: Lines) -> bytes:
    """Change END of a reference block."""
    place = random.choice([n for n, line in enumerate(lines) if b"END=" in line])
    cells = lines[place].split(b"\t")
    start = int(cells[1])
    end = random.choice(
        (
            start - 1,
            start,
            0,
            -5,
            start + 49,
            start + 50,
            start + 51,
            2**31 - 1,
            2**31,
            2**40,
            10**30,
        )
    )
    text = random.choice(
        (b"END=%d", b"END=%d", b"END=%d.0", b"END=x%d", b"END=", b"END=%d;END=7", b"end=%d")
    )
    cells[7] = text % end if b"%d" in text else text
    lines[place] = b"\t".join(cells)
    return join(lines)


def absurd(random: Random, lines: Lines) -> bytes:
    """Put in what is far too large."""
    what = random.randrange(7)
    place = random.choice([n for n, line in enumerate(lines) if line.startswith(b"11\t")])
    cells = lines[place].split(b"\t")
    if what == 0:
        cells[1] = random.choice((b"0", b"-1", b"2147483647", b"4294967296", b"9" * 40, b"+5"))
    elif what == 1:
        cells[4] = b",".join([cells[4], *(b"A" * n for n in range(2, random.choice((40, 400))))])
    elif what == 2:
        cells[3] = b"ACGT" * random.choice((10, 10_000))
    elif what == 3:
        cells[8] = b":".join([cells[8], *(b"F%d" % n for n in range(random.choice((50, 5000))))])
    elif what == 4:
        cells[COLUMN["b"]] = b"/".join([b"0"] * random.choice((3, 300, 30_000))) + b":9:9:9"
    elif what == 5:
        cells[COLUMN["a"]] = b"0/1:" + b"9" * random.choice((11, 400)) + b":1e999:1"
    else:
        cells[7] = b"CSQ=" + b"x" * (10_000_000 if random.random() < 0.1 else 100_000)
    lines[place] = b"\t".join(cells)
    return join(lines)


TEXT: dict[str, Callable[[Random, Lines], bytes]] = {
    made.__name__: made
    for made in (
        *(other_samples, other_genotypes, unread_columns, unread_field, genotype, any_bytes),
        *(header_bytes, columns, whole_lines, block_end, absurd),
    )
}
"""Mutations of the text, before it is packed and indexed."""

UNCHANGED = frozenset({"other_samples", "other_genotypes", "unread_columns", "unread_field"})
"""Those that touch nothing that is read: calls stay, or the file is refused."""


def damage(random: Random, content: bytes) -> bytes:
    """Damage packed bytes: flips, a cut, a hole, zeros, a doubled piece."""
    packed = bytearray(content)
    what = random.randrange(6)
    place = random.randrange(len(packed))
    length = random.choice((1, 2, 28, 300, len(packed) // 3))
    if what <= 1:
        for _ in range(random.randint(1, 3)):
            packed[random.randrange(len(packed))] ^= 1 << random.randrange(8)
    elif what == 2:
        del packed[place:]
    elif what == 3:
        del packed[place : place + length]
    elif what == 4:
        packed[place : place + length] = bytes(len(packed[place : place + length]))
    else:
        packed[place:place] = packed[place : place + length]
    return bytes(packed)
