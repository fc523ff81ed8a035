"""Settlement: a statement recomputed line by line, confirmed or disputed, exported."""

import msgspec
import pytest

from app.queries.settlement import as_csv
from app.ui.pages.settlement import SettlementPage, settlement_page
from core.rows.settlement import Statement, StatementLine
from core.settlement import StatementState
from tests.journeys.places import AS_OF


def shown(at_work, qtbot, login="liyong"):
    work = at_work(login, {"settlement": settlement_page})
    page = work.page
    assert isinstance(page, SettlementPage)
    qtbot.waitUntil(lambda: page._view is not None, timeout=10_000)
    return work, page


def tampered(work, statement_id: str) -> StatementLine:
    """HQ paid one line of the draft less than the tariff gives."""
    with work.opened.store.reading() as rows:
        line = next(one for one in rows.find(StatementLine, statement_id=statement_id) if one.amount_fen > 500)
    changed = msgspec.structs.replace(line, amount_fen=line.amount_fen - 500)
    from sqlalchemy import update

    from app.offline_db.engine import writing
    from app.offline_db.schema import ROW_TABLES

    table = ROW_TABLES[StatementLine]
    with writing(work.opened.engine) as connection:
        connection.execute(update(table).where(table.c.id == line.id).values(amount_fen=changed.amount_fen))
    return changed


def test_the_lead_recomputes_disputes_one_line_and_exports(at_work, qtbot, tmp_path, every_look):
    work, page = shown(at_work, qtbot)
    every_look(work.shell, "settlement")
    assert page._view is not None
    line = tampered(work, page._view.statement.id)
    page.load()
    # besides it the sample's statement has lines of claims that HQ rejected
    qtbot.waitUntil(lambda: line.id in {found.id for found in page._view.differences}, timeout=10_000)
    page.chips.activate("differ")
    page.table.select_id(line.id)
    page.reason.setText("Tariff 2026 gives 5 yuan more")
    every_look(work.shell, "settlement-difference")
    page.dispute()

    def disputed() -> bool:
        with work.opened.store.reading() as rows:
            found = rows.get(StatementLine, line.id)
            return found is not None and found.disputed

    qtbot.waitUntil(disputed, timeout=10_000)
    qtbot.waitUntil(lambda: page._view is not None and page._view.statement.state == "disputed", timeout=10_000)
    file = tmp_path / "comparison.csv"
    page.export(file)
    qtbot.waitUntil(lambda: file.exists() and file.stat().st_size > 100, timeout=10_000)
    text = file.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "Order,Line,Part,HQ,Own,Difference,Class,Explanation"
    assert "-5.00" in text


def test_the_lead_confirms_a_statement(at_work, qtbot):
    work, page = shown(at_work, qtbot)
    assert page._view is not None and page._view.statement.state == "draft"
    wanted = page._view.statement.id
    page.confirm()

    def confirmed() -> bool:
        with work.opened.store.reading() as rows:
            found = rows.get(Statement, wanted)
            return found is not None and found.state is StatementState.CONFIRMED and found.confirmed_by is not None

    qtbot.waitUntil(confirmed, timeout=10_000)
    qtbot.waitUntil(lambda: not page.answer.isVisible(), timeout=10_000)


def test_the_branch_only_looks(at_work, qtbot, every_look):
    work, page = shown(at_work, qtbot, "wangfang")
    assert not page.answer.isVisible()
    every_look(work.shell, "settlement-branch")
    assert page._view is not None and page._view.statement.month < f"{AS_OF:%Y-%m}"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+86 138", "'+86 138"),
        ("@cmd", "'@cmd"),
        ("-cmd", "'-cmd"),
        ("-5.00", "-5.00"),
        ("SZ-1", "SZ-1"),
    ],
)
def test_the_export_holds_no_formulas(cell, written):
    assert as_csv([[cell]]) == f"{written}\r\n"
