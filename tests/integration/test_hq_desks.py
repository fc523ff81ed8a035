"""HQ's desks over HTTP and on both databases: intake, call-backs, settlement, export, and the proof of the books."""

import csv
import hashlib
import io
import json
import shutil

import msgspec
import openpyxl
import pytest
from sqlalchemy import delete, update

from core.claiming import claim_facts
from core.reference import tariffs
from core.rows.orders import OrderUnit, TimelineEntry, WorkOrder
from core.rows.parts import StockMove
from core.rows.settlement import Claim, Statement, StatementLine
from core.settlement import OwnClaim, StatementFigure, recompute
from core.work_order import State
from hq.backups import dump, restore
from hq.books import prove
from hq.erp import export
from hq.erp.tables import as_csv, as_xlsx, safe
from hq.feed import work
from hq.settlement.desk import DocumentLine, StatementDocument, settle
from hq.store import Store
from tests.integration.hq_sample import DAY, NOW, desk, fill
from tests.integration.templates import hq_store

MONTH = f"{DAY:%Y-%m}"


@pytest.fixture
def hq(hq_store, tmp_path):
    """Both databases: for what is sent to them; rules that know no database are tested on one."""
    fill(hq_store)
    with desk(hq_store, tmp_path / "data") as found:
        yield found


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A database file with the sample, to copy."""
    path = tmp_path_factory.mktemp("filled") / "hq.db"
    store = hq_store(path)
    fill(store)
    store.close()
    return path


@pytest.fixture
def on_sqlite(filled, tmp_path):
    shutil.copy(filled, tmp_path / "hq.db")
    store = Store.open(f"sqlite:///{tmp_path / 'hq.db'}")
    with desk(store, tmp_path / "data") as found:
        yield found
    store.close()


# --- intake


def test_a_report_becomes_one_order_of_its_branch(hq):
    answered = hq.post("/v1/orders", hq.report())
    assert answered.status_code == 201
    said = answered.json()
    assert said["number"].startswith("SZ-")
    assert said["state"] == "offered_branch"
    assert said["warranty_guess"]["outcome"] in {"main_parts_only", "out_of_warranty"}
    assert 0 < said["cost"]["low_fen"] <= said["cost"]["high_fen"]
    order = hq.find(WorkOrder, id=said["order_id"])[0]
    assert (order.external_id, order.reported_serial) == ("CC-1", hq.story.serial)
    assert len(hq.find(OrderUnit, order_id=order.id)) == 1
    assert [entry.action for entry in hq.find(TimelineEntry, order_id=order.id)] == ["intake"]


def test_the_same_report_twice_is_one_order(hq):
    first, second = (hq.post("/v1/orders", hq.report()) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["order_id"] == second.json()["order_id"]
    assert len(hq.find(WorkOrder, external_id="CC-1")) == 1
    assert second.json()["reminders"] == 0


def test_another_report_of_an_open_unit_is_a_reminder_counted_once(hq):
    number = hq.post("/v1/orders", hq.report()).json()["number"]
    for _ in range(2):
        again = hq.post("/v1/orders", hq.report(external_id="CC-2"))
    assert again.status_code == 200
    assert (again.json()["repeat_of"], again.json()["reminders"]) == (number, 1)
    assert hq.find(WorkOrder, number=number)[0].urgency == 1
    assert hq.find(WorkOrder, external_id="CC-2") == []


def test_numbers_run_by_branch_and_day(on_sqlite):
    numbers = [
        on_sqlite.post("/v1/orders", on_sqlite.report(external_id=f"N{n}", serial=None)).json()["number"]
        for n in range(3)
    ]
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]
    assert len({number[:-4] for number in numbers}) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"branch": "XX"}, 404, "branch_unknown"),
        ({"customer": {"name": "陈", "phone": "100", "address": "火星"}}, 404, "branch_unknown"),
        ({"model": "NOPE"}, 400, "model_unknown"),
        ({"model": None, "product_class": "toaster"}, 400, "product_class_unknown"),
        ({"fault": ""}, 400, "body_invalid"),
        ({"fault": "bad\u0000"}, 400, "operation_invalid"),
        ({"unknown": 1}, 400, "body_invalid"),
        ({"urgency": 7}, 400, "body_invalid"),
    ],
)
def test_a_bad_report_is_refused_with_its_reason(on_sqlite, changes, status, code):
    answered = on_sqlite.post("/v1/orders", on_sqlite.report(**changes))
    assert (answered.status_code, answered.json()["code"]) == (status, code)
    assert on_sqlite.find(WorkOrder, external_id="CC-1") == []


def test_only_a_key_with_the_right_comes_in(on_sqlite):
    refused = on_sqlite.client.post("/v1/orders", json=on_sqlite.report())
    assert (refused.status_code, refused.json()["code"]) == (401, "api_key_wrong")
    wrong = on_sqlite.client.post("/v1/orders", json=on_sqlite.report(), headers={"X-API-Key": "nope"})
    assert wrong.status_code == 401
    good = on_sqlite.client.post("/v1/orders", json=on_sqlite.report(), headers={"X-API-Key": on_sqlite.key})
    assert good.status_code == 201


def test_the_call_centre_sees_where_an_order_stands(on_sqlite):
    number = on_sqlite.post("/v1/orders", on_sqlite.report()).json()["number"]
    headers = {"X-API-Key": on_sqlite.key}
    said = on_sqlite.client.get(f"/v1/orders/{number}", headers=headers).json()
    assert (said["state"], said["branch"], said["station"]) == ("offered_branch", "SZ", None)
    assert on_sqlite.client.get("/v1/orders/SZ-0", headers=headers).json()["code"] == "order_unknown"


def test_a_path_that_no_column_takes_is_an_unknown_order(hq):
    refused = hq.post("/v1/orders/%00/callback", {"result": "valid"})
    assert (refused.status_code, refused.json()["code"]) == (404, "order_unknown")
    assert hq.post("/v1/statements/%00/approve").json()["code"] == "statement_unknown"
    assert hq.client.post("/v1/orders", content=b"[" * 9000, headers={"X-API-Key": hq.key}).status_code == 400


# --- call-backs


def in_state(hq, state: State) -> WorkOrder:
    claimed = {claim.order_id for claim in hq.find(Claim)}
    return next(order for order in hq.find(WorkOrder, state=state) if order.id in claimed)


def test_a_valid_call_back_verifies_and_again_changes_nothing(hq):
    order = in_state(hq, State.CLAIM_HELD)
    for _ in range(2):
        assert hq.post(f"/v1/orders/{order.id}/callback", {"result": "valid"}).json()["state"] == "verified"
    assert hq.find(Claim, order_id=order.id)[0].state == "verified"
    assert sum(entry.action == "verify_order" for entry in hq.find(TimelineEntry, order_id=order.id)) == 1


def test_a_rejection_needs_its_reason_and_keeps_it(on_sqlite):
    order = in_state(on_sqlite, State.CLAIM_HELD)
    without = on_sqlite.post(f"/v1/orders/{order.id}/callback", {"result": "rejected"})
    assert (without.status_code, without.json()["code"]) == (400, "reason_missing")
    said = on_sqlite.post(
        f"/v1/orders/{order.id}/callback", {"result": "rejected", "reason": "用户未见维修人员"}
    ).json()
    assert said["state"] == "claim_rejected"
    claim = on_sqlite.find(Claim, order_id=order.id)[0]
    assert (claim.state, claim.rejection) == ("rejected", "用户未见维修人员")


def test_an_order_at_work_is_not_called_back(on_sqlite):
    order = on_sqlite.find(WorkOrder, state=State.IN_PROGRESS)[0]
    answered = on_sqlite.post(f"/v1/orders/{order.id}/callback", {"result": "valid"})
    assert (answered.status_code, answered.json()["code"]) == (409, "move_not_allowed")


# --- settlement


def verified(hq) -> list[Claim]:
    """Two verified claims: one sound, one that was held."""
    held = in_state(hq, State.CLAIM_HELD)
    assert hq.post(f"/v1/orders/{held.id}/callback", {"result": "valid"}).status_code == 200
    for order in hq.find(WorkOrder, state=State.COMPLETED):
        hq.post(f"/v1/orders/{order.id}/callback", {"result": "valid"})
    return hq.find(Claim, state="verified")


def test_settling_twice_gives_each_station_one_statement_a_run(hq):
    claims = verified(hq)
    first = settle(hq.store, MONTH, NOW)
    statements = hq.find(Statement, month=MONTH)
    assert {statement.run for statement in statements} == {1, 2}
    assert sum(statement.total_fen for statement in statements) == sum(claim.total_fen for claim in claims)
    second = settle(hq.store, MONTH, NOW)
    assert hq.find(Statement, month=MONTH) == statements
    assert (first.changed > 0, second.changed) == (True, 0)
    assert second.total_fen == first.total_fen
    assert {hq.find(WorkOrder, id=claim.order_id)[0].state for claim in claims} == {State.SETTLED}
    assert prove(hq.store).ok


def test_what_is_verified_later_joins_the_draft(on_sqlite):
    settle(on_sqlite.store, MONTH, NOW)
    before = {statement.id: statement.lines for statement in on_sqlite.find(Statement, month=MONTH)}
    verified(on_sqlite)
    assert settle(on_sqlite.store, MONTH, NOW).changed > 0
    after = {statement.id: statement.lines for statement in on_sqlite.find(Statement, month=MONTH)}
    assert sum(after.values()) > sum(before.values())
    assert prove(on_sqlite.store).ok


def test_the_station_computes_the_same_and_finds_a_planted_difference(on_sqlite):
    verified(on_sqlite)
    settle(on_sqlite.store, MONTH, NOW)
    with work(on_sqlite.store) as doing:
        statement = next(iter(on_sqlite.find(Statement, month=MONTH)))
        rows = doing.view(statement.branch_id)
        lines = [
            line for s in rows.find(Statement, month=MONTH) for line in rows.find(StatementLine, statement_id=s.id)
        ]
        claims = {claim.id: claim for claim in rows.find(Claim)}
        own = [
            OwnClaim(
                order_id=claim.order_id,
                lines=claim.lines,
                facts=claim_facts(rows.get(WorkOrder, claim.order_id), rows),
            )
            for claim in {claims[line.claim_id].id: claims[line.claim_id] for line in lines}.values()
        ]  # fmt: skip
        known = tariffs(rows)
    figures = [
        StatementFigure(
            line_id=line.id, order_id=line.order_id, kind=line.kind, part_id=line.part_id,
            quantity=line.quantity, amount_fen=line.amount_fen, tariff=line.tariff,
        )
        for line in lines
    ]  # fmt: skip
    assert figures
    assert recompute(figures, own, known) == []
    planted = [msgspec.structs.replace(figures[0], amount_fen=figures[0].amount_fen - 1), *figures[1:]]
    assert [(one.line_id, one.hq_fen - one.own_fen) for one in recompute(planted, own, known)] == [
        (figures[0].line_id, -1)
    ]


def test_a_statement_moves_by_its_table(on_sqlite):
    confirmed = next(s for s in on_sqlite.find(Statement) if s.state == "confirmed")
    assert on_sqlite.post(f"/v1/statements/{confirmed.id}/approve").json()["state"] == "branch_approved"
    again = on_sqlite.post(f"/v1/statements/{confirmed.id}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "statement_not_open")
    assert on_sqlite.post(f"/v1/statements/{confirmed.id}/audit").json()["state"] == "audited"
    assert on_sqlite.post(f"/v1/statements/{confirmed.id}/dance").json()["code"] == "action_unknown"
    assert on_sqlite.post("/v1/settlements/2026-13").json()["code"] == "month_invalid"
    assert on_sqlite.post(f"/v1/settlements/{MONTH}").json()["month"] == MONTH


# --- export


def test_the_export_is_proved_by_its_manifest(hq, tmp_path):
    verified(hq)
    settle(hq.store, MONTH, NOW)
    done = export(hq.store, MONTH, tmp_path / "erp", NOW)
    manifest = json.loads((tmp_path / "erp" / "manifest.json").read_text())
    assert done.statements == len(manifest["statements"]) > 0
    assert manifest["total_fen"] == done.total_fen == sum(s["sum_of_lines_fen"] for s in manifest["statements"])
    for statement in manifest["statements"]:
        assert len(statement["files"]) == 3
        for file in statement["files"]:
            content = (tmp_path / "erp" / file["name"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    assert export(hq.store, MONTH, tmp_path / "again", NOW).total_fen == done.total_fen


@pytest.mark.parametrize("name", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "＝1+1"])
def test_no_name_becomes_a_formula(name):
    line = DocumentLine(order="=cmd", kind="part", part=name, part_name=name, quantity=1, amount_fen=-150, tariff="=x")
    document = StatementDocument(
        id="s", month=MONTH, run=1, branch="SZ", station="SZ01", station_name=name, made_at=NOW, total_fen=-150,
        lines=(line,),
    )  # fmt: skip
    cells = list(csv.reader(io.StringIO(as_csv(document).decode("utf-8-sig"), newline="")))[1]
    assert cells == [safe("=cmd"), "配件费", safe(name), safe(name), "1", "-1.50", "'=x"]
    assert all(cell.startswith("'") for cell in (cells[0], cells[2], cells[3]))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(document))).active
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "s", "s", "n", "n", "s"]
    assert (sheet["C2"].value, sheet["F2"].value) == (name, -1.5)


# --- the books


def test_the_sample_proves_itself(on_sqlite):
    report = prove(on_sqlite.store)
    assert report.problems == ()
    assert report.ok
    assert report.counts["orders"] == 90


def damage_state(connection, tables, hq):
    order = hq.find(WorkOrder, state=State.ACCEPTED)[0]
    table = tables[WorkOrder]
    connection.execute(update(table).where(table.c.id == order.id).values(state="settled"))


def damage_stock(connection, tables, hq):
    move = hq.find(StockMove, reason="use_part")[0]
    table = tables[StockMove]
    connection.execute(delete(table).where(table.c.id == move.id))


def damage_statement(connection, tables, hq):
    line = hq.find(StatementLine)[0]
    table = tables[StatementLine]
    connection.execute(update(table).where(table.c.id == line.id).values(amount_fen=line.amount_fen + 1))


def damage_version(connection, tables, hq):
    claim = hq.find(Claim)[0]
    table = tables[Claim]
    connection.execute(update(table).where(table.c.id == claim.id).values(version=claim.version + 1))


@pytest.mark.parametrize(
    ("damage", "checks"),
    [
        (damage_state, {"orders", "feed"}),
        (damage_stock, {"stock", "feed"}),
        (damage_statement, {"statements", "feed"}),
        (damage_version, {"feed"}),
    ],
)
def test_planted_damage_is_found(on_sqlite, damage, checks):
    with on_sqlite.store.writing() as connection:
        damage(connection, on_sqlite.store.tables, on_sqlite)
    report = prove(on_sqlite.store)
    assert not report.ok
    assert {problem["check"] for problem in report.problems} == checks


# --- backup


def test_a_backup_brings_everything_back_under_a_new_incarnation(hq, tmp_path):
    from hq.identity import headquarters

    with hq.store.reading() as connection:
        was = headquarters(connection)
    file = tmp_path / "b.fixpoint"
    dump(hq.store, hq.folder / "blobs", file, NOW)
    number = hq.post("/v1/orders", hq.report()).json()["number"]
    done = restore(hq.store, hq.folder / "blobs", file, NOW)
    assert hq.find(WorkOrder, number=number) == []
    with hq.store.reading() as connection:
        now = headquarters(connection)
    assert (now.hq_id, now.private_key) == (was.hq_id, was.private_key)
    assert now.incarnation == done.incarnation != was.incarnation
    report = prove(hq.store)
    assert report.ok
    assert report.counts["orders"] == 90


def test_a_backup_of_one_database_fills_the_other(on_sqlite, tmp_path, postgres_server):
    import os

    from tests.integration.conftest import _ask

    file, name = tmp_path / "b.fixpoint", "t" + os.urandom(6).hex()
    dump(on_sqlite.store, on_sqlite.folder / "blobs", file, NOW)
    _ask(postgres_server, f"CREATE DATABASE {name} TEMPLATE template0")
    other = Store.open(f"{postgres_server}/{name}")
    try:
        other.upgrade()
        restore(other, tmp_path / "blobs", file, NOW)
        assert prove(other).ok
    finally:
        other.close()
        _ask(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("at", [0.1, 0.5, 0.95])
def test_a_damaged_backup_changes_nothing(on_sqlite, tmp_path, at):
    from core.refusals import Refusal

    file = tmp_path / "b.fixpoint"
    dump(on_sqlite.store, on_sqlite.folder / "blobs", file, NOW)
    data = bytearray(file.read_bytes())
    data[int(len(data) * at)] ^= 0x55
    file.write_bytes(data)
    with pytest.raises(Refusal) as refused:
        restore(on_sqlite.store, on_sqlite.folder / "blobs", file, NOW)
    assert refused.value.code == "backup_damaged"
    assert prove(on_sqlite.store).ok
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(Refusal, match="backup_damaged"):
        restore(on_sqlite.store, on_sqlite.folder / "blobs", file, NOW)
