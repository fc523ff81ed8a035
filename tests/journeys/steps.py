"""Brings the journey's order to a step by actions, so that pictures and journeys begin where they need to."""

import base64
from datetime import timedelta

import msgspec

from app.actions import act
from app.actions.desk import Desk
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES
from core.fault_codes import FIELDS
from core.ids import derive
from core.measurements import Asked, Measurement, MeasurementList
from core.reference import fault_catalogue
from core.roles import Role
from core.rows.orders import ApprovalQuestion, ApprovalRequest, OrderUnit, WorkOrder
from core.rows.reference import DocumentKind, Part, ReferenceDocument
from core.work_order import State
from rowstore.rows import SqlRows, insert_rows
from tests.journeys.places import AS_OF, NOW, ORDER, ROOT, person_named, trade
from tests.journeys.world import World

ORDERED = ("offered", "accepted", "identified", "judged", "signing", "repaired", "completed")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def desk_of(world: World, role: Role = Role.TECHNICIAN) -> Desk:
    """The desk of a person at the place."""
    return Desk(world.store, world.blobs, world.person(role).id, world.place.id, world.clock)


def codes_for(world: World, part_id: str) -> dict[str, str]:
    """Codes that go together for exchanging the part."""
    with world.store.reading() as rows:
        catalogue, part = fault_catalogue(rows), rows.get(Part, part_id)
        order = rows.get(WorkOrder, ORDER)
        assert catalogue is not None
        assert part is not None
        assert order is not None
        from hq.sample.dice import Dice
        from hq.sample.player import coding_for

        coding = coding_for(catalogue, order.product_class, part.part_class, Dice("journey", 1))
    return {field: getattr(coding, field) for field in FIELDS}


def bring_to(world: World, step: str) -> None:
    """Do what is missing up to the step."""
    desk = desk_of(world)
    for name in ORDERED[: ORDERED.index(step) + 1]:
        _DO[name](world, desk)


def _accepted(world: World, desk: Desk) -> None:
    if world.order().state is State.OFFERED_STATION:
        act("accept_order", {"order_id": ORDER}, desk)
        begin = NOW + timedelta(hours=1)
        act("book_visit", {"order_id": ORDER, "begins_at": begin, "ends_at": begin + timedelta(hours=2)}, desk)
        act("start_work", {"order_id": ORDER}, desk)


def _unit(world: World) -> OrderUnit:
    with world.store.reading() as rows:
        return rows.find(OrderUnit, order_id=ORDER)[0]


def _identified(world: World, desk: Desk) -> None:
    if _unit(world).serial is None:
        story = trade().story
        codes = [{"text": story.serial, "format": "Code128"}]
        act("identify_unit", {"order_id": ORDER, "source": "wedge", "codes": codes, "model": story.model}, desk)
        act("record_documents", {"order_id": ORDER, "invoice": story.invoice_qr}, desk)


def _judged(world: World, desk: Desk) -> None:
    if _unit(world).verdict_id is None:
        act("judge_warranty", {"order_id": ORDER}, desk)


def _coded(world: World, desk: Desk) -> None:
    if _unit(world).repair is None:
        act("code_fault", {"order_id": ORDER, **codes_for(world, trade().story.part_id)}, desk)


def _repaired(world: World, desk: Desk) -> None:
    from core.rows.orders import Quotation
    from core.rows.parts import PartLine

    story = trade().story
    with world.store.reading() as rows:
        signed, fitted = rows.find(Quotation, order_id=ORDER), rows.find(PartLine, order_id=ORDER)
    if not signed:
        picture = base64.b64encode(PNG).decode()
        given = {"signed_by": "陈静", "signature_png": picture, "parts": [story.part_id]}
        act("sign_quotation", {"order_id": ORDER, **given}, desk)
    if not fitted:
        act("use_part", {"order_id": ORDER, "part_id": story.part_id, "new_serial": "N1234567"}, desk)


def _completed(world: World, desk: Desk) -> None:
    if world.order().state is not State.COMPLETED:
        from core.rows.parts import OldPart, OldPartState

        with world.store.reading() as rows:
            to_tag = rows.find(OldPart, order_id=ORDER, state=OldPartState.TO_TAG)
        for old in to_tag:
            act("tag_old_part", {"order_id": ORDER, "old_part_id": old.id, "serial": "O7654321"}, desk)
        picture = base64.b64encode(PNG).decode()
        for _number in range(2):
            act("add_attachment", {"order_id": ORDER, "picture": picture}, desk)
        act("complete_order", {"order_id": ORDER, "result": "更换后正常"}, desk)


_DO = {
    "offered": lambda world, desk: None,
    "accepted": _accepted,
    "identified": _identified,
    "judged": _judged,
    "signing": _coded,
    "repaired": _repaired,
    "completed": _completed,
}


MEASURED = MeasurementList(
    product_class="tv_lcd",
    version="1",
    in_force_from=AS_OF,
    measurements=(
        Measurement(code="PWR", zh="待机功耗", en="Standby power", symbol="W", high=1000),
        Measurement(code="V12", zh="12V供电", en="12 V rail", symbol="V", low=11_400, high=12_600),
        Measurement(code="INS", zh="绝缘电阻", en="Insulation resistance", symbol="MΩ", low=2_000, asked=Asked.AFTER),
    ),
)


def publish_measurements(world: World) -> None:
    """What is measured on televisions has come down."""
    document = ReferenceDocument(
        id=derive(ROOT, "measurements"),
        version=1,
        kind=DocumentKind.MEASUREMENTS,
        name="tv_lcd",
        revision="1",
        in_force_from=AS_OF,
        body=msgspec.Raw(msgspec.json.encode(MEASURED)),
    )
    with writing(world.store.engine) as connection:
        insert_rows(connection, ROW_TABLES, [document])


def ask_and_send_back(world: World, question: str) -> ApprovalRequest:
    """Goodwill is asked, and the branch's question about it has come down; the request as it was asked."""
    act("ask_approval", {"order_id": ORDER, "reason": "老用户"}, desk_of(world))
    with world.store.reading() as rows:
        (request,) = rows.find(ApprovalRequest, order_id=ORDER)
    asked = ApprovalQuestion(
        id=derive(request.id, "question"),
        version=1,
        branch_id=request.branch_id,
        station_id=request.station_id,
        request_id=request.id,
        order_id=ORDER,
        question=question,
        subject_hash=request.subject_hash,
        asked_by=person_named("wangfang").id,
        asked_at=NOW,
    )
    with writing(world.store.engine) as connection:
        local = SqlRows(connection, ROW_TABLES)
        local.put(asked)
        local.put(msgspec.structs.replace(request, question_id=asked.id, answer_by=None))
    return request
