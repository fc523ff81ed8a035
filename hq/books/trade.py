"""Orders, stock, claims and statements of one branch: no impossible state, and sums that add up."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from core.claims import total_fen
from core.findings import Findings
from core.parts_ledger import balances, below_zero
from core.rows.orders import WorkOrder
from core.rows.parts import AccountEntry, LocationKind, OldPart, OldPartState, PartLine, StockMove
from core.rows.settlement import Claim, Statement, StatementLine
from core.work_order import HOLDS, OPEN_AT_STATION, State
from hq.books.approvals import prove_approvals
from hq.books.boxes import prove_boxes
from hq.books.parts import prove_parts
from rowstore.rows import SqlRows

#: What an order's claim must be, by the order's state.
_CLAIM_OF = {
    State.VERIFIED: "verified",
    State.SETTLED: "settled",
    State.CLAIM_HELD: "held",
    State.CLAIM_REJECTED: "rejected",
}
_AT_STATION = OPEN_AT_STATION | {State.COMPLETED, State.OFFERED_STATION} | set(_CLAIM_OF)
_AT_BRANCH = frozenset({State.NEW, State.OFFERED_BRANCH, State.AT_BRANCH})
_COMPLETED = frozenset({State.COMPLETED}) | set(_CLAIM_OF)
_NOT_YET = OPEN_AT_STATION | {State.NEW, State.OFFERED_BRANCH, State.AT_BRANCH, State.OFFERED_STATION}


def prove_branch(rows: SqlRows, findings: Findings) -> None:
    """Check everything that one branch holds."""
    orders = {order.id: order for order in rows.find(WorkOrder)}
    claims = rows.find(Claim)
    _orders(orders.values(), {claim.order_id: claim for claim in claims}, findings)
    _stock(rows, findings)
    prove_boxes(rows, findings)
    prove_approvals(rows, findings)
    _claims(claims, orders, findings)
    _statements(rows, {claim.id: claim for claim in claims}, findings)


def _orders(orders: Iterable[WorkOrder], claims: dict[str, Claim], findings: Findings) -> None:
    for order in orders:
        findings.counts["orders"] += 1
        for problem in impossible(order, claims.get(order.id)):
            findings.wrong("orders", order.number, f"{order.state.value}: {problem}")


def impossible(order: WorkOrder, claim: Claim | None) -> list[str]:
    """Why an order cannot be in the state it is in; empty when it can."""
    state = order.state
    rules = (
        ((state in HOLDS) != (order.held_from is not None), "a hold must know where it returns to, and only a hold"),
        (state in _AT_STATION and order.station_id is None, "no station"),
        (state in _AT_BRANCH and order.station_id is not None, "at a station"),
        (state in OPEN_AT_STATION and order.accepted_at is None, "never accepted"),
        (state in _COMPLETED and order.completed_at is None, "never completed"),
        (state in _NOT_YET and order.completed_at is not None, "completed already"),
        (state in _NOT_YET and claim is not None and claim.state != "withdrawn", "claimed before its end"),
        (state in _CLAIM_OF and (claim.state if claim else None) != _CLAIM_OF.get(state), "its claim says otherwise"),
    )
    return [what for wrong, what in rules if wrong]


def _stock(rows: SqlRows, findings: Findings) -> None:
    """Every part line and every receipt has its move, every move its line; balances below zero are counted."""
    moves = rows.find(StockMove)
    findings.counts["stock_moves"] += len(moves)
    findings.counts["below_zero"] += len(below_zero(balances(moves)))
    fitted: Counter[tuple[str, str]] = Counter()
    received: Counter[tuple[str | None, str]] = Counter()
    for move in moves:
        if move.quantity < 1 or move.from_location == move.to_location:
            findings.wrong("stock", move.id, "is no move")
        if move.to_location.startswith(f"{LocationKind.UNIT}:") and move.reason == "use_part":
            fitted[move.to_location.partition(":")[2], move.part_id] += move.quantity
        elif move.reason == "receive_old_part":
            received[move.order_id, move.part_id] += move.quantity
    for line in rows.find(PartLine):
        fitted[line.unit_id, line.part_id] -= line.quantity
    _old_parts(rows, received, findings)
    _uneven(fitted, "part lines and stock moves differ", findings)
    _uneven(received, "received old parts and stock moves differ", findings)
    prove_parts(rows, moves, findings)


def _old_parts(rows: SqlRows, received: Counter[tuple[str | None, str]], findings: Findings) -> None:
    credited = Counter(entry.old_part_id for entry in rows.find(AccountEntry, kind="write_off"))
    for old in rows.find(OldPart):
        findings.counts["old_parts"] += 1
        if old.received_at is not None:
            received[old.order_id, old.part_id] -= 1
        if credited[old.id] != (old.state is OldPartState.WRITTEN_OFF):
            findings.wrong("parts_account", old.tag, "written off and credited must go together, once")


def _uneven(sums: Counter[tuple[str, str]] | Counter[tuple[str | None, str]], what: str, findings: Findings) -> None:
    for (where, part), difference in sums.items():
        if difference:
            findings.wrong("stock", f"{where}/{part}", f"{what} by {difference}")


def _claims(claims: Iterable[Claim], orders: dict[str, WorkOrder], findings: Findings) -> None:
    for claim in claims:
        findings.counts["claims"] += 1
        if claim.order_id not in orders:
            findings.wrong("claims", claim.order_number, "has no order")
        if total_fen(claim.lines) != claim.total_fen:
            findings.wrong("claims", claim.order_number, "the lines do not add up to the total")


def _statements(rows: SqlRows, claims: dict[str, Claim], findings: Findings) -> None:
    lines: defaultdict[str, list[StatementLine]] = defaultdict(list)
    for line in rows.find(StatementLine):
        lines[line.statement_id].append(line)
    paid_by: defaultdict[str, set[str]] = defaultdict(set)
    for statement in rows.find(Statement):
        findings.counts["statements"] += 1
        own = lines.pop(statement.id, [])
        if (sum(line.amount_fen for line in own), len(own)) != (statement.total_fen, statement.lines):
            findings.wrong("statements", statement.id, "the lines do not add up to the total")
        for line in own:
            if line.claim_id:
                paid_by[line.claim_id].add(statement.id)
    for statement_id in lines:
        findings.wrong("statements", statement_id, "lines without a statement")
    for claim in claims.values():
        if len(paid_by[claim.id]) != (claim.state == "settled" and bool(claim.lines)):
            findings.wrong("statements", claim.order_number, "a settled claim stands in one statement, another in none")
