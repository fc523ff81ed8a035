"""The order is completed: refused while the claim's pre-flight has errors, so that HQ need not reject it."""

import msgspec

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order
from core.claiming import findings, preview
from core.claims import total_fen
from core.operations.complete_order import CompleteOrder
from core.preflight import Severity
from core.reference import tariff_in_force
from core.refusals import Refusal


class CompletionAsked(OrderAsked, frozen=True, kw_only=True):
    """The result in words."""

    result: str = ""


def run(asked: CompletionAsked, desk: Desk) -> Recorded:
    """Record the completion with the station's own figure of the claim."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        day = desk.today(rows)
        errors = [finding for finding in findings(order, rows, day) if finding.severity is Severity.ERROR]
        tariff = tariff_in_force(rows, day)
        done = msgspec.structs.replace(order, completed_at=desk.now())  # the bonus for speed counts until now
        figure = total_fen(preview(done, rows, day))
    if errors:
        found = [{"rule": finding.rule, "field": finding.field, "facts": finding.facts} for finding in errors]
        raise Refusal("preflight_failed", count=len(errors), rules=[one.rule for one in errors], findings=found)
    args = CompleteOrder(
        order_id=order.id,
        result=asked.result,
        preview_fen=max(figure, 0),
        tariff=tariff.version if tariff else None,
    )
    versions = {"tariff": tariff.version} if tariff else {}
    return desk.store.record("complete_order", args, desk.person_id, versions=versions)


ACTION = DeskAction("complete_order", CompletionAsked, run)
