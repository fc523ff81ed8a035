"""``python -m tools.role_matrix``: writes docs/roles.md, who may do what, from the actions themselves."""

import argparse
import sys
from pathlib import Path

from core.operations import ACTIONS
from core.operations.kernel import Nature
from core.roles import Role
from core.words import word
from resources import catalogue

PAGE = Path(__file__).resolve().parents[1] / "docs" / "roles.md"
#: People who act at a desk with the station's program; HQ's own people act through the API and `fixpoint-hq`.
DESKS = (Role.TECHNICIAN, Role.STATION_LEAD, Role.BRANCH_MANAGER, Role.WAREHOUSE_CLERK)
_AT_HQ = {
    Nature.FACT: "stored; a task when it does not fit",
    Nature.DECISION: "may be refused",
    Nature.MONEY: "may be refused",
}
_HEAD = """# Who may do what

Written by `python -m tools.role_matrix` from the actions in `core/operations`; a test compares the two. The station
refuses an action outside a person's roles at once, headquarters judges the same table again
(`tests/integration/test_role_matrix.py`: each role, each action, over the real API). A person acts only at the place
they belong to, and only on rows which that place sees.

Dispatchers, call-back agents, settlement auditors, parts planners and administrators work at headquarters, through
the API and `fixpoint-hq`; no action of a desk is theirs unless the table says so.
"""


def page() -> str:
    """The page's text."""
    roles = (*DESKS, *(role for role in Role if role not in DESKS and any(role in a.roles for a in ACTIONS.values())))
    zh = catalogue("zh_CN").gettext
    head = ["action", "中文", *(word("role", role) for role in roles), "headquarters"]
    lines = [_HEAD, "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for name, action in sorted(ACTIONS.items()):
        allowed = ("●" if role in action.roles else "" for role in roles)
        cells = [f"`{name}`", zh(word("action", name)), *allowed, _AT_HQ[action.nature]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(words: list[str] | None = None) -> int:
    """Write the page."""
    argparse.ArgumentParser(prog="python -m tools.role_matrix", description=__doc__).parse_args(words)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
