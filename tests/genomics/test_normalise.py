"""Normal form of alleles: every way to write a change of a repeat is the same change."""

from hypothesis import assume, given
from hypothesis import strategies as st

from drepano.genomics.reading.alleles import Role, Target, role_of
from drepano.genomics.reading.normalise import Change, Window, anchored, normalise

reference = st.text("AC", min_size=6, max_size=16)
"""Two letters only, so that there is hardly a place without a repeat."""


def haplotype(bases: str, change: Change) -> str:
    place = change.start - 1
    assert bases[place : place + len(change.ref)] == change.ref
    return bases[:place] + change.alt + bases[place + len(change.ref) :]


def spellings(bases: str, change: Change) -> set[tuple[int, str, str]]:
    """Return every (position, REF, ALT) without empty alleles that leads to the same bases."""
    wanted = haplotype(bases, change)
    grown = len(wanted) - len(bases)
    found = set()
    for start in range(len(bases)):
        for end in range(start + 1, len(bases) + 1):
            kept = len(bases) - end
            alt = wanted[start : len(wanted) - kept]
            if end - start + grown > 0 and bases[:start] + alt + bases[end:] == wanted:
                found.add((start + 1, bases[start:end], alt))
    return found


@st.composite
def indels(draw) -> tuple[str, Change]:
    bases = draw(reference)
    place = draw(st.integers(1, len(bases) - 1))
    if draw(st.booleans()):
        return bases, Change(place + 1, "", draw(st.text("AC", min_size=1, max_size=4)))
    length = draw(st.integers(1, min(4, len(bases) - place)))
    assume(length < len(bases))
    return bases, Change(place + 1, bases[place : place + length], "")


@given(indels())
def test_every_spelling_of_an_indel_has_one_normal_form(made):
    bases, change = made
    window = Window(1, bases)
    forms = {normalise(window, *spelling) for spelling in spellings(bases, change)}
    assert forms == {window.leftmost(change)}


@given(indels())
def test_the_normal_form_is_the_same_bases_at_the_leftmost_place(made):
    bases, change = made
    window = Window(1, bases)
    left, right = window.leftmost(change), window.rightmost(change)
    assert haplotype(bases, left) == haplotype(bases, change) == haplotype(bases, right)
    places = [
        start
        for start in range(len(bases) - len(change.ref) + 1)
        for grown in (len(change.alt) - len(change.ref),)
        for come in (haplotype(bases, change)[start : start + max(0, grown)],)
        if bases[:start] + come + bases[start + len(change.ref) :] == haplotype(bases, change)
    ]
    assert (left.start, right.start) == (min(places) + 1, max(places) + 1)


@given(indels(), st.data())
def test_any_spelling_is_found_and_nothing_else(made, data):
    """By the bases that it leads to, whatever the place of record and panel row."""
    bases, change = made
    window = Window(1, bases)
    spelled = sorted(spellings(bases, change))
    assume(spelled)
    row, record = data.draw(st.sampled_from(spelled)), data.draw(st.sampled_from(spelled))
    target = Target(
        "v", "1", row[0], row[0] + len(row[1]), row[1], row[2], normalise(window, *row), window
    )
    assert role_of(target, *record) is Role.CARRIES
    first, last = target.reach
    assert first <= record[0] + len(record[1]) - 1
    assert record[0] <= last
    other = data.draw(indels().filter(lambda found: found[0] == bases) | st.just(made))[1]
    if haplotype(bases, other) != haplotype(bases, change) and other.start > 1:
        assert role_of(target, *anchored(window, other)) is not Role.CARRIES


def test_a_repeat_ends_at_the_border_of_the_window():
    assert Window(11, "ACACAC").leftmost(Change(17, "", "AC")) == Change(11, "", "AC")
    assert Window(11, "CACAC").leftmost(Change(16, "", "AC")) == Change(11, "", "CA")


def test_an_allele_outside_the_window_or_of_other_bases_has_no_normal_form():
    window = Window(11, "ACACAC")
    assert normalise(window, 9, "A", "AC") is None
    assert normalise(window, 17, "A", "AC") is None
    assert normalise(window, 11, "C", "CA") is None
    assert normalise(window, 12, "C", "CAC") == Change(11, "", "AC")


def test_substitutions_and_complex_changes_stay_where_they_are():
    window = Window(1, "AAAAAA")
    assert normalise(window, 3, "AA", "AC") == Change(4, "A", "C")
    assert normalise(window, 3, "AA", "C") == Change(3, "AA", "C")


def test_anchors_are_before_or_at_the_first_base_behind():
    window = Window(1, "CCGT")
    assert anchored(window, Change(3, "G", "")) == (2, "CG", "C")
    assert anchored(window, Change(3, "", "A")) == (2, "C", "CA")
    assert anchored(window, Change(1, "CC", "")) == (1, "CCG", "G")
    assert anchored(window, Change(1, "", "A")) == (1, "C", "AC")
    assert anchored(window, Change(3, "G", "T")) == (3, "G", "T")


def test_a_complex_allele_anywhere_in_the_repeat_is_not_known():
    """Which bases went and which came cannot be told apart there."""
    window = Window(1, "GGCACACACAGG")
    target = Target("v", "1", 2, 3, "G", "GCA", window.leftmost(Change(3, "", "CA")), window)
    assert role_of(target, 9, "CA", "T") is Role.UNKNOWN
    assert role_of(target, 12, "GG", "T") is Role.OTHER
