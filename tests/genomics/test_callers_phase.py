"""Phase: what two calls say about chromosomes, and what they never say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drepano.catalogue.panel import load_panel
from drepano.genomics.callers.phase import (
    Contradiction,
    Relation,
    Unresolved,
    relation,
    resolutions,
)
from drepano.genomics.callers.sites import certain, exclusive_pairs
from drepano.genomics.interpretation.evidence import Call, Trouble


def call(genotype, phase_set=None, record=None, dosage=None, probability=None):
    copies = dosage if genotype is None else float(genotype.count("1"))
    ploidy = None if genotype is None else len(genotype.replace("|", "/").split("/"))
    return Call(copies, ploidy, genotype, phase_set, record, probability, None, None)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (call("0/1"), call("0/1"), Relation.UNKNOWN),
        (call("0|1"), call("0|1"), Relation.CIS),
        (call("0|1"), call("1|0"), Relation.TRANS),
        (call("0|1"), call("0/1"), Relation.UNKNOWN),
        (call("0|1", "7"), call("0|1", "7"), Relation.CIS),
        (call("0|1", "7"), call("1|0", "9"), Relation.UNKNOWN),
        (call("0|1", "7"), call("1|0"), Relation.UNKNOWN),
        # One record: slots are in one order, phased or not.
        (call("0/1", record="11:5:A"), call("1/0", record="11:5:A"), Relation.TRANS),
        (call("0/1", record="11:5:A"), call("0/1", record="11:5:A"), Relation.CIS),
        (call("0/1", record="11:5:A"), call("0/1", record="11:6:A"), Relation.UNKNOWN),
        # Imputed dosages have no slots, in one record or not.
        (call(None, record="r", dosage=1), call(None, record="r", dosage=1), Relation.UNKNOWN),
    ],
)
def test_relation(first, second, expected):
    assert relation(first, second) is expected
    assert relation(second, first) is expected


def test_variants_of_one_base_lie_apart():
    assert relation(call("0/1"), call("0/1"), exclusive=True) is Relation.TRANS
    with pytest.raises(Contradiction):
        relation(call("0|1"), call("0|1"), exclusive=True)


def test_unknown_phase_gives_every_pair():
    pairs = resolutions({"a": call("0/1"), "b": call("0/1")})
    assert set(pairs) == {
        (frozenset(), frozenset("ab")),
        (frozenset("a"), frozenset("b")),
    }
    assert len(resolutions({name: call("0/1") for name in "abc"})) == 4


def test_homozygous_variants_need_no_phase():
    assert resolutions({"a": call("1/1"), "b": call("0/1")}) == [(frozenset("a"), frozenset("ab"))]


def test_phase_goes_through_a_third_variant():
    """a is trans to b by their base, b cis to c by their phase set: a is trans to c."""
    calls = {"a": call("0/1"), "b": call("0|1", "1"), "c": call("0|1", "1")}
    assert resolutions(calls, {frozenset("ab")}) == [(frozenset("a"), frozenset("bc"))]


def test_many_unphased_variants_end_at_once():
    calls = {f"v{n}": call("0/1") for n in range(40)}
    with pytest.raises(Unresolved):
        resolutions(calls)
    phased = {name: call("0|1") for name in calls}
    assert resolutions(phased) == [(frozenset(), frozenset(calls))]


def test_haploid_calls_are_one_chromosome():
    assert resolutions({"a": call("1"), "b": call("0")}) == [(frozenset("a"),)]


@pytest.mark.parametrize(
    "calls",
    [
        {"a": call("1/1"), "b": call("0/1")},
        {"a": call("1|0"), "b": call("1|0")},
        {"a": call("1"), "b": call("0/1")},
    ],
)
def test_what_no_pair_of_chromosomes_carries_is_refused(calls):
    with pytest.raises(Contradiction):
        resolutions(calls, {frozenset("ab")})


genotypes = st.sampled_from(["0/0", "0/1", "1/0", "1/1", "0|1", "1|0"])


def mirrored(genotype):
    return genotype[::-1]


@given(st.dictionaries(st.sampled_from("abcd"), genotypes, min_size=1))
def test_swapping_the_chromosomes_changes_nothing(genotypes):
    plain = {name: call(text) for name, text in genotypes.items()}
    swapped = {name: call(mirrored(text)) for name, text in genotypes.items()}
    assert resolutions(plain) == resolutions(swapped)


def test_overlapping_bases_of_the_panel():
    """Codon 6 -A takes the base of HbS; HbC and codon 5 -CT do not share one."""
    pairs = exclusive_pairs(row for row in load_panel("scd") if row.gene == "HBB")
    assert frozenset({"hbb_rs334", "hbb_rs63749819"}) in pairs
    assert frozenset({"hbb_rs334", "hbb_rs334_g"}) in pairs
    assert frozenset({"hbb_rs33946267", "hbb_rs33946267_t"}) in pairs
    assert frozenset({"hbb_rs334", "hbb_rs33930165"}) not in pairs
    assert frozenset({"hbb_rs33930165", "hbb_rs34889882"}) not in pairs


@pytest.mark.parametrize(
    ("answer", "used"),
    [
        (call(None, dosage=1.1, probability=0.9), True),
        (call(None, dosage=1.11, probability=0.99), False),
        (call(None, dosage=1.0, probability=0.89), False),
        (call(None, dosage=1.0), False),  # no GP
        (call("0/1"), True),
        (call("0/1", probability=0.95), True),
        (call("0/1", probability=0.6), False),
    ],
)
def test_rule_9_imputed_calls(answer, used):
    found = certain(answer)
    assert found == answer if used else found.reason == "imputed_uncertain"


def test_a_trouble_stays_a_trouble():
    trouble = Trouble("no_call", "missing_genotype")
    assert certain(trouble) is trouble
