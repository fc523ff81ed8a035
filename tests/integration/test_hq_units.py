"""Single units at HQ: what places are told of them, the question by a serial number, corrections of the registry."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from core.contract import codec
from core.contract.messages import REGISTRY_SCOPE, UnitAnswer
from core.judging import judge_unit
from core.refusals import Refusal
from core.rows.orders import OrderUnit, Quotation, UnitVerdict
from core.rows.parts import PartLine
from core.rows.sync import Task
from core.rows.units import CorrectionState, UnitCorrection, UnitRecord
from core.warranty import WHOLE_UNIT, Contract, Outcome, UnitStatus
from core.work_order import State
from hq.api.trust import DESK
from hq.feed import load_registry, work
from hq.feed.registry import units_of
from hq.identity import issue_api_key
from hq.store.schema import service_contract
from hq.warranty.corrections import decide, proposed
from hq.warranty.history import repairs_everywhere
from tests.integration.hq_world import headquarters
from tests.unit import world as w

ELSEWHERE = w.an_id("order elsewhere")


def elsewhere() -> list[Any]:
    """A finished repair of the unit at a station of another branch: a new panel, sixteen days."""
    place = {"branch_id": w.OTHER_BRANCH, "station_id": w.an_id("far station")}
    order = w.an_order(
        id=ELSEWHERE, number="GZ-260401-0003", state=State.SETTLED, customer_name="王先生", **place,
        started_at=w.NOW - timedelta(days=200), completed_at=w.NOW - timedelta(days=185),
    )  # fmt: skip
    unit = w.identified(symptom="D01")
    return [
        order,
        msgspec.structs.replace(unit, id=w.an_id("unit elsewhere"), order_id=ELSEWHERE, **place),
        PartLine(
            id=w.an_id("line elsewhere"), order_id=ELSEWHERE, unit_id=w.an_id("unit elsewhere"), part_id=w.PANEL,
            added_by=w.TECHNICIAN, added_at=order.completed_at, **place,
        ),
        Quotation(
            id=w.an_id("quotation elsewhere"), order_id=ELSEWHERE, lines=(), total_fen=0, price_list="p",
            signed_by="王先生", signature_sha256=None, signed_at=order.started_at, **place,
        ),
    ]  # fmt: skip


@pytest.fixture
def hq(hq_store, tmp_path):
    """Both databases, with the small world and a repair of its unit at another branch."""
    with headquarters(hq_store, tmp_path / "data", *elsewhere(), unit_questions_per_hour=5) as found:
        yield found


def identify(device, **more: Any) -> Any:
    args = {"order_id": w.ORDER, "unit_id": w.UNIT, "model": w.MODEL, "serial": w.SERIAL, "source": "wedge"}
    return device.one(device.do("identify_unit", args | more))


def judged_without_hq(hq) -> Any:
    """The verdict of a station that was told nothing."""
    rows = w.a_world(w.identified(invoice_fen=None))
    (unit,) = rows.find(OrderUnit, order_id=w.ORDER)
    return judge_unit(w.an_order(), unit, rows, w.TODAY)


def test_a_place_is_told_of_repairs_elsewhere_when_it_identifies_the_unit(hq):
    device = hq.device()
    assert identify(device).outcome == "applied"
    (record,) = [line for (kind, _), line in device.everything().items() if kind == "unit_record"]
    told = msgspec.json.decode(record.row, type=UnitRecord)
    (repair,) = told.repairs
    assert (repair.number, repair.parts, repair.fault, repair.paid) == ("GZ-260401-0003", ("panel",), "D01", False)
    assert (repair.to_day - repair.from_day).days == 15
    assert "王先生" not in bytes(record.row).decode(), "nothing of the other customer"


def test_hq_judges_with_what_it_told_and_a_station_without_it_gets_a_task(hq):
    device = hq.device()
    identify(device)
    papers = {"order_id": w.ORDER, "unit_id": w.UNIT, "invoice_date": "2025-11-09"}
    device.one(device.do("record_documents", papers))
    own = judged_without_hq(hq)
    assert own.outcome is Outcome.MAIN_PARTS_ONLY
    args = {"order_id": w.ORDER, "unit_id": w.UNIT, "day": w.TODAY.isoformat(), "verdict": msgspec.to_builtins(own)}
    device.one(device.do("judge_warranty", args))
    (stored,) = hq.rows(UnitVerdict)
    assert (stored.outcome, stored.hq_outcome) == ("main_parts_only", "in_warranty"), "sixteen days were added"
    assert [task.kind for task in hq.rows(Task)] == ["verdict_differs"]


def test_a_place_is_told_once_and_again_only_when_there_is_more(hq):
    device = hq.device()
    identify(device)
    (first,) = hq.rows(UnitRecord)
    identify(device)
    assert hq.rows(UnitRecord) == [first]
    with work(hq.store) as doing:
        values = {"id": "C1", "serial": w.SERIAL, "name": "延保", "parts": []}
        days = {"from_day": date(2026, 11, 10), "to_day": date(2028, 11, 9)}
        doing.connection.execute(service_contract.insert().values(**values, **days))
    identify(device)
    (second,) = hq.rows(UnitRecord)
    assert second.version > first.version
    assert [one.name for one in second.contracts] == ["延保"]


def test_a_device_asks_for_a_unit_by_its_number_and_gets_no_customer(hq):
    device = hq.device()
    answer = device.get(f"/v1/units/{w.SERIAL}")
    found = codec.decode(answer.content, UnitAnswer)
    assert [unit.model for unit in found.units] == [w.MODEL]
    assert [repair.station for repair in found.repairs] == [""], "the far station is no place of this small world"
    assert "王先生" not in answer.text and "customer" not in answer.text
    unknown = codec.decode(device.get("/v1/units/K35U5525A9999999").content, UnitAnswer)
    assert (unknown.units, unknown.repairs, unknown.contracts) == ((), (), ())
    assert hq.client.get(f"/v1/units/{w.SERIAL}").status_code == 401


def test_a_device_can_not_list_the_registry_by_asking(hq):
    device = hq.device()
    codes = [device.get(f"/v1/units/K35U5525A{number:07d}").status_code for number in range(8)]
    assert codes[:5] == [200] * 5
    assert set(codes[6:]) == {429}


def propose(device, field: str, new: str, old: str = "", **more: Any) -> Any:
    args = {"model": w.MODEL, "serial": w.SERIAL, "field": field, "old": old, "new": new, "reason": "发票为准"}
    return device.one(device.do("propose_correction", args | more))


def registered(hq) -> Any:
    with hq.store.reading() as connection:
        return units_of(connection, w.SERIAL)


def key_of(hq) -> dict[str, str]:
    with hq.store.writing() as connection:
        return {"X-API-Key": issue_api_key(connection, "desk", [DESK], w.NOW)}


def test_a_correction_is_decided_at_hq_and_goes_out_with_the_next_delta(hq):
    device, key = hq.device(), key_of(hq)
    _, end = device.pull(REGISTRY_SCOPE)
    assert propose(device, "sold", "2025-11-19", old="2025-11-09").outcome == "applied"
    (listed,) = hq.client.get("/v1/corrections", headers=key).json()["corrections"]
    assert (listed["place"], listed["field"], listed["now"], listed["state"]) == ("SZ01", "sold", "2025-11-09", "open")
    assert registered(hq)[0].sold == date(2025, 11, 9), "nothing changes before the decision"
    answer = hq.client.post(f"/v1/corrections/{listed['id']}/accept", json={}, headers=key)
    assert answer.json()["state"] == "accepted"
    assert registered(hq)[0].sold == date(2025, 11, 19)
    lines, _ = device.pull(REGISTRY_SCOPE, end.cursor if end else 0)
    assert len(lines) == 1
    (seen,) = [line for (kind, _), line in device.everything().items() if kind == "unit_correction"]
    assert msgspec.json.decode(seen.row, type=UnitCorrection).state is CorrectionState.ACCEPTED
    again = hq.client.post(f"/v1/corrections/{listed['id']}/accept", json={}, headers=key)
    assert again.json()["code"] == "correction_decided"


def test_a_refusal_needs_its_reason_and_leaves_the_registry(hq):
    propose(hq.device(), "dealer", "苏宁易购")
    (one,) = proposed(hq.store)
    with pytest.raises(Refusal, match="reason_missing"):
        decide(hq.store, one.id, accepted=False, answer=" ", by="HQ", now=w.NOW)
    decide(hq.store, one.id, accepted=False, answer="无凭据", by="HQ", now=w.NOW)
    assert registered(hq)[0].dealer == ""
    assert proposed(hq.store) == []
    assert [found.answer for found in proposed(hq.store, undecided=False)] == ["无凭据"]
    with pytest.raises(Refusal, match="correction_unknown"):
        decide(hq.store, w.an_id("none"), accepted=True, answer="", by="HQ", now=w.NOW)


def test_a_registry_that_went_on_meanwhile_is_not_overwritten(hq):
    propose(hq.device(), "sold", "2025-11-19", old="2025-11-09")
    with work(hq.store) as doing:
        load_registry(doing, [w.registered(sold=date(2025, 12, 1))])
    (one,) = proposed(hq.store)
    with pytest.raises(Refusal, match="correction_outdated"):
        decide(hq.store, one.id, accepted=True, answer="", by="HQ", now=w.NOW)
    assert registered(hq)[0].sold == date(2025, 12, 1)


def test_another_model_is_another_entry(hq):
    other = msgspec.structs.replace(next(iter(hq.rows(_model(), id=w.MODEL))), id="LED65K50U", version=0)
    with work(hq.store) as doing:
        doing.reference().put(other)
    propose(hq.device(), "model", "LED65K50U", old=w.MODEL)
    (one,) = proposed(hq.store)
    decide(hq.store, one.id, accepted=True, answer="", by="HQ", now=w.NOW)
    assert [unit.model for unit in registered(hq)] == ["LED65K50U"]


def _model() -> type[Any]:
    from core.rows.reference import Model

    return Model


def test_an_installation_card_proposes_its_day_by_itself_and_once(hq):
    device = hq.device()
    identify(device)
    papers = {"order_id": w.ORDER, "unit_id": w.UNIT, "installation_date": "2025-11-12"}
    for _ in range(2):
        device.one(device.do("record_documents", papers))
    (one,) = proposed(hq.store)
    assert (one.field, one.old, one.new, one.reason) == ("installed", "", "2025-11-12", "installation_card")
    decide(hq.store, one.id, accepted=True, answer="", by="HQ", now=w.NOW)
    (unit,) = registered(hq)
    assert (unit.installed, unit.status) == (date(2025, 11, 12), UnitStatus.SOLD)
    identify(device)
    assert proposed(hq.store) == [], "the registry knows it now"


def test_an_impossible_proposal_is_stored_with_a_task_and_can_not_be_accepted(hq):
    propose(hq.device(), "sold", "2024-01-01", old="2025-11-09")
    (one,) = proposed(hq.store)
    with pytest.raises(Refusal, match="correction_contradicts"):
        decide(hq.store, one.id, accepted=True, answer="", by="HQ", now=w.NOW)
    propose(hq.device(), "sold", "2025-11-09", old="2025-11-09")
    assert [task.facts["code"] for task in hq.rows(Task)] == ["correction_changes_nothing"]


def test_contracts_cover_the_unit_at_intake(hq):
    with hq.store.writing() as connection:
        values = {"id": "C1", "serial": w.SERIAL, "name": "延保", "parts": []}
        days = {"from_day": date(2020, 1, 1), "to_day": date(2099, 12, 31)}
        connection.execute(service_contract.insert().values(**values, **days))
    with hq.store.reading() as connection:
        assert [repair.order_id for repair in repairs_everywhere(connection, w.SERIAL)] == [ELSEWHERE]
    device = hq.device()
    identify(device)
    with work(hq.store) as doing:
        rows = doing.view(w.BRANCH)
        (unit,) = rows.find(OrderUnit, order_id=w.ORDER)
        verdict = judge_unit(w.an_order(), unit, rows, w.TODAY)
    assert verdict.cover_of(WHOLE_UNIT).to_day == date(2099, 12, 31)  # type: ignore[union-attr]
    assert hq.rows(UnitRecord)[0].contracts == (
        Contract(id="C1", name="延保", from_day=date(2020, 1, 1), to_day=date(2099, 12, 31)),
    )
