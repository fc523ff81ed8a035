"""The repair itself: goodwill where it is needed, codes, the signed quotation, the part, the end of the work."""

import msgspec

from core.claiming import maker_pays, part_payer, preview, work_of
from core.claims import QuoteFacts, QuotePart, quote, total_fen, total_to_pay
from core.fault_codes import Coding
from core.ids import derive
from core.judging import local_day
from core.measurements import Measurement
from core.operations.ask_approval import subject_hash
from core.operations.operation import Operation
from core.reference import fault_catalogue, measurements_in_force, price_list_in_force
from core.rows.jobs import Phase
from core.rows.orders import ApprovalKind, ApprovalLevel, ApprovalRequest, FeeLine
from core.rows.parts import OldPart, OldPartState
from core.rows.reference import ModelPart, Part
from core.warranty import Outcome
from core.work_order import State
from hq.approvals.service import answer
from hq.claims.service import on_ended
from hq.sample import signatures
from hq.sample.player import coding_for
from hq.sample.way import Way

#: Who decides what is above the branches.
_HEADQUARTERS = "审批组"


def ask(
    way: Way,
    kind: ApprovalKind = ApprovalKind.GOODWILL,
    rule: str = "goodwill.days_over",
    reason: str = "超出保修期，老用户，申请特批",
) -> None:
    """Ask for goodwill by the verdict's days over, or for what else the branch has to grant."""
    over, amount_fen = 0, way.cast.model.price_fen
    if kind is ApprovalKind.GOODWILL:
        verdict = work_of(way.player.order(way.order_id), way.player.rows).verdict
        over = verdict.days_over if verdict and verdict.days_over else 0
        amount_fen = way.dice.between(80, 460) * 100
    way.act("ask_approval", 10, kind=kind, rule=rule, days_over=over, amount_fen=amount_fen, reason=reason)


def grant(way: Way, kind: ApprovalKind = ApprovalKind.GOODWILL) -> None:
    """Grant the order's request of that kind, at headquarters or at the branch, as its level says."""
    rows = way.player.rows
    request = rows.find(ApprovalRequest, order_id=way.order_id, kind=kind)[0]
    if request.level is ApprovalLevel.HEADQUARTERS:
        answer(rows, request, approved=True, reason="", by=_HEADQUARTERS, at=way.later(240))
        return
    seen = subject_hash(rows, way.order_id, request.kind, request.days_over, request.amount_fen)
    way.act("decide_approval", 35, by=way.cast.crew.manager, request_id=request.id, approved=True, subject_hash=seen)


def mend(way: Way) -> None:
    """Code the fault, have the quotation signed, change the part; some who are out of warranty get goodwill first."""
    rows = way.player.rows
    part = _part(way)
    verdict = work_of(way.player.order(way.order_id), rows).verdict
    out = verdict is not None and verdict.outcome in (Outcome.OUT_OF_WARRANTY, Outcome.MAIN_PARTS_ONLY)
    if out and way.dice.chance(22):
        ask(way)
        grant(way)
    mend_with(way, part)


def mend_with(way: Way, part: Part | None) -> None:
    """Code the fault, have the quotation signed, change this part (None: mended without one)."""
    coding = code(way, part)
    _measure(way, Phase.BEFORE)
    sign(way, part, coding)
    if part is not None:
        _use(way, part)
    _measure(way, Phase.AFTER)


def _part(way: Way) -> Part | None:
    """A part of the model, the dearer less often; one in five repairs needs none."""
    if way.dice.chance(20):
        return None
    rows = way.player.rows
    fitting = [rows.get(Part, fits.part_id) for fits in rows.find(ModelPart, model_id=way.cast.model.id)]
    two = [part for part in (way.dice.pick(fitting), way.dice.pick(fitting)) if part is not None]
    return min(two, key=lambda part: part.price_fen)


def code(way: Way, part: Part | None) -> Coding:
    """Code a fault that this part mends."""
    catalogue = fault_catalogue(way.player.rows)
    assert catalogue is not None
    part_class = part.part_class if part else None
    coding = coding_for(catalogue, way.cast.model.product_class, part_class, way.dice)
    codes = {name: getattr(coding, name) for name in ("condition", "symptom", "section", "defect", "repair")}
    way.act("code_fault", 18, unit_id=way.unit_id, **codes)
    return coding


def _measure(way: Way, phase: Phase) -> None:
    """Take what the product class asks for; what was wrong before is right afterwards."""
    day = local_day(way.player.rows, way.cast.crew.station.id, way.at)
    asked = measurements_in_force(way.player.rows, way.cast.model.product_class, day)
    for number, one in enumerate(asked.measurements if asked else ()):
        wrong = phase is Phase.BEFORE and (way.cast.planned.rank + number) % 3 == 0
        if phase in one.phases:
            value = _figure(one, way.cast.planned.rank % 7, wrong=wrong)
            tool = f"M-{way.cast.planned.rank % 4 + 1:02d}"
            way.act("record_measurement", 1, unit_id=way.unit_id, code=one.code, phase=phase, value=value, tool=tool)


def _figure(one: Measurement, step: int, *, wrong: bool) -> int:
    """A figure inside the bounds, or well outside; ``step`` (0 to 6) makes them differ."""
    if one.low is not None and one.high is not None:
        span = one.high - one.low
        return one.low - span // 10 * (1 + step % 3) if wrong else one.low + span * (step + 1) // 8
    bound = one.low if one.low is not None else one.high or 0
    size, up = max(abs(bound), 1000) * (step + 1) // 16, one.low is not None
    return bound - size if wrong is up else bound + size


def sign(way: Way, part: Part | None, coding: Coding, if_goodwill_fen: int | None = None) -> None:
    """Have the quotation signed; ``if_goodwill_fen`` is what stays to pay when the open request is granted."""
    rows, order = way.player.rows, way.player.order(way.order_id)
    day = local_day(rows, order.station_id, way.at)
    prices, catalogue, work = price_list_in_force(rows, day), fault_catalogue(rows), work_of(order, rows)
    assert prices is not None
    assert catalogue is not None
    repair = catalogue.find("repair", coding.repair)
    part_free = part is not None and part_payer(work, part) == "maker"
    facts = QuoteFacts(
        product_class=order.product_class,
        service_type=order.service_type.value,
        level=repair.level if repair else "",
        distance_m=order.distance_m,
        covered=maker_pays(work) or part_free,
        reason="goodwill" if "goodwill" in work.approvals else "in_warranty",
        parts=(QuotePart(part_id=part.id, price_fen=part.price_fen, covered=part_free),) if part else (),
    )
    lines = quote(facts, prices)
    fees = tuple(
        FeeLine(kind=x.kind, text="", part_id=x.part_id, quantity=x.quantity, amount_fen=x.amount_fen, reason=x.reason)
        for x in lines
    )
    way.act(
        "sign_quotation",
        4,
        lines=fees,
        total_fen=total_to_pay(lines),
        if_goodwill_fen=if_goodwill_fen,
        price_list=prices.version,
        signed_by=order.customer_name,
        signature_sha256=signatures.sha256_of(way.cast.planned.rank),
    )


def _use(way: Way, part: Part) -> None:
    rows, order = way.player.rows, way.player.order(way.order_id)
    payer = part_payer(work_of(order, rows), part)
    serial = f"{part.id.replace('-', '')}{way.cast.planned.rank:06d}" if part.serialised else None
    operation = way.act("use_part", 10, unit_id=way.unit_id, part_id=part.id, new_serial=serial, payer=payer)
    old = rows.get(OldPart, derive(operation.id, "old_part"))
    if old is not None and old.state is OldPartState.TO_TAG and way.target is not State.REPAIRED:
        old_serial = f"{part.id.replace('-', '')}{way.dice.below(900_000):06d}" if part.serialised else None
        way.act("tag_old_part", 6, old_part_id=old.id, serial=old_serial, no_serial=not part.serialised)


def complete(way: Way) -> None:
    """Complete the order with the station's own figure, and let the claims desk make the claim."""
    operation = way.act("complete_order", 12, result="故障排除，试机正常")
    on_ended(way.player.rows, with_preview(way, operation))


def with_preview(way: Way, operation: Operation) -> Operation:
    """The operation that has ended the order, with the station's own figure of the claim in its arguments."""
    rows, order = way.player.rows, way.player.order(way.order_id)
    figure = total_fen(preview(order, rows, local_day(rows, order.station_id, operation.made_at)))
    args = msgspec.json.decode(operation.args) | {"preview_fen": figure}
    return msgspec.structs.replace(operation, args=msgspec.Raw(msgspec.json.encode(args)))
