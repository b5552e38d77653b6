"""Alpha-globin: known changes by overlap, the site's table, and both together."""

import pytest

from drepano.errors import InputError
from drepano.genomics.callers.alpha_alleles import (
    GENES,
    GENOTYPES,
    genes_of,
    parse_genotype,
    read_alpha_table,
)
from drepano.genomics.callers.alpha_globin import (
    Found,
    alpha_globin,
    from_records,
    match,
)
from drepano.genomics.callers.intervals import Interval
from drepano.genomics.callers.loci import ALPHA, ALPHA_CHANGES, LOCI
from drepano.genomics.callers.structure import Change, Structure

BUILD = "GRCh38"
SPANS = {name: span for name, (_, span) in ALPHA_CHANGES[BUILD].items()}
LOCUS = LOCI[BUILD][ALPHA].copies
WHOLE = (Interval(1, 10_000_000), 2.0)
AROUND_37 = (
    (Interval(1, SPANS["-a3.7"].first - 1), 2.0),
    (Interval(SPANS["-a3.7"].last + 1, 10_000_000), 2.0),
)


def change(name, copies, *, kind="", shift=0):
    kind = kind or ALPHA_CHANGES[BUILD][name][0]
    span = SPANS[name]
    return Change(kind, Interval(span.first + shift, span.last + shift), copies)


def concluded(*changes, segments=()):
    return from_records(Structure((), tuple(segments), changes), BUILD)


def told(found):
    if found.pair is not None:
        return "/".join(found.pair)
    return None if found.trouble is None else found.trouble.reason


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_each_known_change_is_itself_alone(build):
    for name, (kind, span) in ALPHA_CHANGES[build].items():
        assert match(kind, span, build) == name
        other = {"-a3.7": "aaa", "aaa": "-a3.7"}.get(name)
        assert match("DUP" if kind == "DEL" else "DEL", span, build) == other


def test_overlap_is_reciprocal_and_has_a_limit():
    span = SPANS["-a3.7"]
    assert match("DEL", Interval(span.first + 400, span.last + 400), BUILD) == "-a3.7"
    assert match("DEL", Interval(span.first + 1000, span.last + 1000), BUILD) is None
    assert match("DEL", Interval(span.first - 2000, span.last + 2000), BUILD) is None
    assert match("DEL", Interval(span.first, span.first + 1000), BUILD) is None


@pytest.mark.parametrize(
    ("changes", "segments", "expected"),
    [
        ([], [], None),
        ([], [WHOLE], "aa/aa"),
        ([change("-a3.7", 2)], [], "-a3.7/-a3.7"),
        ([change("-a3.7", 1)], [], "second_allele_not_excluded"),
        ([change("-a3.7", 0)], [], "second_allele_not_excluded"),
        ([change("-a3.7", 1)], [(LOCUS, 2.0)], "-a3.7/aa"),
        ([], [*AROUND_37, (SPANS["-a3.7"], 1.0)], "-a3.7/aa"),
        ([], [*AROUND_37, (SPANS["-a3.7"], 0.0)], "-a3.7/-a3.7"),
        ([], [*AROUND_37, (SPANS["-a3.7"], 3.0)], "aa/aaa"),
        ([], [*AROUND_37, (SPANS["-a3.7"], 4.0)], "aaa/aaa"),
        ([change("-a3.7", 1)], [*AROUND_37, (SPANS["-a3.7"], 1.0)], "-a3.7/aa"),
        ([change("-a3.7", 2)], [*AROUND_37, (SPANS["-a3.7"], 1.0)], "calls_contradict"),
        ([change("-a3.7", 1), change("--SEA", 1)], [], "--SEA/-a3.7"),
        ([change("--MED", 1), change("-a4.2", 1)], [], "--MED/-a4.2"),
        ([change("-a3.7", 1), change("aaa", 1)], [], "-a3.7/aaa"),
        ([change("-a3.7", 2), change("--SEA", 1)], [], "calls_contradict"),
        ([change("-a3.7", None)], [], "missing_genotype"),
        ([change("-a3.7", 1, shift=1500)], [WHOLE], "structural_variant"),
        ([change("-a3.7", 0, shift=1500)], [WHOLE], "aa/aa"),
        ([], [(Interval(1, 10_000_000), 1.0)], "structural_variant"),
        ([], [AROUND_37[0]], None),
        ([Change("DEL", Interval(900_000, 950_000), 1)], [], None),
    ],
)
def test_records(changes, segments, expected):
    assert told(concluded(*changes, segments=segments)) == expected


def test_every_known_change_typed_is_as_good_as_copy_number():
    typed = [change(name, 0) for name in SPANS]
    assert told(concluded(*typed)) == "aa/aa"
    assert told(concluded(*typed[:-1])) == "second_allele_not_excluded"
    one = [change(name, int(name == "-a4.2")) for name in SPANS]
    assert told(concluded(*one)) == "-a4.2/aa"


@pytest.mark.parametrize(
    ("found", "stated", "expected"),
    [
        (Found(), None, "no_site_table"),
        (Found(), ("-a3.7", "aa"), "-a3.7/aa"),
        (concluded(segments=[WHOLE]), None, "aa/aa"),
        (concluded(segments=[WHOLE]), ("aa", "aa"), "aa/aa"),
        (concluded(segments=[WHOLE]), ("-a3.7", "aa"), "source_conflict"),
        (concluded(change("-a3.7", 1)), None, "second_allele_not_excluded"),
        (concluded(change("-a3.7", 1)), ("-a3.7", "aa"), "-a3.7/aa"),
        (concluded(change("-a3.7", 1)), ("--SEA", "-a3.7"), "--SEA/-a3.7"),
        (concluded(change("-a3.7", 1)), ("aa", "aa"), "source_conflict"),
        (concluded(change("-a3.7", 1, shift=1500)), ("aa", "aa"), "source_conflict"),
        (concluded(change("-a3.7", 1, shift=1500)), ("-a3.7", "aa"), "-a3.7/aa"),
    ],
)
def test_table_and_records(found, stated, expected):
    verdict = alpha_globin(found, stated)
    assert (verdict.trouble.reason if verdict.trouble else verdict.values["genotype"]) == expected


def test_genes_are_counted():
    assert genes_of(("--SEA", "--MED")) == 0
    assert genes_of(("-a3.7", "aa")) == 3
    assert genes_of(("aaa", "aaa")) == 6
    assert alpha_globin(Found(), ("aa", "aaa")).values["functional_genes"] == 5
    assert len(GENOTYPES) == len(GENES) * (len(GENES) + 1) // 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-a3.7/aa", ("-a3.7", "aa")),
        ("aa/-a3.7", ("-a3.7", "aa")),
        (" aa / aa ", ("aa", "aa")),
        ("-\N{GREEK SMALL LETTER ALPHA}3.7/\N{GREEK SMALL LETTER ALPHA}aa", ("-a3.7", "aaa")),
        ("--MED-I/aa", ("--MED", "aa")),
        ("aa", None),
        ("-a3.7/", None),
        ("-a3.8/aa", None),
        ("aa/aa/aa", None),
    ],
)
def test_genotypes_as_sites_write_them(text, expected):
    assert parse_genotype(text) == expected


def test_a_table_is_read_by_participant(tmp_path):
    path = tmp_path / "alpha.tsv"
    path.write_text("participant_id\tgenotype\nsub-1\t-a3.7/aa\n2\tn/a\n3\t\n4\taa/aa\n")
    assert read_alpha_table(path) == {"1": ("-a3.7", "aa"), "4": ("aa", "aa")}


def test_all_wrong_rows_are_named_and_none_of_what_they_say(tmp_path):
    path = tmp_path / "alpha.tsv"
    path.write_text(
        "participant_id\tgenotype\nP1\taa/aa\nP1\taa/aa\nP2\t-x/aa\n\taa/aa\nP3\taa/aa\textra\n"
    )
    with pytest.raises(InputError) as caught:
        read_alpha_table(path)
    places = sorted(fault.where.rpartition(" ")[2] for fault in caught.value.faults)
    assert places == ["3", "4", "5", "6"]
    assert "-x" not in str(caught.value)
    assert "P1" not in str(caught.value)


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "alpha.tsv"
    path.write_text("participant\tresult\n1\taa/aa\n")
    with pytest.raises(InputError, match="participant_id"):
        read_alpha_table(path)
