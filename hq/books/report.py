"""All checks in one report, on one consistent state of the database."""

from pathlib import Path
from typing import Any

import msgspec

from core.findings import Findings
from core.roles import PlaceKind
from core.rows.people import Place
from hq.books.counters import prove_counters
from hq.books.feed import prove_feed
from hq.books.files import prove_files
from hq.books.knowledge import prove_editions, prove_proposals
from hq.books.operations import prove_operations
from hq.books.rescued import prove_rescued
from hq.books.trade import prove_branch
from hq.books.waiting import prove_waiting
from hq.store import Store
from rowstore.rows import SqlRows

_COUNTED = (
    "operations", "answers", "devices", "waiting", "rows", "feed_lines", "orders", "stock_moves", "below_zero",
    "old_parts", "boxes", "claims", "statements", "photos", "shipments", "part_requests",
    "editions",
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


def prove(store: Store, photos: Path | None = None, *, thorough: bool = False) -> Report:
    """Check everything; never raises for what is wrong with the data.

    ``photos`` is the folder of blobs, left out when it is None; ``thorough`` reads each photo to its end.
    """
    findings = Findings()
    with store.reading() as connection:
        prove_operations(connection, findings)
        prove_rescued(connection, findings)
        prove_waiting(connection, findings)
        prove_feed(connection, findings)
        prove_counters(connection, findings)
        if photos is not None:
            prove_files(connection, photos, findings, thorough=thorough)
        whole = SqlRows(connection, store.tables)
        prove_editions(whole, findings)
        for branch in whole.find(Place, kind=PlaceKind.BRANCH):
            rows = SqlRows(connection, store.tables, branch_id=branch.id)
            try:
                prove_branch(rows, findings)
                prove_proposals(rows, findings)
            except (msgspec.ValidationError, ValueError) as error:
                findings.wrong("rows", branch.code, f"can't be read: {error}")
    return Report(
        ok=findings.total == 0,
        counts={name: findings.counts[name] for name in _COUNTED},
        problems=tuple(problem._asdict() for problem in findings.problems),
        problem_count=findings.total,
    )
