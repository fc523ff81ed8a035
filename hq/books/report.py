"""All checks in one report, on one consistent state of the database."""

from typing import Any

import msgspec

from core.findings import Findings
from core.roles import PlaceKind
from core.rows.people import Place
from hq.books.feed import prove_feed
from hq.books.operations import prove_operations
from hq.books.trade import prove_branch
from hq.store import Store
from rowstore.rows import SqlRows

_COUNTED = (
    "operations", "answers", "devices", "rows", "feed_lines", "orders", "stock_moves", "below_zero", "old_parts",
    "claims", "statements",
)  # fmt: skip


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the books are right, how much there is, and the first hundred problems."""

    ok: bool
    counts: dict[str, int]
    problems: tuple[dict[str, str], ...]
    problem_count: int

    def facts(self) -> dict[str, Any]:
        """The report as one flat object."""
        return {
            "ok": self.ok,
            **self.counts,
            "problem_count": self.problem_count,
            "problems": list(self.problems),
        }


def prove(store: Store) -> Report:
    """Check everything; never raises for what is wrong with the data."""
    findings = Findings()
    with store.reading() as connection:
        prove_operations(connection, findings)
        prove_feed(connection, findings)
        for branch in SqlRows(connection, store.tables).find(Place, kind=PlaceKind.BRANCH):
            try:
                prove_branch(SqlRows(connection, store.tables, branch_id=branch.id), findings)
            except (msgspec.ValidationError, ValueError) as error:
                findings.wrong("rows", branch.code, f"can't be read: {error}")
    return Report(
        ok=findings.total == 0,
        counts={name: findings.counts[name] for name in _COUNTED},
        problems=tuple(problem._asdict() for problem in findings.problems),
        problem_count=findings.total,
    )
