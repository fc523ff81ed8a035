"""What waits for a person: shown to its place as long as it waits, and holding back no longer than that."""

from sqlalchemy import Connection, select

from core.contract.messages import Outcome
from core.findings import Findings
from core.rows.sync import ParkedOperation
from hq.store import Store
from hq.store.schema import blocked, inbox

_WAITING = (Outcome.PARKED.value, Outcome.QUARANTINED.value)
CHECK = "waiting"


def prove_waiting(connection: Connection, findings: Findings) -> None:
    """Compare what the inbox says waits with what places are shown and with what holds others back."""
    shown = Store.tables[ParkedOperation].c
    open_rows = set(connection.execute(select(shown.id).where(shown.state == "open")).scalars())
    waiting = set(
        connection.execute(
            select(inbox.c.op_id).where(inbox.c.outcome.in_(_WAITING), inbox.c.op_id.is_not(None))
        ).scalars()
    )
    findings.counts["waiting"] = len(waiting)
    for op_id in sorted(waiting - open_rows):
        findings.wrong(CHECK, op_id, "waits, and nobody is shown it")
    for op_id in sorted(open_rows - waiting):
        findings.wrong(CHECK, op_id, "is shown as waiting, and does not wait")
    for op_id in sorted(set(connection.execute(select(blocked.c.op_id).distinct()).scalars()) - waiting):
        findings.wrong(CHECK, op_id, "holds others back, and does not wait")
