"""Shell commands of the rules: a path with a blank or a quotation mark stays one argument."""

import re
from pathlib import Path

import pytest

RULES = sorted((Path(__file__).parents[2] / "rules").glob("*.smk"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_path_in_a_shell_command_is_quoted(path) -> None:
    text = path.read_text(encoding="utf-8")
    paths = re.findall(r"\{(?:(?:input|output|log)[.\w]*|params\.folder)(?::\w)?\}", text)
    assert [found for found in paths if not found.endswith(":q}")] == []
