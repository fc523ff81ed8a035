"""The tour's steps: what the people of three places do with one order, click by click."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pypdfium2  # type: ignore[import-untyped]
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from app.i18n import _
from app.queries.settlement import StatementView
from app.ui import theme
from app.ui.components.print_window import PrintWindow
from app.ui.components.sync_panel import SyncPanel
from app.ui.pages.approvals import ApprovalsPage
from app.ui.pages.old_parts_receive import ReceivePage
from app.ui.pages.order.page import OrderPage
from app.ui.pages.order.parts_card import TagLines
from app.ui.pages.orders import OrdersPage
from app.ui.pages.scan import ScanPage
from app.ui.pages.settlement import SettlementPage
from core.claims import claim_lines
from core.identifiers import parse_old_part
from core.reference import tariffs
from core.rows.orders import WorkOrder
from core.rows.settlement import Claim, Statement, StatementLine
from hq.feed import work
from hq.store import Store
from tools import labels
from tools.tour.device import Device, wait_until
from tools.tour.headquarters import Headquarters

PASSWORD = "fixpoint-demo"  # noqa: S105 - the sample's, printed by make run
CODES = {"condition": "1", "symptom": "P01", "section": "MBD", "defect": "12", "repair": "10"}


class Story:
    """One order's way; ``facts`` are the sample's (`init --json`), ``folder`` takes the pictures."""

    def __init__(self, app: QApplication, hq: Headquarters, home: Path, folder: Path) -> None:
        """Nothing has happened yet."""
        self.app, self.hq, self.home, self.folder = app, hq, home, folder
        self.facts: dict[str, Any] = {}
        self.order: dict[str, Any] = {}
        self.key = ""
        self.label = self.invoice = self.tag = Path()
        self.month = ""
        self.differences: list[dict[str, Any]] = []

    # --- 0: first start ---------------------------------------------------------------------------------------

    def make_headquarters(self) -> None:
        """HQ with sample data, a key for the call centre, and the pictures of the unit's papers."""
        made = self.hq.command("init", "--sample")
        self.facts = made["story"]
        self.people = {account["login"]: account["name"] for account in made["accounts"]}
        self.hq.start()
        self.key = self.hq.command("api-key", "call-centre")["key"]
        self._photograph()

    def _photograph(self) -> None:
        where, facts = self.home / "papers", self.facts
        labels.write(labels.arguments(["--to", str(where), *labels.of_unit(facts), "--tilt", "13", "--noise", "10"]))
        self.label, self.invoice = where / "label-photo.jpg", where / "invoice-photo.jpg"

    def _device(self, name: str, place: str, login: str) -> Device:
        device = Device(self.app, self.home / name)
        device.station.settings.set("print_folder", str(self.home / "print"))
        device.station.settings.set("theme", "light")
        return self._begin(device, name, place, login)

    def _begin(self, device: Device, name: str, place: str, login: str) -> Device:
        if name == "station":
            device.picture(self.folder, "01-first-start")
        device.enrol(self.hq.url, self.hq.command("enrol-code", place)["code"])
        if name == "station":
            device.picture(self.folder, "02-log-in")
        device.log_in(self.people[login], PASSWORD)
        device.sync()
        return device

    def open_places(self) -> str:
        """Three devices are enrolled and their people log in."""
        self.station = self._device("station", "SZ01", "liwei")
        self.branch = self._device("branch", "SZ", "wangfang")
        self.warehouse = self._device("warehouse", "WH01", "yangjianhua")
        return self.station.picture(self.folder, "03-technicians-orders")

    # --- 1: dispatch ------------------------------------------------------------------------------------------

    def take_report(self) -> None:
        """The call centre's order arrives; a second sending makes no second order."""
        facts = self.facts
        report = {
            "external_id": "CC-2026-0001",
            "model": facts["model"],
            "serial": facts["serial"],
            "branch": "SZ",
            "customer": {part: facts[f"customer_{part}"] for part in ("name", "phone", "address")},
            "fault": facts["fault"],
            "distance_m": 6200,
        }
        self.order = self.hq.ask("POST", "/v1/orders", self.key, report)
        again = self.hq.ask("POST", "/v1/orders", self.key, report)
        if again["number"] != self.order["number"]:
            raise RuntimeError("the same report made two orders")

    def dispatch(self) -> str:
        """The branch manager takes the order and gives it to the station."""
        device = self.branch
        device.sync()
        device.shell.open("orders")
        device.only(OrdersPage)
        device.picture(self.folder, "04-branch-orders")
        page = self._order_page(device)
        self._press(device, page, "at_branch")
        device.click(page.next.primary)
        wait_until("dispatch form", lambda: page.next.form is not None)
        form = cast("Any", page.next.form)
        device.type(form.station, "SZ01")
        QTest.keyClick(form.station, Qt.Key.Key_Return)
        picture = device.picture(self.folder, "05-branch-dispatches")
        self._press(device, page, "offered_station")
        device.sync()
        return picture

    def accept_and_book(self) -> str:
        """The technician accepts and books a visit."""
        device = self.station
        device.sync()
        page = self._order_page(device)
        self._press(device, page, "accepted")
        device.click(page.next.primary)
        wait_until("visit form", lambda: page.next.form is not None)
        picture = device.picture(self.folder, "06-book-visit")
        self._press(device, page, "scheduled")
        return picture

    def print_slip(self) -> str:
        """The field slip is printed (to PDF)."""
        device = self.station
        device.click(device.button(_("Field slip"), self._order_page(device)))
        slip = self._save_print(f"{self.order['number']}-field-slip.pdf")
        device.sync()
        return self._paper(slip, "07-field-slip", 100)

    # --- 2: offline: identify and judge -----------------------------------------------------------------------

    def go_offline(self) -> str:
        """HQ is switched off; work begins all the same."""
        self.hq.stop()
        device, page = self.station, self._order_page(self.station)
        self._press(device, page, "in_progress")
        device.shell.sync.sync_asked.emit()
        loop = device.window.loop
        wait_until("offline", lambda: loop is not None and loop.status.offline_since is not None)
        device.click(device.shell.chip)
        picture = device.picture(self.folder, "08-offline")
        device.only(SyncPanel).hide()
        return picture

    def scan_label(self) -> str:
        """The unit's label is read from a picture file; the technician uses the serial number."""
        device = self.station
        device.shell.open("scan", order=self.order["order_id"])
        page = device.only(ScanPage)
        page.take_file(self.label)
        wait_until("label read", page.use_button.isEnabled)
        QTest.qWait(1500)
        picture = device.picture(self.folder, "09-scan-label")
        device.click(page.use_button)
        wait_until("identified", lambda: self._unit()["serial"] == self.facts["serial"])
        return picture

    def scan_invoice(self) -> str:
        """The invoice's QR code gives the date; the verdict comes with its proof."""
        device = self.station
        device.shell.open("scan", order=self.order["order_id"])
        page = device.only(ScanPage)
        page.take_file(self.invoice)
        wait_until("invoice recorded", lambda: self._unit()["invoice_date"] is not None)
        QTest.qWait(1500)
        picture = device.picture(self.folder, "10-scan-invoice")
        if self._unit()["verdict_id"] is None:
            order = self._order_page(device)
            device.click(order.next.primary)
            wait_until("verdict", lambda: self._unit()["verdict_id"] is not None)
        return picture

    def show_verdict(self) -> str:
        """The verdict and why."""
        device, page = self.station, self._order_page(self.station)
        device.settle()
        device.click(device.button(_("Why"), page))
        return device.picture(self.folder, "11-verdict-and-proof")

    # --- 3: goodwill, codes, signature ------------------------------------------------------------------------

    def ask_goodwill(self) -> str:
        """The part is quoted, goodwill asked with a photo."""
        device, page = self.station, self._order_page(self.station)
        page.parts.picker.pick(self.facts["part_id"])
        device.click(page.parts.plan)
        device.settle()
        device.click(page.next.primary)
        wait_until("goodwill form", lambda: page.next.form is not None)
        form = cast("Any", page.next.form)
        cast("QPlainTextEdit", form.reason).insertPlainText("过保 11 天，老用户，故障早有迹象")
        form.photo.setText(str(self.label))
        picture = device.picture(self.folder, "12-ask-goodwill")
        self._press(device, page, "waiting_approval")
        return picture

    def code_fault(self) -> str:
        """The fault is coded while the branch decides."""
        device, page = self.station, self._order_page(self.station)
        for field, code in CODES.items():
            page.codes.begin()
            editor = page.codes.editors[field]
            device.type(editor, code)
            QTest.keyClick(editor, Qt.Key.Key_Return)
            wait_until(f"coded {field}", lambda field=field, code=code: self._unit()[field] == code)  # type: ignore[misc]
            device.settle()
        return device.picture(self.folder, "13-fault-codes")

    def sign(self) -> str:
        """The customer signs "goodwill, or pay ¥X"."""
        device, page = self.station, self._order_page(self.station)
        device.click(page.next.primary)
        wait_until("signature form", lambda: page.next.form is not None)
        form = cast("Any", page.next.form)
        device.settle()
        _draw(form.pad)
        picture = device.picture(self.folder, "14-customer-signs")
        device.click(page.next.primary)
        wait_until("signed", lambda: bool(self._rows("quotations")))
        return picture

    # --- 4: approval, repair, completion ----------------------------------------------------------------------

    def approve(self) -> str:
        """HQ is back: everything is sent, the branch manager approves."""
        self.hq.start()
        self.station.sync()
        device = self.branch
        device.sync()
        device.shell.open("approvals")
        page = device.only(ApprovalsPage)
        wait_until("request", lambda: page.model.rowCount() > 0)
        page.table.select_id(self._rows("requests")[0]["id"])
        QTest.qWait(800)
        device.type(page.card.reason, "同意特批")
        picture = device.picture(self.folder, "15-branch-approves")
        device.click(page.card.approve_button)
        wait_until("approved", lambda: self._state(device) == "in_progress")
        device.sync()
        self.station.sync()
        return picture

    def put_part_in(self) -> str:
        """The part comes from the station's stock; the old part's serial is entered and its tag printed."""
        device, page = self.station, self._order_page(self.station)
        page.parts.picker.pick(self.facts["part_id"])
        device.type(page.parts.serial, "MB26110042")
        device.click(page.parts.use)
        wait_until("part line", lambda: bool(self._rows("part_lines")))
        device.settle()
        wait_until("tag line", lambda: bool(_tag_editors(page)))
        editor = next(iter(_tag_editors(page).values()))
        device.type(editor, "MB25090017")
        picture = device.picture(self.folder, "16-part-and-old-part")
        QTest.keyClick(editor, Qt.Key.Key_Return)
        wait_until("tagged", lambda: self._rows("old_parts")[0]["state"] == "tagged")
        device.settle()
        return picture

    def print_tag(self) -> str:
        """The tag is printed (to PDF)."""
        page = self._order_page(self.station)
        self.station.click(self.station.button(_("Print tag"), page))
        self.tag = self._save_print(f"{self._rows('old_parts')[0]['tag']}-old-part-tag.pdf")
        return self._paper(self.tag, "17-old-part-tag", 203)

    def complete(self) -> str:
        """The claim passes its pre-flight, the order is completed and sent."""
        device, page = self.station, self._order_page(self.station)
        device.settle()
        device.click(page.next.primary)
        wait_until("completion form", lambda: page.next.form is not None)
        form = cast("Any", page.next.form)
        form.result.insert("更换主板，试机正常")
        picture = device.picture(self.folder, "18-complete")
        self._press(device, page, "completed")
        device.sync()
        completed = datetime.fromisoformat(self._order()["completed_at"])
        self.month = f"{completed + timedelta(hours=8):%Y-%m}"  # the month at the station, not in UTC
        device.picture(self.folder, "19-completed")
        return picture

    # --- 5: the old part --------------------------------------------------------------------------------------

    def receive_old_part(self) -> str:
        """The clerk reads the tag from the printed PDF and receives the old part."""
        device = self.warehouse
        device.sync()
        device.shell.open("old_parts")
        page = device.only(ReceivePage)
        page.take_file(self.tag)
        wait_until("tag read", page.button.isEnabled)
        QTest.qWait(1200)
        picture = device.picture(self.folder, "20-clerk-scans-tag")
        device.click(page.button)
        wait_until("received", lambda: page.model.rowCount() > 0)
        device.sync()
        device.picture(self.folder, "21-duty-written-off")
        self.station.sync()
        wait_until("written off", lambda: self._rows("old_parts")[0]["state"] == "written_off")
        return picture

    # --- 6: the money -----------------------------------------------------------------------------------------

    def settle(self) -> None:
        """HQ verifies and settles the month; one line is then planted with the older tariff's figure."""
        self.hq.ask("POST", f"/v1/orders/{self.order['order_id']}/callback", self.key, {"result": "valid"})
        self.hq.command("settle", self.month)
        self._plant()

    def _plant(self) -> None:
        """Book the labour of this order by the tariff before the one in force, as a careless clerk might."""
        store = Store.open(f"sqlite:///{self.hq.data / 'hq.db'}")
        try:
            with work(store) as doing:
                rows = doing.rows(self.facts["branch_id"])
                line = rows.find(StatementLine, order_id=self.order["order_id"], kind="labour")[0]
                order, older = rows.get(WorkOrder, self.order["order_id"]), min(tariffs(rows), key=_begin)
                from core.claiming import claim_facts

                assert order is not None
                amount = next(one.amount_fen for one in claim_lines(claim_facts(order, rows), older)
                              if one.kind == "labour")  # fmt: skip
                statement = rows.get(Statement, line.statement_id)
                assert statement is not None
                total = statement.total_fen - line.amount_fen + amount
                rows.put(msgspec.structs.replace(line, amount_fen=amount, tariff=older.version))
                rows.put(msgspec.structs.replace(statement, total_fen=total))
        finally:
            store.close()

    def compare(self) -> str:
        """The station lead sees the statement beside the station's own figure, and the planted line found."""
        device = self.station
        device.window.show_login()
        device.log_in(self.people["liyong"], PASSWORD)
        device.sync()
        device.shell.open("settlement")
        page = device.only(SettlementPage)
        page.list.selectRow(0)
        wait_until("statement", lambda: _statement(page) is not None)
        view = _statement(page)
        if view is None or view.statement.month != self.month:
            raise RuntimeError("the month's statement is not shown")
        self.differences = [
            {"order": line.order_number, "kind": line.kind, "class": line.class_, "hq_fen": line.hq_fen,
             "own_fen": line.own_fen}
            for line in view.differences
        ]  # fmt: skip
        page.chips.activate("differ")
        device.settle()
        return device.picture(self.folder, "22-statement-compared")

    def dispute(self) -> str:
        """The line is disputed with its reason."""
        device, page = self.station, self.station.only(SettlementPage)
        view = _statement(page)
        if view is None:
            raise RuntimeError("no statement is shown")
        page.table.select_id(view.differences[0].id)
        device.type(page.reason, "工时应按 2026-10 版标准结算")
        device.click(page.dispute_button)
        QTest.qWait(800)
        device.sync()
        return device.picture(self.folder, "23-line-disputed")

    def export(self) -> None:
        """The ERP's documents are written as files."""
        self.hq.command("export", self.month, "--to", str(self.home / "erp"))
        if not list((self.home / "erp").rglob("*.csv")):
            raise RuntimeError("no ERP documents")

    def settings(self) -> str:
        """The settings, and the orders in the dark theme."""
        device = self.station
        device.shell.open("settings")
        picture = device.picture(self.folder, "24-settings")
        theme.set_theme("dark")
        device.shell.open("orders")
        device.picture(self.folder, "25-orders-dark")
        self._order_page(device)
        device.picture(self.folder, "26-order-dark")
        theme.set_theme("light")
        return picture

    # --- looking ----------------------------------------------------------------------------------------------

    def figures(self) -> dict[str, Any]:
        """The figures of the summary, read from the books at both ends."""
        sent = sum(device.last_n for device in (self.station, self.branch, self.warehouse))
        checked = self.hq.command("check")
        with self.station.station.store.reading() as rows:
            claims = rows.find(Claim, order_id=self.order["order_id"])
        planted = [one for one in self.differences if one["order"] == self.order["number"] and one["kind"] == "labour"]
        return {
            "orders": 1,
            "operations_sent": sent,
            "operations_lost": sent - checked["operations"],
            "claim_fen": sum(claim.total_fen for claim in claims),
            "statement_equal": len(planted) == len(self.differences),
            "differences_found": [f"{one['kind']}: {one['class']}" for one in planted],
            "check": checked,
        }

    def _press(self, device: Device, page: OrderPage, state: str) -> None:
        """Press the primary button and wait for the order's new state to be shown."""
        device.click(page.next.primary)
        wait_until(state, lambda: self._state(device) == state)
        wait_until(f"{state} shown", lambda: page.desk.view is not None and page.desk.view.head.state == state)
        device.settle()

    def _order_page(self, device: Device) -> OrderPage:
        device.shell.open("order", order=self.order["order_id"])
        page = device.only(OrderPage)
        fresh: list[bool] = []
        page.shown.connect(lambda: fresh.append(True))
        page.reload()
        wait_until("order shown", lambda: bool(fresh))
        device.settle()
        return page

    def _state(self, device: Device) -> str:
        with device.station.store.reading() as rows:
            order = rows.get(WorkOrder, self.order["order_id"])
        return order.state.value if order else ""

    def _order(self) -> dict[str, Any]:
        with self.station.station.store.reading() as rows:
            found: dict[str, Any] = msgspec.to_builtins(rows.get(WorkOrder, self.order["order_id"]))
        return found

    def _rows(self, name: str) -> list[dict[str, Any]]:
        from app.cli.orders import PARTS_OF_AN_ORDER

        with self.station.station.store.reading() as rows:
            found: Any = rows.find(cast("Any", PARTS_OF_AN_ORDER[name]), order_id=self.order["order_id"])
            return cast("list[dict[str, Any]]", msgspec.to_builtins(found))

    def _unit(self) -> dict[str, Any]:
        return self._rows("units")[0]

    def _save_print(self, name: str) -> Path:
        """Have what the print window of the station shows as PDF."""
        device = self.station
        wait_until("print window", lambda: bool(device.shell.findChildren(PrintWindow)))
        window = device.only(PrintWindow)
        wait_until("printers", lambda: window.printer.count() > 0)
        device.click(window.print_button if window.to_file else window.pdf_button)
        file = self.home / "print" / name
        wait_until(name, lambda: file.exists() and not device.shell.findChildren(PrintWindow))
        device.settle()
        return file

    def _paper(self, pdf: Path, name: str, dpi: int) -> str:
        """A printed page as a picture; the old-part tag must be readable by the program's own scanner."""
        page = pypdfium2.PdfDocument(pdf)[0]
        page.render(scale=dpi / 72).to_pil().convert("RGB").save(self.folder / f"{name}.png")
        if name.endswith("tag"):
            from app.scanner.pdfs import read_file

            if not any(parse_old_part(code.text) for code in read_file(pdf).codes):
                raise RuntimeError("the printed tag can't be read")
        return f"{name}.png"

    def close(self) -> None:
        """Close every window that was opened."""
        for device in filter(None, (getattr(self, name, None) for name in ("station", "branch", "warehouse"))):
            device.close()


def _tag_editors(page: OrderPage) -> dict[str, QLineEdit]:
    """The lines for old parts still to be tagged."""
    lines = page.parts.findChildren(TagLines)
    return lines[0].editors if lines else {}


def _statement(page: SettlementPage) -> StatementView | None:
    """The statement on show."""
    return cast("StatementView | None", getattr(page, "_view", None))


def _begin(tariff: Any) -> Any:
    return tariff.in_force_from


def _draw(pad: Any) -> None:
    """Sign with the mouse."""
    canvas = pad.paper
    points = [(30, 60), (60, 25), (90, 70), (130, 30), (160, 65), (210, 45)]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(*points[0]))
    for point in points[1:]:
        QTest.mouseMove(canvas, QPoint(*point))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(*points[-1]))


Step = tuple[str, Callable[[Story], str | None]]
STEPS: tuple[Step, ...] = (
    ("HQ with sample data", Story.make_headquarters),
    ("three devices enrolled", Story.open_places),
    ("order reported", Story.take_report),
    ("branch dispatches", Story.dispatch),
    ("technician accepts and books", Story.accept_and_book),
    ("field slip printed", Story.print_slip),
    ("HQ off, work begins", Story.go_offline),
    ("label scanned", Story.scan_label),
    ("invoice scanned", Story.scan_invoice),
    ("verdict with proof", Story.show_verdict),
    ("goodwill asked", Story.ask_goodwill),
    ("fault coded", Story.code_fault),
    ("customer signs", Story.sign),
    ("HQ on, branch approves", Story.approve),
    ("part put in, old part tagged", Story.put_part_in),
    ("tag printed", Story.print_tag),
    ("order completed", Story.complete),
    ("old part received", Story.receive_old_part),
    ("month settled", Story.settle),
    ("statement compared", Story.compare),
    ("line disputed", Story.dispute),
    ("ERP documents exported", Story.export),
    ("settings and dark theme", Story.settings),
)
