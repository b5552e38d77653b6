"""Panel files: what ships, and what a wrong row says."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from drepano.catalogue.panel import (
    CHROMOSOMES,
    COLUMNS,
    PanelVariant,
    load_panel,
    load_panels,
    package_panels,
    require_build,
)
from drepano.errors import ConfigError

ROW = {
    "variant": "hbb_rs334",
    "rsid": "rs334",
    "gene": "HBB",
    "chrom": "11",
    "grch37_pos": "5248232",
    "grch38_pos": "5227002",
    "ref": "T",
    "alt": "A",
    "category": "hb_variant",
    "effect": "HbS",
    "source": "here",
    "status": "verified",
}


def write_panel(path: Path, *changes: dict[str, str], header: tuple[str, ...] = COLUMNS) -> str:
    rows = [ROW | change for change in changes]
    lines = ["\t".join(header), *("\t".join(row.get(n, "") for n in header) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def scd() -> dict[str, PanelVariant]:
    return {v.variant: v for v in load_panel("scd")}


def test_the_package_ships_the_scd_panel(scd):
    assert package_panels() == ["scd"]
    assert len(scd) == 78
    assert len({(v.chrom, v.grch38_pos, v.ref, v.alt) for v in scd.values()}) == 78


def test_one_base_three_names(scd):
    sickle, makassar = scd["hbb_rs334"], scd["hbb_rs334_g"]
    assert (sickle.ref, sickle.alt, makassar.ref, makassar.alt) == ("T", "A", "T", "G")
    assert sickle.position("GRCh38") == makassar.position("GRCh38") == 5227002
    assert sickle.position("GRCh37") == 5248232
    assert {scd["hbb_rs33946267"].alt, scd["hbb_rs33946267_t"].alt} == {"G", "T"}


def test_multi_allelic_sites_are_one_row_per_alt(scd):
    repeats = {v.alt for v in scd.values() if v.rsid == "rs3064744"}
    assert repeats == {"C", "CATAT", "CATATAT"}
    assert {v.alt for v in scd.values() if v.rsid == "rs137852328"} == {"A", "T"}


def test_every_row_says_where_it_comes_from_and_no_unverified_one_ships(scd):
    refused = ("unverified", "not found", "do not ship", "conflict")
    for variant in scd.values():
        assert variant.source
        assert variant.status
        assert not [word for word in refused if word in variant.status.lower()]
        assert variant.category != "alpha_cnv"


def test_sources_are_references_and_no_working_notes(scd):
    """They stand in every dictionary: a reader must be able to follow them."""
    notes = re.compile(r"\d{10,}|\brepos? |\bdump\b|\bvia\b|WRONG")
    assert {v.variant: v.source for v in scd.values() if notes.search(v.source)} == {}
    coded = [v for v in scd.values() if "placed on the gene HBB" in v.source]
    assert len(coded) > 30
    for variant in coded:
        assert re.match(r"c\.[^\s;,]+", variant.effect)[0] in variant.source


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_rows_that_overlap_agree_on_the_reference(scd, build):
    bases = defaultdict(set)
    for variant in scd.values():
        for offset, base in enumerate(variant.ref):
            bases[variant.chrom, variant.position(build) + offset].add(base)
    assert all(len(found) == 1 for found in bases.values())
    assert len(bases) > 78


def test_builds_differ_by_one_offset_per_chromosome_arm(scd):
    """A position typed wrong on one build would stand out of its neighbours."""
    shifts = defaultdict(set)
    for variant in scd.values():
        shifts[variant.chrom, variant.gene[:3]].add(variant.grch37_pos - variant.grch38_pos)
    assert all(len(shift) == 1 for shift in shifts.values())
    assert shifts["11", "HBB"] == {21230}


def test_agrees_with_the_table_it_was_made_from(scd, shared_data):
    """Each row stands in the domain table, with the same place, alleles and status."""
    lines = (shared_data.parent / "domain" / "panel.tsv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    known = [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:]]
    made = {
        (r["rsid"], r["chrom"], r["grch37_pos"], r["grch38_pos"], r["ref"], alt, r["verified"])
        for r in known
        for alt in r["alt"].split(",")
    }
    for v in scd.values():
        place = (v.rsid, v.chrom, str(v.grch37_pos), str(v.grch38_pos), v.ref, v.alt, v.status)
        assert place in made


def test_a_panel_file_by_its_path(tmp_path):
    path = write_panel(tmp_path / "own.tsv", {})
    assert [v.variant for v in load_panel(path)] == ["hbb_rs334"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variant": "HBB__rs334"}, r"column variant: found 'HBB__rs334'"),
        ({"chrom": "chr11"}, r"column chrom: found 'chr11'; expected 1 to 22 or X, without chr"),
        ({"grch37_pos": "5.2e6"}, r"column grch37_pos: found '5\.2e6'; expected a position"),
        ({"grch38_pos": "0"}, r"column grch38_pos: found '0'"),
        ({"ref": "t"}, r"column ref: found 't'; expected bases"),
        ({"alt": "<DEL>"}, r"column alt: found '<DEL>'; expected bases"),
        ({"alt": "A,G"}, r"column alt: found 'A,G'; .* one row per ALT"),
        ({"alt": "T"}, r"column alt: found the same bases as ref"),
    ],
)
def test_a_wrong_cell_names_its_row(tmp_path, change, message):
    path = write_panel(tmp_path / "own.tsv", change)
    with pytest.raises(ConfigError, match=rf"own\.tsv:2, {message}"):
        load_panel(path)


def test_all_wrong_rows_are_named_at_once(tmp_path):
    path = write_panel(tmp_path / "own.tsv", {"chrom": "99"}, {}, {"ref": "", "alt": "N"})
    with pytest.raises(ConfigError) as caught:
        load_panel(path)
    places = [fault.where.removeprefix(path) for fault in caught.value.faults]
    assert places == [":2, column chrom", ":4, column ref", ":4, column alt"]


def test_a_position_may_be_unknown_on_one_build(tmp_path):
    path = write_panel(
        tmp_path / "own.tsv", {"grch37_pos": ""}, {"variant": "old", "grch38_pos": "", "alt": "C"}
    )
    new, old = load_panel(path)
    assert (new.positions, old.positions) == ({"GRCh38": 5227002}, {"GRCh37": 5248232})
    assert new.position("GRCh38") == 5227002
    with pytest.raises(ConfigError, match=r"found no position on GRCh37.*column grch37_pos"):
        new.position("GRCh37")
    with pytest.raises(ConfigError, match="variant old: found no position on GRCh38"):
        require_build([new, old], "GRCh38")


def test_a_variant_without_any_position_is_refused(tmp_path):
    path = write_panel(tmp_path / "own.tsv", {"grch37_pos": "", "grch38_pos": ""})
    with pytest.raises(ConfigError, match="columns grch37_pos and grch38_pos: found no position"):
        load_panel(path)


def test_an_allele_twice_on_one_build_is_refused(tmp_path):
    path = write_panel(tmp_path / "own.tsv", {}, {"variant": "other", "grch37_pos": ""})
    with pytest.raises(ConfigError, match="the alleles of other, which stand in"):
        load_panel(path)


def test_an_id_or_an_allele_twice_is_refused(tmp_path):
    path = write_panel(tmp_path / "own.tsv", {}, {"alt": "G"}, {"variant": "other"})
    with pytest.raises(ConfigError, match="the id hbb_rs334, which stands in") as caught:
        load_panel(path)
    assert len(caught.value.faults) == 2
    assert "the alleles of other" in caught.value.faults[1].found


def test_columns_are_checked_by_name(tmp_path):
    header = (*(n for n in COLUMNS if n != "alt"), "altt")
    path = write_panel(tmp_path / "own.tsv", {}, header=header)
    with pytest.raises(ConfigError, match=r"no column alt(?s:.*)'altt'.*Did you mean alt\?"):
        load_panel(path)
    twice = write_panel(tmp_path / "twice.tsv", {}, header=(*COLUMNS, "alt"))
    with pytest.raises(ConfigError, match="column alt twice"):
        load_panel(twice)


def test_a_short_row_is_named(tmp_path):
    path = Path(write_panel(tmp_path / "own.tsv", {}))
    path.write_text(path.read_text() + "hbb_x\trs1\n")
    with pytest.raises(ConfigError, match=r"own\.tsv:3: found 2 fields; expected 12 fields"):
        load_panel(str(path))


def test_a_file_without_rows_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="found no row"):
        load_panel(write_panel(tmp_path / "own.tsv"))
    empty = tmp_path / "empty.tsv"
    empty.touch()
    with pytest.raises(ConfigError, match="no column variant"):
        load_panel(str(empty))


def test_an_unknown_panel_names_the_nearest():
    with pytest.raises(ConfigError, match=r"scdd: found no such panel.*Did you mean scd\?"):
        load_panel("scdd")
    with pytest.raises(ConfigError, match="Panels of the package: scd"):
        load_panel("thalassaemia_xyz")


def test_text_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_bytes(b"\xff\xfe\x00variant")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_panel(str(path))


def test_panels_of_a_study_are_read_at_once(tmp_path):
    path = write_panel(tmp_path / "own.tsv", {}, {"variant": "own", "alt": "C"})
    merged = load_panels(("scd", path))
    assert [v.variant for v in merged[-2:]] == ["mthfr_rs1801133", "own"]
    assert len(merged) == 79
    clash = write_panel(tmp_path / "clash.tsv", {"alt": "C"})
    with pytest.raises(ConfigError) as caught:
        load_panels(("scdd", "scd", clash))
    assert [f.found.split(",")[0] for f in caught.value.faults] == [
        "no such panel",
        "the id hbb_rs334",
    ]


def test_chromosomes_are_the_ones_that_a_panel_may_name():
    assert len(CHROMOSOMES) == 23
