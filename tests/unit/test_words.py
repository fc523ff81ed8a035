"""Every code that a person may see has a word."""

from core.operations import ACTIONS
from core.roles import Role
from core.warranty import Outcome
from core.words import WORDS, word
from core.work_order import State


def test_states_roles_outcomes_and_actions_have_words() -> None:
    for family, codes in (("state", State), ("role", Role), ("outcome", Outcome)):
        assert {code.value for code in codes} <= set(WORDS[family])
    assert set(ACTIONS) <= set(WORDS["action"])


def test_a_code_without_a_word_is_shown_as_it_is() -> None:
    assert word("state", "accepted") == "Accepted"
    assert word("state", "no_such_state") == "no_such_state"
