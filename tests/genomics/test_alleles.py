"""Alleles by their bases: trimming changes nothing of what an allele means."""

from hypothesis import assume, given
from hypothesis import strategies as st

from drepano.genomics.reading.alleles import Role, Target, reference_agrees, role_of
from drepano.genomics.reading.normalise import Change, trim

bases = st.text("ACGT", max_size=5)
allele = st.text("ACGT", min_size=1, max_size=5)


def target(position: int, ref: str, alt: str) -> Target:
    change = trim(position, ref, alt)
    return Target("v", "11", position, position + len(ref), ref, alt, change)


@given(bases, allele, allele, bases)
def test_a_change_makes_the_alternative_out_of_the_reference(before, ref, alt, after):
    reference, expected = before + ref + after, before + alt + after
    change = trim(1, reference, expected)
    place = change.start - 1
    assert reference[place : place + len(change.ref)] == change.ref
    assert reference[:place] + change.alt + reference[place + len(change.ref) :] == expected


@given(allele, allele)
def test_a_change_cannot_be_trimmed_further(ref, alt):
    change = trim(7, ref, alt)
    assert trim(change.start, change.ref, change.alt) == change
    assert (change.ref == change.alt == "") == (ref == alt)


@given(bases, allele, allele, bases)
def test_padding_does_not_change_what_an_allele_carries(before, ref, alt, after):
    """Any padding by bases of the reference is the same allele."""
    assume(ref != alt)
    wanted = target(100, ref, alt)
    padded = (100 - len(before), before + ref + after, before + alt + after)
    assert role_of(wanted, *padded) is Role.CARRIES
    assert role_of(target(*padded), 100, ref, alt) is Role.CARRIES


@given(allele, allele, allele)
def test_one_alt_never_carries_another(ref, alt, other):
    assume(len({ref, alt, other}) == 3)
    change, wanted = trim(100, ref, other), trim(100, ref, alt)
    # Bases exchanged one for one may hold the wanted exchange beside others.
    assume(not (change.substitution and wanted.substitution))
    assert role_of(target(100, ref, alt), 100, ref, other) is not Role.CARRIES


@given(st.lists(st.tuples(st.sampled_from("ACGT"), st.sampled_from("ACGT")), min_size=1), st.data())
def test_equal_lengths_are_compared_base_by_base(pairs, data):
    ref, alt = ("".join(bases) for bases in zip(*pairs, strict=True))
    place = data.draw(st.integers(0, len(ref) - 1))
    wanted = data.draw(st.sampled_from([b for b in "ACGT" if b != ref[place]]))
    expected = Role.CARRIES if alt[place] == wanted else Role.OTHER
    assert role_of(target(50 + place, ref[place], wanted), 50, ref, alt) is expected


def test_trimmed_codon_6_and_sickle_lie_on_one_base():
    assert trim(5227001, "CT", "C") == Change(5227002, "T", "")
    assert trim(5227001, "CT", "CA") == Change(5227002, "T", "A") == trim(5227002, "T", "A")


def test_complex_alleles_are_unknown_where_they_lie_and_nowhere_else():
    complex_allele = (100, "CTC", "GA")
    assert role_of(target(101, "T", "A"), *complex_allele) is Role.UNKNOWN
    assert role_of(target(103, "T", "A"), *complex_allele) is Role.OTHER
    assert role_of(target(99, "T", "A"), *complex_allele) is Role.OTHER
    assert role_of(target(102, "C", "CT"), *complex_allele) is Role.UNKNOWN
    assert role_of(target(103, "C", "CT"), *complex_allele) is Role.OTHER


def test_symbolic_alleles_carry_nothing_and_markers_are_unknown():
    wanted = target(100, "T", "A")
    for alt in ("*", "<DEL>", "<INS:ME>", "T[11:5[", "]11:5]T", ".A", "N"):
        assert role_of(wanted, 100, "T", alt) is Role.OTHER
    for alt in ("<NON_REF>", "<*>"):
        assert role_of(wanted, 100, "T", alt) is Role.UNKNOWN


def test_reference_bases_are_compared_where_they_overlap():
    wanted = target(100, "CTG", "C")
    assert reference_agrees(wanted, 101, "T") is True
    assert reference_agrees(wanted, 98, "AAC") is True
    assert reference_agrees(wanted, 101, "TC") is False
    assert reference_agrees(wanted, 103, "A") is None
    assert reference_agrees(wanted, 100, "N") is None
    assert reference_agrees(wanted, 100, "NT") is True
