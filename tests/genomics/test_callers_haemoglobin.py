"""Haemoglobin genotype: one test for each rule and each trap, all through the rules' function."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drepano.catalogue.panel import load_panel
from drepano.genomics.callers.haemoglobin import Gene, haemoglobin
from drepano.genomics.callers.haemoglobin_alleles import GENOTYPES, is_watched
from drepano.genomics.callers.haemoglobin_columns import rows_of
from drepano.genomics.callers.registry_genotype import donor_dna, gainsaid
from drepano.genomics.callers.sites import certain
from drepano.genomics.interpretation.evidence import Call, Trouble

WATCHED = [row for row in load_panel("scd") if is_watched(row)]
ROWS = rows_of(WATCHED)
S, G = "hbb_rs334", "hbb_rs334_g"
C, E, D, O_ARAB = "hbb_rs33930165", "hbb_rs33950507", "hbb_rs33946267", "hbb_rs33946267_t"
ANTILLES, KORLE_BU = "hbb_c70ga", "hbb_rs33974936"
CODON_6, CODON_39, IVS1_1 = "hbb_rs63749819", "hbb_rs11549407", "hbb_rs33971440"
IVS1_110, IVS1_5 = "hbb_rs35004220", "hbb_rs33915217"
MALAY, CYPRUS = "hbb_rs33972047", "hbb_cminus18cg"

CLEAN = Gene(covered=True, copies_checked=True)
ABSENT = Trouble("not_covered", "site_absent")
UNTYPED = Trouble("not_covered", "allele_not_typed")
NO_CALL = Trouble("no_call", "missing_genotype")


def call(genotype, phase_set=None, record=None, probability=None):
    return Call(
        dosage=float(genotype.count("1")),
        ploidy=len(genotype.replace("|", "/").split("/")),
        genotype=genotype,
        phase_set=phase_set,
        record=record,
        probability=probability,
        depth=None,
        quality=None,
    )


def imputed(dosage, probability):
    return Call(dosage, None, None, None, None, probability, None, None)


def answers(rest="0/0", **named):
    """Answer every watched site with `rest`, but those that are named."""
    other = call(rest) if isinstance(rest, str) else rest
    given = {row.variant: other for row in WATCHED}
    return given | {k: call(v) if isinstance(v, str) else v for k, v in named.items()}


def conclude(rest="0/0", gene=CLEAN, **named):
    return haemoglobin(answers(rest, **named), gene, ROWS)


def told(verdict):
    """Return genotype and presumption, or the reason of none."""
    if verdict.trouble is not None:
        assert not verdict.values
        assert verdict.trouble.state == "indeterminate"
        return verdict.trouble.reason
    name = verdict.values["genotype"]
    return f"{name}?" if verdict.values["phase_presumed"] else name


def test_the_registrys_names_come_first():
    assert GENOTYPES[:9] == (
        *("HbSS", "HbSC", "HbS/beta0", "HbS/beta+", "HbS/beta", "HbSD", "HbSE", "HbSO", "HbAS"),
    )
    assert len(set(GENOTYPES)) == len(GENOTYPES)


@pytest.mark.parametrize("lost", [ABSENT, UNTYPED, NO_CALL, Trouble("no_call", "low_evidence")])
def test_rule_1_nothing_without_rs334(lost):
    assert told(conclude(hbb_rs334=lost)) == "rs334_missing"


@pytest.mark.parametrize(
    "lost", [Trouble("failed", "unreadable"), Trouble("not_acquired", "no_sample")]
)
def test_no_sample_and_broken_files_keep_their_state(lost):
    assert conclude(hbb_rs334=lost).trouble == lost


def test_rule_0_makassar_is_not_sickle():
    assert told(conclude(**{G: "0/1"})) == "other"
    assert told(conclude(**{S: "0/1", G: "1/0"})) == "other"
    assert told(conclude(**{S: "1/1", G: "0/1"})) == "calls_contradict"


def test_rule_2_hemizygosity_is_excluded_by_copy_number_alone():
    for gene, flag in ((Gene(), True), (Gene(covered=True), True), (CLEAN, False)):
        verdict = conclude(ABSENT, gene, hbb_rs334="1/1")
        assert verdict.values == {
            "genotype": "HbSS",
            "phase_presumed": False,
            "hemizygosity_not_excluded": flag,
        }


def test_rule_2_a_deletion_that_was_found_is_no_hbss():
    gene = Gene(covered=True, copies_checked=True, changed=True)
    assert told(conclude(gene=gene, hbb_rs334="1/1")) == "structural_variant"
    assert told(conclude(gene=gene)) == "structural_variant"


@pytest.mark.parametrize(
    ("s", "deletion"),
    [
        (call("0/1"), call("0/1")),
        (call("1/0", record="11:5227001:CT"), call("0/1", record="11:5227001:CT")),
        (call("0|1"), call("1|0")),
    ],
)
def test_rule_3_codon_6_over_rs334_is_beta_zero(s, deletion):
    """The deletion takes the other chromosome's base: trans without any phase, nothing presumed."""
    verdict = conclude(ABSENT, Gene(), **{S: s, CODON_6: deletion})
    assert told(verdict) == "HbS/beta0"
    assert verdict.values["hemizygosity_not_excluded"] is False


def test_rule_3_codon_6_in_cis_by_its_phase_contradicts_itself():
    assert told(conclude(**{S: "0|1", CODON_6: "0|1"})) == "calls_contradict"
    assert told(conclude(**{S: "1/1", CODON_6: "0/1"})) == "calls_contradict"


@pytest.mark.parametrize(
    ("s", "c", "expected"),
    [
        (call("0/1"), call("0/1"), "HbSC?"),
        (call("0|1"), call("1|0"), "HbSC"),
        (call("0|1", "5"), call("1|0", "5"), "HbSC"),
        (call("0|1", "5"), call("1|0", "6"), "HbSC?"),
        (call("0|1"), call("0|1"), "rule_unknown"),
        # As parts of one record TC>AC,TT with 1/2, and as an MNP of both changes.
        (call("1/0", record="11:5227002:TC"), call("0/1", record="11:5227002:TC"), "HbSC"),
        (call("0/1", record="11:5227002:TC"), call("0/1", record="11:5227002:TC"), "rule_unknown"),
    ],
)
def test_rule_4_s_and_c(s, c, expected):
    assert told(conclude(ABSENT, Gene(), **{S: s, C: c})) == expected


@pytest.mark.parametrize(
    ("other", "phased_cis", "trans"),
    [
        (O_ARAB, "HbA/S-Oman", "HbSO"),
        (KORLE_BU, "HbA/C-Harlem", "other"),
        (ANTILLES, "HbA/S-Antilles", "other"),
    ],
)
def test_rule_5_needs_phase(other, phased_cis, trans):
    assert told(conclude(**{S: "0/1", other: "0/1"})) == "phase_unknown"
    assert told(conclude(**{S: "0|1", other: "0|1"})) == phased_cis
    assert told(conclude(**{S: "0|1", other: "1|0"})) == trans


def test_rule_5_the_other_chromosome_of_a_cis_pair_must_be_known():
    verdict = conclude(ABSENT, Gene(), **{S: "0|1", O_ARAB: "0|1"})
    assert told(verdict) == "second_allele_not_excluded"


@pytest.mark.parametrize(("other", "name"), [(D, "HbSD"), (E, "HbSE")])
def test_rule_6_presumed_in_trans(other, name):
    assert told(conclude(**{S: "0/1", other: "0/1"})) == f"{name}?"
    assert told(conclude(**{S: "0|1", other: "1|0"})) == name
    assert told(conclude(**{S: "0|1", other: "0|1"})) == "rule_unknown"


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (CODON_39, "HbS/beta0"),
        (IVS1_110, "HbS/beta+"),
        (IVS1_5, "HbS/beta+"),  # severe, and still beta+ by the rule
        (MALAY, "HbS/beta"),
        (CYPRUS, "HbS/beta"),
    ],
)
def test_rule_7_thalassaemia(other, name):
    assert told(conclude(ABSENT, Gene(), **{S: "0/1", other: "0/1"})) == f"{name}?"
    assert told(conclude(ABSENT, Gene(), **{S: "0|1", other: "1|0"})) == name
    assert told(conclude(**{S: "0|1", other: "0|1"})) == "HbAS+cis"
    cis = conclude(ABSENT, Gene(), **{S: "0|1", other: "0|1"})
    assert told(cis) == "second_allele_not_excluded"


def test_rule_7_two_thalassaemias_need_phase():
    assert told(conclude(**{CODON_39: "0/1", IVS1_110: "0/1"})) == "phase_unknown"
    assert told(conclude(**{CODON_39: "0|1", IVS1_110: "1|0"})) == "beta0/beta+"
    assert told(conclude(**{CODON_39: "0|1", IVS1_110: "0|1"})) == "rule_unknown"
    assert told(conclude(**{S: "0/1", CODON_39: "0/1", IVS1_110: "0/1"})) == "phase_unknown"
    assert told(conclude(**{CODON_39: "1/1"})) == "beta0/beta0"


@pytest.mark.parametrize(
    ("changes", "gene", "expected"),
    [
        ({}, CLEAN, "HbAS"),
        ({}, Gene(covered=True), "second_allele_not_excluded"),
        ({}, Gene(copies_checked=True), "second_allele_not_excluded"),
        ({CODON_39: ABSENT}, CLEAN, "second_allele_not_excluded"),
        ({CODON_39: NO_CALL}, CLEAN, "second_allele_not_excluded"),
        ({CODON_39: UNTYPED}, CLEAN, "second_allele_not_excluded"),
        # A record of T>A types the base of T>G; one of codon 6 -A it does not.
        ({G: UNTYPED}, CLEAN, "HbAS"),
        ({O_ARAB: UNTYPED}, CLEAN, "HbAS"),
        ({O_ARAB: UNTYPED, D: UNTYPED}, CLEAN, "second_allele_not_excluded"),
        ({G: ABSENT}, CLEAN, "second_allele_not_excluded"),
        ({CODON_6: UNTYPED}, CLEAN, "second_allele_not_excluded"),
    ],
)
def test_rule_8_trait_needs_every_site_coverage_and_copies(changes, gene, expected):
    assert told(conclude(gene=gene, **{S: "0/1"} | changes)) == expected
    normal = "HbAA" if expected == "HbAS" else expected
    assert told(conclude(gene=gene, **{S: "0/0"} | changes)) == normal


def test_rule_8_names_the_sites_that_lack():
    verdict = conclude(gene=Gene(), **{S: "0/1", CODON_39: NO_CALL})
    for part in ("rule 8", CODON_39, "missing_genotype", "not covered", "copy number"):
        assert part in verdict.trouble.detail


@pytest.mark.parametrize(
    ("s", "expected"),
    [
        (imputed(1.95, 0.99), "HbSS"),
        (imputed(1.85, 0.99), "imputed_uncertain"),
        (imputed(2.0, 0.8), "imputed_uncertain"),
        (imputed(2.0, None), "imputed_uncertain"),
    ],
)
def test_rule_9_imputed(s, expected):
    """The certainty is judged before the rules, where the calls are read."""
    assert told(conclude(**{S: certain(s)})) == expected


def test_rule_9_imputed_pairs_are_presumed_not_phased():
    assert told(conclude(**{S: imputed(1.0, 0.95), C: imputed(1.05, 0.95)})) == "HbSC?"


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ({}, "HbAA"),
        ({C: "0/1"}, "HbAC"),
        ({C: "1/1"}, "HbCC"),
        ({E: "0/1"}, "HbAE"),
        ({E: "1/1"}, "HbEE"),
        ({D: "0/1"}, "HbAD"),
        ({O_ARAB: "1/1"}, "HbOO"),
        ({C: "0/1", E: "0/1"}, "phase_unknown"),
        ({C: "0|1", E: "1|0"}, "HbCE"),
        ({D: "0/1", O_ARAB: "0/1"}, "HbDO"),  # two ALTs of one base
        ({CODON_39: "0/1"}, "HbA/beta0"),
        ({E: "0|1", CODON_39: "1|0"}, "HbE/beta0"),
        ({IVS1_1: "0/1", "hbb_rs33971440_a": "0/1"}, "beta0/beta0"),
        ({KORLE_BU: "0/1"}, "other"),
        ({KORLE_BU: "0|1", CODON_39: "1|0"}, "rule_unknown"),
        ({S: "1/1", CODON_39: "0/1"}, "rule_unknown"),
        ({S: "1/1", C: "0/1"}, "rule_unknown"),
        ({S: "1"}, "ploidy_conflict"),
        ({C: "1"}, "ploidy_conflict"),
    ],
)
def test_the_rest_of_the_table(calls, expected):
    assert told(conclude(**calls)) == expected


def test_a_sample_that_is_heterozygous_everywhere_ends_at_once():
    unphased = {row.variant: "0/1" for row in WATCHED if row.variant != G}
    assert told(conclude(**unphased)) == "phase_unknown"


def test_homozygotes_other_than_s_are_flagged_too():
    assert conclude(ABSENT, Gene(), hbb_rs334="0/0", **{C: "1/1"}).values[
        "hemizygosity_not_excluded"
    ]


@pytest.mark.parametrize(
    ("hsct", "transfused", "dna", "expected"),
    [
        ([1.0], [], "blood", True),
        ([0.0, 1.0], [0.0], "other", True),
        ([0.0], [1.0, 0.0], "blood", True),
        ([], [1.0], "blood", True),
        ([0.0], [1.0], "other", False),
        ([0.0], [], "other", False),
        ([0.0], [0.0], "blood", False),
        ([], [0.0], "blood", None),
        ([0.0], [], "blood", None),
        ([], [1.0], "other", None),
    ],
)
def test_rule_10_whose_dna(hsct, transfused, dna, expected):
    found = donor_dna(hsct, transfused, dna)
    assert (None if isinstance(found, Trouble) else found) is expected


@pytest.mark.parametrize(
    ("ours", "registry", "expected"),
    [
        ("HbSS", ["HbSS"], False),
        ("HbSS", ["HbS/beta0"], True),
        ("HbSS", ["HbSS", "HbSC"], True),
        ("HbSS", [], None),
        ("HbS/beta", ["HbS/beta+"], False),
        ("HbS/beta", ["HbSS"], True),
        ("HbAS+cis", ["HbAS"], False),
        ("HbCC", ["other"], False),
        ("HbSS", ["other"], True),
    ],
)
def test_rule_10_the_registry_is_compared_and_never_followed(ours, registry, expected):
    found = gainsaid(ours, registry)
    assert (None if isinstance(found, Trouble) else found) is expected


someones = st.sampled_from(
    [ABSENT, UNTYPED, NO_CALL, *(call(g) for g in ("0/0", "0/1", "1/1", "0|1", "1|0"))]
)
few = st.dictionaries(st.sampled_from([row.variant for row in WATCHED]), someones, max_size=4)


@given(few, st.sampled_from([ABSENT, UNTYPED, NO_CALL]), st.sampled_from([Gene(), CLEAN]))
def test_no_genotype_is_ever_told_without_rs334(named, lost, gene):
    assert told(conclude(gene=gene, **named | {S: lost})) == "rs334_missing"


@given(few, st.sampled_from([Gene(), CLEAN]))
def test_the_order_of_the_chromosomes_changes_nothing(named, gene):
    def mirrored(answer):
        return answer if isinstance(answer, Trouble) else call(answer.genotype[::-1])

    swapped = {name: mirrored(answer) for name, answer in named.items()}
    assert conclude(gene=gene, **named) == conclude(gene=gene, **swapped)


@given(few, st.sampled_from([row.variant for row in WATCHED]))
def test_a_site_that_was_not_called_never_counts_as_reference(named, lost):
    """Without a site no chromosome is normal; what is told needs a variant on both of them."""
    without = conclude(**named | {lost: ABSENT})
    if without.values:
        seen = [a for a in (named | {lost: ABSENT}).values() if isinstance(a, Call)]
        assert not without.values["genotype"].startswith("HbA")
        assert sum(answer.dosage for answer in seen) >= 2


@given(few, st.sampled_from([Gene(), CLEAN]))
def test_every_verdict_has_a_category_or_a_reason(named, gene):
    verdict = conclude(gene=gene, **named)
    assert bool(verdict.values) != (verdict.trouble is not None)
    assert verdict.values.get("genotype", GENOTYPES[0]) in GENOTYPES
