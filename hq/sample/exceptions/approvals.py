"""Requests of every kind and level: granted, refused, asked back, gone up unanswered, edited since, a deputy's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core.approval_rules import next_due
from core.approvals import hash_now
from core.claiming import work_of
from core.reference import approval_rules, parts_policy_in_force
from core.roles import Role
from core.rows.orders import ApprovalKind, ApprovalLevel, ApprovalRequest
from core.rows.people import Deputy, Person
from hq.approvals.service import answer, raise_up
from hq.sample.exceptions.cases import Case, Cases, NoSuchUnit, Wanted, derived, is_sold
from hq.sample.mending import code, sign
from hq.sample.photos import photo

_RULES = {
    ApprovalKind.GOODWILL: "goodwill.days_over",
    ApprovalKind.OVER_LIMIT: "claim.over_limit",
    ApprovalKind.OUTSIDE_AREA: "visit.outside_area",
    ApprovalKind.CANCELLED_VISIT: "visit.cancelled",
    ApprovalKind.SECOND_REPAIR: "repair.second",
    ApprovalKind.LOCAL_PURCHASE: "part.local_purchase",
}
_HEADQUARTERS = "审批组"


def _ask(case: Case, kind: ApprovalKind, fen: int, reason: str, **more: Any) -> ApprovalRequest:
    made = case.act("ask_approval", 12, kind=kind, rule=_RULES[kind], amount_fen=fen, reason=reason, **more)
    found = case.player.rows.get(ApprovalRequest, derived(made, "request"))
    assert found is not None
    return found


def _goodwill(case: Case, fen: int, reason: str) -> ApprovalRequest:
    """Ask for goodwill by the days that the verdict says."""
    verdict = work_of(case.order, case.player.rows).verdict
    over = verdict.days_over if verdict and verdict.days_over else 0
    return _ask(case, ApprovalKind.GOODWILL, fen, f"超保 {over} 天，{reason}", days_over=over)


def _over(cases: Cases, least: int, most: int) -> Wanted:
    """Units whose year ended so many days ago."""
    first, last = (cases.as_of - timedelta(days=365 + days) for days in (most, least))
    classes = ("tv_lcd", "refrigerator", "washing_machine", "phone", "computer")  # others have more than a year
    return Wanted(
        lambda unit: is_sold(unit) and unit.sold is not None and first <= unit.sold <= last, classes, made=most + 480
    )


def _answer(case: Case, request: ApprovalRequest, by: Person, *, approved: bool, reason: str = "") -> None:
    seen = hash_now(case.player.rows, request)
    told: dict[str, Any] = {"request_id": request.id, "approved": approved, "reason": reason, "subject_hash": seen}
    case.act("decide_approval", 50, by=by, **told)


def at_the_station(cases: Cases) -> None:
    """What the station's lead decides: small sums, granted and refused."""
    for kind, fen, reason, refused in (
        (ApprovalKind.OVER_LIMIT, 15_000, "主板加屏线同时更换，超出单台费用上限", ""),
        (ApprovalKind.OUTSIDE_AREA, 8_000, "用户住在邻区交界，多十二公里", "邻区网点更近，请分公司改派"),
        (ApprovalKind.CANCELLED_VISIT, 3_000, "用户临时取消，工程师已出发", ""),
    ):
        case = cases.open(5).judged()
        request = _ask(case, kind, fen, reason)
        _answer(case, request, case.cast.crew.lead, approved=not refused, reason=refused)


def second_repair(cases: Cases) -> None:
    """A second repair that the branch is to pay for; it has not answered yet."""
    _ask(cases.open(2).judged(), ApprovalKind.SECOND_REPAIR, 12_000, "第二次维修为不同部位，申请另行结算")


def bought_near_by(cases: Cases) -> None:
    """A cheap part is out of stock; the lead lets it be bought in a shop near by, with a photo of the receipt."""
    policy = parts_policy_in_force(cases.rows, cases.as_of)
    station = cases.station(0)
    local = policy.local_classes if policy else ()
    case = cases.open(6, station, Wanted(classes=("washing_machine",))).judged()
    part = next((one for one in cases.parts_of(case.cast.unit.model) if one.part_class in local), None)
    if part is None:
        raise NoSuchUnit("no such part")
    price = part.transfer_fen * 8 // 10
    request = _ask(case, ApprovalKind.LOCAL_PURCHASE, price, f"{part.name_zh}缺货三天，五金店有同规格")
    _answer(case, request, case.cast.crew.lead, approved=True)
    bought: dict[str, Any] = {"part_id": part.id, "price_fen": price, "vendor": "南山电器配件商行"}
    receipt = photo("receipt")
    paper: dict[str, Any] = {
        "photo_sha256": receipt.sha256,
        "photo_bytes": receipt.bytes,
        "media_type": receipt.media_type,
    }
    case.act("buy_locally", 60, **bought, **paper)
    case.finished(part)


def asked_back(cases: Cases) -> None:
    """The branch wants to know more: one question is open, another was answered, and the request granted then."""
    asked = cases.open(3).judged()
    _question(
        asked, _ask(asked, ApprovalKind.OVER_LIMIT, 250_000, "面板加背光同时更换"), "请附面板裂纹照片，并写明采购价"
    )
    case = cases.open(7).judged()
    request = _ask(case, ApprovalKind.OVER_LIMIT, 180_000, "压缩机更换，含回收冷媒")
    _question(case, request, "人工费按哪一档计？请拆开写")
    told: dict[str, Any] = {"answer": "人工二档 300 元，冷媒 200 元，其余为压缩机", "amount_fen": 165_000}
    case.act("answer_question", 90, request_id=request.id, photo_sha256=case.show("goodwill"), **told)
    again = cases.rows.get(ApprovalRequest, request.id)
    assert again is not None
    _answer(case, again, case.cast.crew.manager, approved=True)


def _question(case: Case, request: ApprovalRequest, question: str) -> None:
    seen = hash_now(case.player.rows, request)
    case.act("ask_back", 45, by=case.cast.crew.manager, request_id=request.id, question=question, subject_hash=seen)


def gone_up(cases: Cases) -> None:
    """Nobody at the branch answers in time: the request is headquarters' now. Another one headquarters refuses."""
    case = cases.open(6, wanted=_over(cases, 12, 24)).judged()
    request = _goodwill(case, 60_000, "用户多次投诉")
    sign(case, None, code(case, None), if_goodwill_fen=0)
    at = case.later(60 * 49)
    due = next_due(approval_rules(cases.rows), request, at)
    assert due is not None
    raise_up(cases.rows, request, due, at)
    case = cases.open(8, wanted=_over(cases, 150, 210)).judged()
    request = _goodwill(case, 260_000, "用户要求免费换主板")
    assert request.level is ApprovalLevel.HEADQUARTERS
    said: dict[str, Any] = {"approved": False, "reason": "超保时间过长，按收费维修处理"}
    answer(cases.rows, request, by=_HEADQUARTERS, at=case.later(60 * 20), **said)


def refused_by_branch(cases: Cases) -> None:
    """The branch says no; the customer thinks about paying."""
    case = cases.open(4, wanted=_over(cases, 12, 24)).judged()
    request = _goodwill(case, 90_000, "老用户")
    _answer(case, request, case.cast.crew.manager, approved=False, reason="机内有进液痕迹，不符合特批条件")
    case.act("wait_for_customer", 10, reason="用户考虑是否自费维修")


def edited_since(cases: Cases) -> None:
    """What was asked is no longer what stands: another invoice was shown, and the unit judged anew."""
    case = cases.open(2, wanted=_over(cases, 12, 24)).judged()
    _goodwill(case, 45_000, "老用户")
    sold = case.cast.unit.sold
    assert sold is not None
    day = sold + timedelta(days=2)
    case.act("record_documents", 30, unit_id=case.unit_id, invoice_number="24998200000000000023", invoice_date=day)
    case.judge()


def deputies(cases: Cases) -> None:
    """The branch's manager is away, and the second manager decides in their stead; an earlier absence ended early."""
    station = cases.station(0)
    manager, second = cases.staff.at(station.branch_id, Role.BRANCH_MANAGER)[:2]
    named: dict[str, Any] = {"deputy_id": second.id}
    days = cases.as_of - timedelta(days=40), cases.as_of - timedelta(days=30)
    made = cases.player.act("name_deputy", manager, cases.at(41), first_day=days[0], last_day=days[1], **named)
    ended = cases.rows.get(Deputy, derived(made, "deputy"))
    assert ended is not None
    cases.player.act("end_deputy", manager, cases.at(35), deputyship_id=ended.id)
    days = cases.as_of - timedelta(days=3), cases.as_of + timedelta(days=9)
    cases.player.act("name_deputy", manager, cases.at(4), first_day=days[0], last_day=days[1], **named)
    case = cases.open(3, station).judged()
    _answer(case, _ask(case, ApprovalKind.OVER_LIMIT, 140_000, "压缩机更换"), second, approved=True)


CASES: tuple[Callable[[Cases], None], ...] = (
    at_the_station,
    second_repair,
    bought_near_by,
    asked_back,
    gone_up,
    refused_by_branch,
    edited_since,
    deputies,
)
