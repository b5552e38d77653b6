"""The file that fuzzing starts from, and the panel that is read out of it."""

from __future__ import annotations

from pathlib import Path

from drepano.catalogue.panel import COLUMNS

ASKED = ("a", "b", "c")
OTHERS = ("d", "e")
"""Samples of the file that are mapped to nobody: nothing of theirs may matter."""

HEADER = (
    b"##fileformat=VCFv4.3\n"
    b'##FILTER=<ID=LowQual,Description="low">\n'
    b"##contig=<ID=2,length=242193529>\n"
    b"##contig=<ID=11,length=135086622>\n"
    b"##contig=<ID=X,length=156040895>\n"
    b'##INFO=<ID=END,Number=1,Type=Integer,Description="end">\n'
    b'##INFO=<ID=AN,Number=1,Type=Integer,Description="alleles">\n'
    b'##INFO=<ID=CSQ,Number=.,Type=String,Description="consequence">\n'
    b'##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
    b'##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">\n'
    b'##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">\n'
    b'##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="least depth">\n'
    b'##FORMAT=<ID=PL,Number=G,Type=Integer,Description="likelihoods">\n'
    b'##FORMAT=<ID=DS,Number=A,Type=Float,Description="dosage">\n'
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\td\tb\te\tc\n"
)

_TYPED = "GT:DP:GQ:PL"
_CALLS = (
    *("0/0:30:99:0,9,99", "0/1:28:80:80,0,90", "1/1:31:70:99,60,0", "0|1:25:60:60,0,70"),
    *("./.:.:.:.", "1|0:22:50:50,0,60", "0/0:40:99:0,50,500"),
)
_BLOCK = ("0/0:30:60:25", "0/0:31:61:26", "0/0:12:30:11", "0/0:50:99:40", "0/0:9:9:3")
_ALLELES = (
    ("T", "A"),
    ("C", "T,G"),
    ("CT", "C"),
    ("A", "AC"),
    ("TC", "AT,AC"),
    ("G", "A"),
    ("CAT", "C,CATAT"),
    ("T", "C,<NON_REF>"),
)


def records() -> list[bytes]:
    """Return the lines of the base file: blocks on 2, records on 11, haploid calls on X."""
    lines = []
    for n in range(6):
        start = 1000 + 100 * n
        lines.append(
            f"2\t{start}\t.\tA\t<NON_REF>\t.\tPASS\tEND={start + 99}\tGT:DP:GQ:MIN_DP\t"
            + "\t".join(_BLOCK)
        )
    for n in range(24):
        ref, alts = _ALLELES[n % len(_ALLELES)]
        calls = [_CALLS[(n + k) % len(_CALLS)] for k in range(5)]
        info = f"AN=10;CSQ=x{n}|y"
        lines.append(
            f"11\t{5000 + 37 * n}\trs{n}\t{ref}\t{alts}\t50\tPASS\t{info}\t{_TYPED}\t"
            + "\t".join(calls)
        )
    for n in range(4):
        calls = [("0", "1", ".", "1", "0/1")[(n + k) % 5] for k in range(5)]
        lines.append(f"X\t{9000 + 10 * n}\t.\tG\tA\t.\tPASS\t.\tGT\t" + "\t".join(calls))
    lines.append("X\t9100\t.\tC\tT\t.\tPASS\t.\tDS\t0.5\t1\t1.25\t0\t.")
    return [line.encode() for line in lines]


def variants() -> dict[str, tuple[str, int, str, str]]:
    """Return every ALT of bases of the base file, and places within its blocks, by id."""
    found: dict[str, tuple[str, int, str, str]] = {}
    for n in range(6):
        found[f"in_block_{n}"] = ("2", 1050 + 100 * n, "C", "T")
    for line in records():
        cells = line.decode().split("\t")
        for alt in cells[4].split(","):
            if alt.isalpha():
                found[f"v{len(found)}"] = (cells[0], int(cells[1]), cells[3], alt)
    return found


def write_panel(path: Path) -> None:
    """Write the panel file."""
    rows = [COLUMNS]
    for name, (chrom, position, ref, alt) in variants().items():
        place = (chrom, str(position), str(position), ref, alt)
        rows.append((name, "", "G", *place, "fuzz", "", "fuzz", "fuzz"))
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
