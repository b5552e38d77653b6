"""Settings that the pages show are such as drepano takes."""

import re
import textwrap

import yaml

from drepano.catalogue.panel import COLUMNS, load_panel
from drepano.clinical import check_concepts
from drepano.settings import Site, Study

BLOCK = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.MULTILINE)


def examples(text: str, first: str) -> list[dict]:
    """Return the indented blocks of a page that begin with a key, as YAML."""
    blocks = (textwrap.dedent(block) for block in BLOCK.findall(text))
    return [yaml.safe_load(block) for block in blocks if block.strip().startswith(f"{first}:")]


def test_the_mapping_of_clinical_columns_is_one_that_check_takes(root):
    (values,) = examples((root / "docs/clinical.md").read_text(encoding="utf-8"), "clinical")
    site = Site.model_validate({"site": "s", "study": "x", "key_file": "k"} | values)
    concepts = list(site.clinical[0].columns)
    study = Study.model_validate(
        {"study": "s", "version": "1.0.0", "clinical": {"columns": concepts}}
    )
    check_concepts(study.clinical, site.clinical)
    assert concepts == ["hb", "hbf_pct", "sex", "genotype", "on_hydroxyurea"]


def test_panels_page_counts_the_panel_and_names_its_columns(root):
    page = (root / "docs/panels.md").read_text(encoding="utf-8")
    assert f"{len(load_panel('scd'))} alleles" in page
    table = page.split("## The panel")[0]
    assert set(re.findall(r"`([a-z0-9_]+)`", table)) >= set(COLUMNS)
    left_out = re.search(r"^Left out:$.*?^## ", page, re.MULTILINE | re.DOTALL)[0]
    shipped = {variant.rsid for variant in load_panel("scd")}
    assert set(re.findall(r"rs\d+", left_out)).isdisjoint(shipped)
