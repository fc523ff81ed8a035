"""Visits, units in the shop, certificates and the other ends, at the desk of a real station."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.actions import act
from app.actions.desk import Desk
from core.refusals import Refusal
from core.rows import Row
from core.rows.jobs import Certificate, Contact, Custody, Loaner, OrderEnd
from core.rows.orders import Attachment, OrderUnit, Visit, WorkOrder
from core.work_order import State
from tests.integration.cli import kit
from tests.integration.cli.kit import At

STORY = kit.trade().story
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"drawn").decode()


@pytest.fixture
def desk(at: At) -> Desk:
    """The technician's desk; the order is in repair."""
    return at.desk()


def done(desk: Desk, action: str, **asked: Any) -> Any:
    """An action on the order in repair."""
    return act(action, {"order_id": kit.NUMBER} | asked, desk)


def refused(desk: Desk, action: str, **asked: Any) -> str:
    """The code with which it is refused."""
    with pytest.raises(Refusal) as caught:
        done(desk, action, **asked)
    return caught.value.code


def found(desk: Desk, kind: type[Row]) -> list[Any]:
    """Rows of the order."""
    with desk.store.reading() as rows:
        return list(rows.find(kind, order_id=kit.ORDER))


def order(desk: Desk) -> WorkOrder:
    """The order as it stands."""
    with desk.store.reading() as rows:
        one = rows.get(WorkOrder, kit.ORDER)
    assert one is not None
    return one


def picture(tmp_path: Any) -> str:
    """A photo's path."""
    path = tmp_path / "photo.png"
    path.write_bytes(base64.b64decode(PNG))
    return str(path)


CERTIFICATE = {
    "purpose": "exchange", "fault": "背光不亮", "measured": [{"name": "12 V", "value": "0.2 V"}],
    "signed_by": "陈静", "signature_png": PNG,
}  # fmt: skip


def test_a_visit_in_vain_is_kept_with_its_photo(desk: Desk, tmp_path: Any) -> None:
    done(desk, "note_contact", reached=True, note="约好了")
    assert order(desk).contacted_at is not None and len(found(desk, Contact)) == 1
    begin = datetime(2030, 1, 1, 2, tzinfo=UTC)
    done(desk, "book_visit", begins_at=begin, ends_at=begin + timedelta(hours=2))
    done(desk, "miss_visit", missed_by="customer", reason="无人", photo=picture(tmp_path))
    missed = next(visit for visit in found(desk, Visit) if visit.state == "missed")
    assert missed.evidence_sha256 in {one.sha256 for one in found(desk, Attachment)}
    assert order(desk).state is State.ACCEPTED


def test_a_unit_goes_to_the_shop_and_back_with_a_loaner_meanwhile(desk: Desk, tmp_path: Any) -> None:
    done(
        desk,
        "take_to_shop",
        condition="屏幕无划痕",
        accessories="遥控器",
        photos=[picture(tmp_path)],
        signature_png=PNG,
    )
    assert order(desk).state is State.IN_SHOP
    assert {one.kind for one in found(desk, Attachment)} == {"photo", "signature"}
    done(desk, "lend_loaner", model="LED32", serial="LOAN0001", condition="完好")
    (loaner,) = found(desk, Loaner)
    done(desk, "take_back_loaner", loaner_id=loaner.id, condition="完好")
    done(desk, "give_back")
    (stay,) = found(desk, Custody)
    assert stay.to_name == stay.from_name == order(desk).customer_name
    assert refused(desk, "receive_unit", condition="x", kind="mailed_in") == "tracking_missing"
    done(desk, "receive_unit", condition="外箱完好", carrier="顺丰", tracking="SF1029384756", kind="mailed_in")


def test_a_certificate_gets_the_next_number_of_this_device(desk: Desk, tmp_path: Any) -> None:
    assert refused(desk, "issue_certificate", **CERTIFICATE) == "unit_not_identified"
    done(desk, "identify_unit", serial=STORY.serial)
    done(desk, "wait_for_inspection")
    assert refused(desk, "issue_certificate", **(CERTIFICATE | {"signature_png": None})) == "signature_missing"
    for _ in range(2):
        done(desk, "issue_certificate", **CERTIFICATE, photos=[picture(tmp_path)])
    numbers = sorted(one.number for one in found(desk, Certificate))
    assert [number[-5:] for number in numbers] == ["-0001", "-0002"]
    assert numbers[0][:-4] == numbers[1][:-4]
    done(desk, "resume_work")
    assert refused(desk, "exchange_unit", new_serial="1234567890") == "serial_placeholder"
    assert refused(desk, "exchange_unit", new_serial="K35U5525A1599999") == "exchange_not_approved"
    assert refused(desk, "propose_refund", rule="remedy.early_refund", price_fen=100) == "remedy_not_open"


def test_a_refused_quotation_costs_the_customer_visit_and_diagnosis(desk: Desk) -> None:
    done(desk, "return_unrepaired", reason="quotation_refused", note="太贵")
    (end,) = found(desk, OrderEnd)
    assert (end.payer, end.reason) == ("customer", "quotation_refused")
    assert end.customer_fen > 0
    assert (order(desk).state, order(desk).result) == (State.RETURNED_UNREPAIRED, "太贵")
    assert refused(desk, "reopen_order", reason="x") == "role_not_allowed"


def test_units_are_added_and_get_their_cards(desk: Desk) -> None:
    done(desk, "add_unit", half="outdoor", pair=1)
    first, second = sorted(found(desk, OrderUnit), key=lambda one: one.position)
    done(desk, "record_installation", place="客厅", half="indoor", pair=1)
    done(desk, "record_installation", unit_id=second.id, place="阳台", half="outdoor", pair=1)
    cards = {one.id: (one.half, one.installation_place) for one in found(desk, OrderUnit)}
    assert cards == {first.id: ("indoor", "客厅"), second.id: ("outdoor", "阳台")}
    assert all(one.installation_date for one in found(desk, OrderUnit))
