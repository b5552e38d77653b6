"""The pages on burden and sample quality show what drepano takes and declares."""

import re

import yaml

from drepano.genomics.interpretation.registry import interpreters_of
from drepano.genomics.sample_quality.sites import PSEUDOAUTOSOMAL
from drepano.settings import Genomics, Study


def study_of(page):
    """Return the study that a page shows."""
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    return Study.model_validate({"study": "s", "version": "1.0.0"} | yaml.safe_load(block))


def test_masks_of_the_page_are_such_as_drepano_takes(root):
    study = study_of((root / "docs/burden.md").read_text(encoding="utf-8"))
    names = [c.name for part in interpreters_of(study.genomics) for c in part.columns()]
    assert names[:3] == [
        "burden__klf1_rare_lof__alleles",
        "burden__klf1_rare_lof__called",
        "burden__klf1_rare_lof__frequency_unknown",
    ]
    assert study.genomics.burdens["zbtb7a_rare"].intervals("GRCh37") == {}


def test_every_column_of_sample_quality_is_on_the_page(root, tmp_path):
    page = (root / "docs/sample_quality.md").read_text(encoding="utf-8")
    study = study_of(page)
    markers = tmp_path / "markers.tsv"
    markers.write_text("chrom\tgrch37_pos\tgrch38_pos\tref\talt\n1\t1\t1\tA\tC\n")
    own = study.genomics.sample_quality.model_copy(update={"markers": markers})
    parts = interpreters_of(Genomics(sample_quality=own))
    declared = {c.name.removeprefix("sample__") for part in parts for c in part.columns()}
    table = page.split("## Columns")[1].split("Fewer than")[0]
    shown = {
        n for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for n in row.split(", ")
    }
    assert {n.strip("`") for n in shown} - {"sample__…"} >= declared
    limited = {n.removeprefix("sample__") for n in study.gates.quality}
    assert limited <= declared


def test_the_page_gives_the_intervals_of_par(root):
    page = (root / "docs/sample_quality.md").read_text(encoding="utf-8")
    for intervals in PSEUDOAUTOSOMAL.values():
        for first, last in intervals:
            assert f"{first:,}-{last:,}" in page
