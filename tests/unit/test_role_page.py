"""The page that says who may do what is the one the actions give."""

from core.operations import ACTIONS
from tools.role_matrix import PAGE, page


def test_the_page_is_what_the_actions_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: python -m tools.role_matrix"


def test_a_role_more_is_a_mark_more():
    marks = page().count("●")
    assert marks == sum(len(set(action.roles)) for action in ACTIONS.values())
    assert all(f"`{name}`" in page() for name in ACTIONS)
