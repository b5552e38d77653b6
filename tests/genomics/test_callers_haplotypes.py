"""APOL1, G6PD, UGT1A1 and the beta-globin cluster: their rules and their traps."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drepano.genomics.callers.apol1 import G1_SITE, G2_SITE, M1_SITE, apol1
from drepano.genomics.callers.apol1 import SITES as APOL1_SITES
from drepano.genomics.callers.beta_haplotype import MARKERS, NAMES, beta_haplotype
from drepano.genomics.callers.beta_haplotype import SITES as BETA_SITES
from drepano.genomics.callers.g6pd import SITES as G6PD_SITES
from drepano.genomics.callers.g6pd import (
    V202A,
    V376G,
    V542T,
    V563T,
    V680A,
    V680T,
    V968C,
    g6pd,
)
from drepano.genomics.callers.haemoglobin_alleles import S
from drepano.genomics.callers.ugt1a1 import STARS, ugt1a1
from drepano.genomics.interpretation.evidence import Call, Trouble

ABSENT = Trouble("not_covered", "site_absent")
UNTYPED = Trouble("not_covered", "allele_not_typed")
NO_CALL = Trouble("no_call", "missing_genotype")


def call(genotype, phase_set=None, record=None):
    ploidy = len(genotype.replace("|", "/").split("/"))
    copies = float(genotype.count("1"))
    return Call(copies, ploidy, genotype, phase_set, record, None, None, None)


def answers(sites, rest, named):
    given = {site: call(rest) for site in sites}
    return given | {k: call(v) if isinstance(v, str) else v for k, v in named.items()}


def imputed(dosage):
    return Call(dosage, None, None, None, None, 0.95, None, None)


# APOL1


def risk(rest="0/0", **named):
    sites = {"g1": G1_SITE, "g2": G2_SITE, "m1": M1_SITE}
    return apol1(answers(APOL1_SITES, rest, {sites[name]: v for name, v in named.items()}))


@pytest.mark.parametrize(
    ("calls", "genotype", "alleles", "high"),
    [
        ("0/0 0/0 0/0", "G0/G0", 0, False),
        ("0/1 0/0 0/0", "G0/G1", 1, False),
        ("0/0 0/1 0/0", "G0/G2", 1, False),
        ("1/1 0/0 0/0", "G1/G1", 2, True),
        ("0/0 1/1 0/0", "G2/G2", 2, True),
        ("0/1 0/1 0/0", "G1/G2", 2, True),  # never on one chromosome, so no phase is asked
        ("0|1 1|0 0|0", "G1/G2", 2, True),
        # N264K takes the risk of the G2 that it lies with, and of nothing else.
        ("0|0 0|1 0|1", "G0/G2", 0, False),
        ("0|0 0|1 1|0", "G0/G2", 1, False),
        ("0/0 1/1 0/1", "G2/G2", 1, False),
        ("0/0 1/1 1/1", "G2/G2", 0, False),
        ("0|1 1|0 1|0", "G1/G2", 1, False),
        ("0|1 1|0 0|1", "G1/G2", 2, True),
        ("1/1 0/0 0/1", "G1/G1", 2, True),
        # Not phased: what all possibilities share is told.
        ("0/0 0/1 0/1", "G0/G2", None, False),
        ("0/1 0/1 0/1", "G1/G2", None, None),
    ],
)
def test_apol1(calls, genotype, alleles, high):
    verdict = risk(**dict(zip(("g1", "g2", "m1"), calls.split(), strict=True)))
    assert verdict.values.get("genotype") == genotype
    assert verdict.values.get("risk_alleles") == alleles
    assert verdict.values.get("high_risk") is high
    if high is None:
        assert verdict.trouble.reason == "phase_unknown"


def test_apol1_i384m_may_be_absent():
    assert "apol1_rs60910145" not in APOL1_SITES


def test_apol1_without_n264k_tells_what_does_not_depend_on_it():
    assert risk(m1=ABSENT, g1="1/1").values["high_risk"] is True
    one = risk(m1=ABSENT, g2="0/1")
    assert one.values == {"genotype": "G0/G2", "high_risk": False}
    assert one.trouble.reason == "sites_missing"
    assert risk(m1=ABSENT, g2="1/1").values == {"genotype": "G2/G2"}


@pytest.mark.parametrize("lost", ["g1", "g2"])
@pytest.mark.parametrize("trouble", [ABSENT, NO_CALL])
def test_apol1_missing_is_not_reference(lost, trouble):
    verdict = risk(**{lost: trouble})
    assert not verdict.values
    assert verdict.trouble.reason == "sites_missing"


def test_apol1_of_a_subject_without_sample_is_not_acquired():
    none = Trouble("not_acquired", "no_sample")
    found = apol1(dict.fromkeys(APOL1_SITES, none))
    assert (found.trouble.state, found.trouble.reason) == ("not_acquired", "no_sample")


def test_apol1_g1_and_g2_on_one_chromosome_contradict():
    assert risk(g1="0|1", g2="0|1").trouble.reason == "calls_contradict"
    assert risk(g1="1/1", g2="0/1").trouble.reason == "calls_contradict"


# G6PD


def enzyme(sex, rest, **named):
    sites = {"a": V202A, "p": V376G, "med": V563T, "san": V542T, "betica": V968C}
    sites |= {"t": V680T, "other": V680A}
    given = answers(G6PD_SITES, rest, {sites[name]: v for name, v in named.items()})
    return g6pd(given, sex)


def outcome(verdict):
    if verdict.trouble is not None:
        assert not verdict.values
        return verdict.trouble.reason
    v = verdict.values
    return v["genotype"], v["class"], v["deficient_alleles"]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({}, ("B", "normal", 0)),
        ({"p": "1"}, ("A+", "normal", 0)),
        ({"a": "1", "p": "1"}, ("A-", "deficient", 1)),
        ({"t": "1", "p": "1"}, ("A-", "deficient", 1)),
        ({"betica": "1", "p": "1"}, ("A-", "deficient", 1)),
        ({"med": "1"}, ("Mediterranean", "deficient", 1)),
        ({"san": "1", "p": "1"}, ("Santamaria", "deficient", 1)),
        ({"a": "1"}, "rule_unknown"),
        ({"t": "1"}, "rule_unknown"),
        ({"betica": "1"}, "rule_unknown"),
        ({"med": "1", "p": "1", "a": "1"}, "rule_unknown"),
        ({"other": "1", "p": "1"}, "rule_unknown"),
        ({"other": UNTYPED}, ("B", "normal", 0)),
        ({"med": ABSENT}, "sites_missing"),
        ({"a": NO_CALL, "p": "1"}, "sites_missing"),
    ],
)
@pytest.mark.parametrize("sex", [["male"], []])
def test_g6pd_of_haploid_males(sex, named, expected):
    assert outcome(enzyme(sex, "0", **named)) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({}, ("B/B", "normal", 0)),
        ({"p": "0/1"}, ("B/A+", "normal", 0)),
        ({"a": "0|1", "p": "0|1"}, ("B/A-", "variable", 1)),
        ({"a": "0/1", "p": "1/1"}, ("A+/A-", "variable", 1)),
        ({"a": "1/1", "p": "1/1"}, ("A-/A-", "deficient", 2)),
        ({"a": "0/1", "p": "0/1"}, "phase_unknown"),
        ({"a": "0|1", "p": "1|0"}, "rule_unknown"),
        ({"med": "0/1"}, ("B/Mediterranean", "variable", 1)),
        ({"med": "1/1"}, ("Mediterranean/Mediterranean", "deficient", 2)),
        ({"a": "1|0", "p": "1|0", "med": "0|1"}, ("A-/Mediterranean", "deficient", 2)),
    ],
)
def test_g6pd_of_females(named, expected):
    assert outcome(enzyme(["female"], "0/0", **named)) == expected


@pytest.mark.parametrize(
    ("sex", "rest", "named", "expected"),
    [
        (["female"], "0", {}, "ploidy_conflict"),
        (["male"], "0/0", {"p": "0/1"}, "ploidy_conflict"),
        (["male"], "0/0", {"p": "1/1", "a": "1/1"}, ("A-", "deficient", 1)),
        (["male"], "0/0", {}, ("B", "normal", 0)),
        (["male"], "0", {"p": "0/0"}, "ploidy_conflict"),
        ([], "0/0", {}, "sex_unknown"),
        (["male", "female"], "0/0", {}, "sex_unknown"),
        (["male", "male"], "0/0", {}, ("B", "normal", 0)),
    ],
)
def test_g6pd_sex_and_ploidy(sex, rest, named, expected):
    assert outcome(enzyme(sex, rest, **named)) == expected


def test_g6pd_an_imputed_dosage_of_one_in_a_male_tells_nothing():
    given = {site: imputed(0.0) for site in G6PD_SITES}
    assert outcome(g6pd(given, ["male"])) == ("B", "normal", 0)
    assert outcome(g6pd(given | {V563T: imputed(1.0)}, ["male"])) == "ploidy_conflict"
    assert outcome(g6pd(given | {V563T: imputed(1.0)}, ["female"]))[1] == "variable"


# UGT1A1


def repeats(*genotypes):
    return ugt1a1(
        {
            site: call(g) if isinstance(g, str) else g
            for site, g in zip(STARS, genotypes, strict=True)
        }
    )


@pytest.mark.parametrize(
    ("calls", "genotype", "activity", "decreased"),
    [
        (("0/0", "0/0", "0/0"), "*1/*1", "normal", 0),
        (("0/1", "0/0", "0/0"), "*36/*1", "normal", 0),
        (("1/1", "0/0", "0/0"), "*36/*36", "normal", 0),
        (("0/0", "0/1", "0/0"), "*1/*28", "intermediate", 1),
        (("0/1", "1/0", "0/0"), "*36/*28", "intermediate", 1),
        (("0/0", "0/0", "0/1"), "*1/*37", "intermediate", 1),
        (("0/0", "1/1", "0/0"), "*28/*28", "poor", 2),
        (("0/0", "0/1", "1/0"), "*28/*37", "poor", 2),
        (("0/0", "0/0", "1/1"), "*37/*37", "poor", 2),
        ((UNTYPED, "1/1", ABSENT), "*28/*28", "poor", 2),
    ],
)
def test_ugt1a1(calls, genotype, activity, decreased):
    values = {"genotype": genotype, "activity": activity, "decreased_alleles": decreased}
    assert repeats(*calls).values == values


@pytest.mark.parametrize(
    ("genotypes", "reason"),
    [
        ((UNTYPED, "0/1", "0/0"), "sites_missing"),
        ((UNTYPED, "0/0", UNTYPED), "sites_missing"),
        ((ABSENT, ABSENT, ABSENT), "site_absent"),
        (("0/1", "1/1", "0/0"), "calls_contradict"),
        (("0", "0", "0"), "ploidy_conflict"),
    ],
)
def test_ugt1a1_an_allele_without_record_is_not_absent(genotypes, reason):
    verdict = repeats(*genotypes)
    assert not verdict.values
    assert verdict.trouble.reason == reason


# Beta haplotypes

PATTERNS = {"ai": "1110", "sen": "0110", "ben": "0100", "car": "0101", "cam": "0000"}


def clusters(s, first, second=None, *, mark="|", **named):
    """Return the answers of two chromosomes whose markers are written as 0 and 1."""
    second = first if second is None else second
    given = {S: call(s)} | {
        marker: call(f"{a}{mark}{b}") for marker, a, b in zip(MARKERS, first, second, strict=True)
    }
    return beta_haplotype(given | named)


def counts(verdict):
    if verdict.trouble is not None:
        return verdict.trouble.reason
    assert set(verdict.values) == {"s_chromosomes", *NAMES}
    assert verdict.values["s_chromosomes"] == sum(verdict.values[name] for name in NAMES)
    return {name: verdict.values[name] for name in NAMES if verdict.values[name]}


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.combinations_with_replacement(PATTERNS, 2))
)
def test_phased_pairs_of_s_s(first, second):
    expected = {name: [first, second].count(name) for name in {first, second}}
    assert counts(clusters("1|1", PATTERNS[first], PATTERNS[second])) == expected
    assert counts(clusters("1/1", PATTERNS[first], PATTERNS[second])) == expected


@pytest.mark.parametrize("name", PATTERNS)
def test_unphased_needs_s_s_and_four_homozygous_markers(name):
    markers = PATTERNS[name]
    assert counts(clusters("1/1", markers, mark="/")) == {name: 2}
    assert counts(clusters("0/1", markers, mark="/")) == "phase_unknown"
    other = ("1" if markers[0] == "0" else "0") + markers[1:]
    assert counts(clusters("1/1", markers, other, mark="/")) == "phase_unknown"


def test_only_chromosomes_with_s_count():
    assert counts(clusters("0|1", PATTERNS["sen"], PATTERNS["ben"])) == {"ben": 1}
    assert counts(clusters("1|0", PATTERNS["sen"], PATTERNS["ben"])) == {"sen": 1}
    assert counts(clusters("0|0", PATTERNS["sen"], PATTERNS["ben"])) == "no_s_chromosome"


def test_anything_else_is_unknown():
    for markers in map("".join, itertools.product("01", repeat=4)):
        expected = next((name for name, bits in PATTERNS.items() if bits == markers), "unk")
        assert counts(clusters("1|1", markers)) == {expected: 2}


def test_two_phase_sets_are_no_phase():
    apart = call("0|1", "1")
    assert counts(clusters("0|1", "0100", "0110", **{MARKERS[2]: apart})) == "phase_unknown"


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("trouble", [ABSENT, UNTYPED, NO_CALL])
def test_a_marker_without_call_never_makes_cameroon(marker, trouble):
    """rs28440105's reference allele is the rare one: absent is not Cameroon."""
    assert counts(clusters("1|1", "0000", **{marker: trouble})) == "sites_missing"


def test_beta_haplotype_without_rs334():
    assert counts(clusters("1|1", "0000", **{S: ABSENT})) == "site_absent"


genotypes = st.sampled_from(["0/0", "0/1", "1/1", "0|1", "1|0", ABSENT, NO_CALL])


@given(st.data())
def test_the_order_of_chromosomes_changes_nothing(data):
    def mirrored(answer):
        return answer if isinstance(answer, Trouble) else answer[::-1]

    def read(drawn, turn):
        return {site: call(turn(g)) if isinstance(g, str) else g for site, g in drawn.items()}

    for sites, caller in (
        (APOL1_SITES, apol1),
        (G6PD_SITES, lambda a: g6pd(a, ["female"])),
        (BETA_SITES, beta_haplotype),
        (tuple(STARS), ugt1a1),
    ):
        drawn = data.draw(st.fixed_dictionaries(dict.fromkeys(sites, genotypes)))
        assert caller(read(drawn, lambda g: g)) == caller(read(drawn, mirrored))
