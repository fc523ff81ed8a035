"""The counters of scopes: no line stands past its scope's counter, and no two at one number."""

from sqlalchemy import Connection, func, select

from core.contract.messages import REGISTRY_SCOPE
from core.findings import Findings
from hq.store.schema import feed_row, registry_unit, scope_counter

CHECK = "feed"


def prove_counters(connection: Connection, findings: Findings) -> None:
    """Compare every scope's lines with its counter."""
    counters = {found.scope: found for found in connection.execute(select(scope_counter))}
    lines = select(
        feed_row.c.scope,
        func.max(feed_row.c.seq).label("last"),
        func.count().label("lines"),
        func.count(feed_row.c.seq.distinct()).label("numbers"),
    ).group_by(feed_row.c.scope)
    for found in connection.execute(lines):
        counter = counters.get(found.scope)
        if counter is None or found.last > counter.seq:
            findings.wrong(
                CHECK, found.scope, f"has a line at {found.last}, its counter says {counter and counter.seq}"
            )
        if found.lines != found.numbers:
            findings.wrong(CHECK, found.scope, "has two lines at one number")
    for scope, counter in counters.items():
        if not 0 <= counter.horizon <= counter.seq:
            findings.wrong(CHECK, scope, f"has its horizon at {counter.horizon}, its counter says {counter.seq}")
    last = connection.execute(select(func.max(registry_unit.c.seq))).scalar_one() or 0
    known = counters.get(REGISTRY_SCOPE)
    stands = known.seq if known else 0
    if last > stands:
        findings.wrong(CHECK, REGISTRY_SCOPE, f"has a unit at {last}, its counter says {stands}")
