"""The pages for people: what they link to, name and tell to type is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drepano.cli import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\bdrepano ([a-z-]+(?: \| [a-z-]+)*)(.*)")
OUR_FOLDERS = "workflow|rules|config|docs|profiles|tests|radiomics|benchmarks"
OUR_PATH = re.compile(rf"`((?:{OUR_FOLDERS})/[\w./-]*)`")

NOT_OURS = {
    "config/pseudonym.key": "written by `drepano init` at the site",
    "radiomics/__init__.py": "must not exist: it would hide pyradiomics",
}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in headings}


def code_of(text: str) -> Iterator[str]:
    """Yield the lines that a reader could type: fenced, indented, or between back-ticks."""
    for block in FENCE.findall(text):
        yield from block.splitlines()
    rest = FENCE.sub("", text)
    yield from re.findall(r"^    .+$", rest, re.MULTILINE)
    yield from re.findall(r"`([^`]+)`", rest)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name):
    page = ROOT / name
    broken = []
    for link in LINK.findall(FENCE.sub("", text_of(name))):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_readme():
    seen: set[Path] = set()
    todo = [ROOT / "README.md", ROOT / "CHANGELOG.md"]
    while todo:
        page = todo.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            todo += sorted(target.glob("*.md")) if target.is_dir() else [target]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in seen] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_exists(name):
    for line in code_of(text_of(name)):
        for named, rest in COMMAND.findall(line.split("#")[0]):
            for command in named.split(" | "):
                assert command in cli.commands, f"{name}: drepano {command}"
                options = {o for p in cli.commands[command].params for o in p.opts}
                if cli.commands[command].context_settings.get("ignore_unknown_options"):
                    continue  # the rest goes to Snakemake
                unknown = set(re.findall(r"(?<!\S)--[a-z-]+", rest)) - options
                assert unknown == set(), f"{name}: drepano {command}"


def test_every_target_of_make_exists():
    known = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = {
        target
        for name in NAMES
        for line in code_of(text_of(name))
        for target in re.findall(r"\bmake ([a-z]+)", line)
    }
    assert {"demo", "test"} <= named <= known


@pytest.mark.parametrize("name", NAMES)
def test_every_path_of_the_repository_exists(name):
    named = set(OUR_PATH.findall(text_of(name))) - NOT_OURS.keys()
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    assert not (ROOT / "radiomics/__init__.py").exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_import_in_an_example_works(name):
    for block in FENCE.findall(text_of(name)):
        if block.startswith("```python"):
            lines = block.splitlines()[1:-1]
            compile("\n".join(lines), name, "exec")
            for line in lines:
                if line.startswith(("from ", "import ")):
                    exec(line, {})


def test_every_file_of_a_release_and_every_reason_has_its_page():
    told = text_of("docs/release.md")
    for name in ("matrix.parquet", "matrix.csv.gz", "dictionary.json", "states.parquet"):
        assert f"`{name}`" in told
        assert f"`{name}`" in text_of("README.md")
    for name in (
        "architecture",
        "settings",
        "states",
        "regions",
        "panels",
        "clinical",
        "synthetic",
    ):
        assert f"docs/{name}.md" in NAMES
