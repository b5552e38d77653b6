"""What VEP (CSQ) and SnpEff (ANN) say of each ALT allele of a record."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

DEFAULT_FIELDS = ("CSQ", "ANN", "vep")
"""INFO fields that annotation stands in; the first that a header describes is read."""

_INFO = re.compile(r"^##INFO=<ID=([^,>]+),.*?Description=\"(.*)\"", re.MULTILINE)
_SNPEFF = (
    *("Allele", "Annotation", "Annotation_Impact", "Gene_Name", "Gene_ID", "Feature_Type"),
    *("Feature_ID", "Transcript_BioType", "Rank", "HGVS.c", "HGVS.p", "cDNA", "CDS", "AA"),
    *("Distance", "Messages"),
)
"""Fields of ANN in their order (Variant annotations in VCF format 1.0, section 2)."""

_GENES = ("SYMBOL", "Gene", "Gene_Name", "Gene_ID")
_CONSEQUENCES = ("Consequence", "Annotation")
_IMPACTS = ("IMPACT", "Annotation_Impact")


@dataclass(frozen=True)
class Format:
    """How the annotation of a file is laid out.

    Attributes
    ----------
    field
        INFO field.
    names
        What stands between the bars, in order.
    trimmed
        True if alleles are written as VEP writes them, false if as in ALT.
    """

    field: str
    names: tuple[str, ...]
    trimmed: bool

    def places(self, names: tuple[str, ...]) -> tuple[int, ...]:
        """Return where the fields of these names stand; those that are not there left out."""
        return tuple(self.names.index(name) for name in names if name in self.names)

    @functools.cached_property
    def genes(self) -> tuple[int, ...]:
        """Places of gene symbols and identifiers."""
        return self.places(_GENES)

    @functools.cached_property
    def consequences(self) -> tuple[int, ...]:
        """Places of Sequence Ontology terms, joined by ``&``."""
        return self.places(_CONSEQUENCES)

    @functools.cached_property
    def impacts(self) -> tuple[int, ...]:
        """Places of impacts."""
        return self.places(_IMPACTS)

    @functools.cached_property
    def numbers(self) -> tuple[int, ...]:
        """Place of the number of the ALT, if there is one."""
        return self.places(("ALLELE_NUM",))

    @functools.cached_property
    def alleles(self) -> tuple[int, ...]:
        """Place of the allele's spelling, if there is one."""
        return self.places(("Allele",))


def info_fields(header: str) -> dict[str, str]:
    """Return the INFO fields that a header declares, with their descriptions."""
    return dict(_INFO.findall(header))


def read_format(header: str, wanted: str = "") -> Format | None:
    """Read from a header how the annotation is laid out.

    Parameters
    ----------
    header
        Header lines of a VCF.
    wanted
        INFO field; empty: the first of `DEFAULT_FIELDS` that the header describes.

    Returns
    -------
    Format or None
        None if the header describes no annotation that can be read. A description that
        holds ``Format:`` is VEP's, whatever the field is called; SnpEff's begins with
        ``Functional annotations:``.
    """
    told = info_fields(header)
    for field in (wanted,) if wanted else DEFAULT_FIELDS:
        description = told.get(field, "")
        _, found, names = description.partition("Format:")
        if found:
            cut = tuple(name.strip(" '\"") for name in names.split("|"))
            if set(cut) & set(_CONSEQUENCES):
                return Format(field, cut, trimmed=True)
        elif description.startswith("Functional annotations:"):
            return Format(field, _SNPEFF, trimmed=False)
    return None


def vep_alleles(ref: str, alts: list[str]) -> list[str]:
    """Return the ALT alleles of a record as VEP writes them.

    If any ALT has another length than REF, and REF and all of the ALTs begin with one base
    (``*`` aside), that base is taken off all of them; what is empty then is ``-``. So with
    two ALTs G,GA of REF GA, they are ``-`` and ``A``; with REF C and ALT A,CT they stay.

    Parameters
    ----------
    ref, alts
        Alleles of the record.
    """
    if all(len(alt) == len(ref) for alt in alts):
        return alts
    firsts = {allele[:1] for allele in (ref, *alts) if "*" not in allele}
    if len(firsts) > 1:
        return alts
    return [alt if "*" in alt else alt[1:] or "-" for alt in alts]


def shortest_alleles(ref: str, alts: list[str]) -> list[str]:
    """Return the ALTs as ``vep --minimal`` writes them: shared prefix, then suffix taken off."""
    found = []
    for alt in alts:
        first = _shared(ref, alt)
        last = _shared(ref[first:][::-1], alt[first:][::-1])
        found.append(alt[first : len(alt) - last] or "-")
    return found


def _shared(one: str, other: str) -> int:
    """Return how many bases two alleles begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


NOBODY = -1
"""An entry of an allele that is none of the ALTs, or of several."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One annotation of one ALT, or of `NOBODY`: values in the order of the format's names."""

    alt: int
    values: list[str]


def entries(layout: Format, text: str, ref: str, alts: list[str]) -> Iterator[Entry]:
    """Yield the annotations of a record with the ALT that each is about.

    An entry belongs to the ALT that its ALLELE_NUM names, else to the one that its allele
    spells, else to the record's only ALT if the annotation has no allele field at all.

    Parameters
    ----------
    layout
        Of the file.
    text
        Value of the INFO field.
    ref, alts
        Alleles of the record, upper case.
    """
    by_name = _spelled(alts)
    if layout.trimmed:
        by_name = _spelled(shortest_alleles(ref, alts)) | _spelled(vep_alleles(ref, alts))
    number, allele = layout.numbers, layout.alleles
    for entry in text.split(","):
        values = entry.split("|")
        values += [""] * (len(layout.names) - len(values))
        alt = NOBODY
        if number and values[number[0]]:
            told = values[number[0]]
            alt = int(told) - 1 if told.isdecimal() and 0 < int(told) <= len(alts) else NOBODY
        elif allele:
            alt = by_name.get(values[allele[0]].upper(), NOBODY)
        elif len(alts) == 1:
            alt = 0
        yield Entry(alt, values)


def _spelled(names: list[str]) -> dict[str, int]:
    """Return the ALT of each spelling; two that are spelled alike are nobody's."""
    return {n: i if names.count(n) == 1 else NOBODY for i, n in enumerate(names)}
