"""docs/states.md lists every state and reason, as declared."""

import pytest

from drepano.contracts.states import REASONS, STATES
from drepano.matrix import page


def test_the_page_is_up_to_date(root):
    text = (root / "docs" / "states.md").read_text(encoding="utf-8")
    assert text == page.updated(text), "run: python -m drepano.matrix.page docs/states.md"


@pytest.mark.parametrize("name", [*STATES, *filter(None, REASONS)])
def test_the_page_lists(root, name):
    lines = (root / "docs" / "states.md").read_text(encoding="utf-8").splitlines()
    assert f"| `{name}` | {(STATES | REASONS)[name]} |" in lines
