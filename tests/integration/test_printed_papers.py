"""Each paper of the kit, written as PDF and seen at 203 dpi, gives its code on every page to our own reader."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import pypdfium2
import pytest

from app import i18n
from app.queries.approval_paper import ApprovalFacts
from app.queries.approvals import Decided, RequestLine, Round
from app.queries.order_measures import Figure, MeasureLine
from app.queries.papers import Issuer, UnitNamed
from app.queries.receipt_paper import ReceiptFacts, ReceiptFee, ReceiptPart
from app.queries.shop_papers import CustodyFacts, IntakeFacts, LoanerFacts, ShopFacts
from app.queries.verdict_paper import DatedPaper, VerdictFacts
from app.scanner.arrays import read_array
from app.ui.printing import (
    A4,
    A5,
    KINDS,
    LABEL_DPI,
    PAPER_DPI,
    BoxItem,
    BoxLabel,
    CertificatePage,
    FieldSlip,
    box_list_paper,
    certificate_paper,
    paper_print,
    slip_paper,
    write_print,
)
from app.ui.printing.approval_page import approval_paper
from app.ui.printing.repair_receipt import receipt_paper
from app.ui.printing.shop_receipts import custody_paper, intake_paper, loaner_paper
from app.ui.printing.verdict_page import verdict_paper
from core.identifiers import format_order
from core.rows.jobs import Custody, CustodyKind, Loaner, Phase
from core.rows.orders import ApprovalLevel
from core.warranty import Case, Documents, RegisteredUnit, judge
from hq.sample.documents import documents
from hq.sample.memory import MemoryRows

NUMBER, NOW = "SZ-260317-0271", datetime(2026, 3, 17, 2, 46, tzinfo=UTC)
ISSUER = Issuer("康威电器客户服务总部", "南山维修站", "深圳市南山区科苑路51号")
UNIT = UnitNamed("LED55K35U", ("康威智能电视", "Konwell smart TV"), "K35U5525A0104711", "陈静", "13812342716")


def a_verdict() -> VerdictFacts:
    from core import reference

    rows = MemoryRows()
    for row in documents(NOW, NOW.date()):
        rows.put(row)
    case = Case(
        model=UNIT.model, serial=UNIT.serial, day=NOW.date(), product_class="tv_lcd", brand="Konwell",
        unit=RegisteredUnit(model=UNIT.model, serial=UNIT.serial, made=date(2025, 1, 1)),
        documents=Documents(invoice_date=date(2025, 3, 6)),
    )  # fmt: skip
    verdict = judge(case, reference.policies(rows, "tv_lcd"), reference.holidays(rows))
    papers = (DatedPaper("invoice", "24117000000612345678", date(2025, 3, 6)),)
    return VerdictFacts(ISSUER, NUMBER, UNIT, "01a22d86", verdict, NOW, "李伟", "", papers, "", (), goodwill=False)


RECEIPT = ReceiptFacts(
    issuer=ISSUER, number=NUMBER, unit=UNIT, reported="不开机", started_at=NOW, completed_at=NOW, technician="李伟",
    codes=(("defect", ("断路", "Open circuit")),), result="更换后正常",
    measured=(
        MeasureLine(
            "INS", "绝缘电阻", "Insulation resistance", "MΩ", 2_000, None, (),
            {Phase.BEFORE: Figure(500, outside=True, tool=""), Phase.AFTER: Figure(20_000, outside=False, tool="M-07")},
        ),
    ),
    parts=(ReceiptPart("TV-MB-0101", ("主板", "Main board"), 1, "N1234567", "customer", "customer"),),
    fees=(ReceiptFee("visit", None, 1, 5000, ""), ReceiptFee("part", ("主板", "Main board"), 1, 42000, "")),
    goodwill_fen=0, total_fen=47000, price_list="2026-01", outcome="out_of_warranty", signed_by="陈静", signed_at=NOW,
    holds_days=90, holds_until=date(2026, 6, 15),
)  # fmt: skip
SHOP = ShopFacts(ISSUER, NUMBER, UNIT, "不开机，指示灯红色闪烁")
STAY: dict[str, Any] = {
    "id": "c", "branch_id": "b", "station_id": "s", "order_id": "o", "unit_id": "u", "kind": CustodyKind.TAKEN,
    "accessories": "遥控器、底座、电源线", "condition": "屏幕左下角有划痕，其余完好", "from_name": "陈静",
    "received_at": NOW, "received_by": "p", "entered_at": NOW,
}  # fmt: skip
GONE = {"returned_at": NOW + timedelta(days=3), "returned_by": "p", "to_name": "陈小明", "tracking_out": "SF1234567890"}
LOAN: dict[str, Any] = {
    "id": "l", "branch_id": "b", "station_id": "s", "order_id": "o", "model": "LED32K32U",
    "serial": "K32U5525A0001234", "condition_out": "外观完好，功能正常", "lent_at": NOW, "lent_by": "p",
    "entered_at": NOW,
}  # fmt: skip
BACK = {"back_at": NOW + timedelta(days=3), "back_by": "p", "condition_back": "完好"}
CERTIFICATE = CertificatePage(
    number="C-SZ01-9F3K-0001", station="南山维修站", order_number=NUMBER, purpose="换机", finding="有故障",
    unit="LED55K35U  康威智能电视", serial="K35U5525A0104711", fault="背光不亮，更换背光后仍无图像",
    measured=(("12V", "0.2 V"), ("背光电流", "0 mA")), photos=2, customer="陈静", inspected_at="2026-03-17 10:46",
    technician="李伟", signed_by="陈静", printed_at="2026-03-17 10:50", maker="康威电器客户服务总部",
)  # fmt: skip


def an_approval(**more: Any) -> ApprovalFacts:
    """A goodwill of some days that came back with a question and was granted offline."""
    line = RequestLine(
        id="r", order_id="o", order_number=NUMBER, kind="goodwill", rule="goodwill.days_over", days_over=11,
        amount_fen=23_800, reason="整机过保十一天，老用户，申请特批", photo_sha256="a" * 64, photo_bytes=9,
        subject_hash="0123456789abcdef" * 4, asked_by="李伟", asked_at=NOW, station_id="s", station="南山维修站",
        customer="陈静", model=UNIT.model, serial=UNIT.serial,
        decided=Decided(True, "同意，仅限本次", "王芳", NOW + timedelta(hours=5)), level=ApprovalLevel.BRANCH,
        answer_by=NOW + timedelta(hours=48), escalations=0,
        rounds=(
            Round("请补购机发票照片", "王芳", NOW + timedelta(hours=1), "已补拍发票", "李伟", NOW + timedelta(hours=2)),
        ),
    )  # fmt: skip
    facts = ApprovalFacts(
        ISSUER, NUMBER, UNIT, "不开机", line, "out_of_warranty", NOW.date(), trusted=False, sent=False,
        decided_hash=line.subject_hash,
    )  # fmt: skip
    return replace(facts, **more)


SLIP = FieldSlip(NUMBER, "上门", "陈静", "138", "科苑路", "TV", "K35U", "10:00", "不开机", "南山维修站", "李伟")
BOX = BoxLabel("SZ-B-2603-0012", "FX-B:SZ-B-2603-0012", "南山维修站", "旧件库", 40, "2026-03-18")
ITEMS = [BoxItem(f"7K2M9QX4{n:04d}", "BL-5535-A", "背光灯条", f"PN5523A{n:06d}", NUMBER) for n in range(40)]

STAYS = CustodyFacts(SHOP, Custody(**STAY), "李伟", "")
LOANED = LoanerFacts(SHOP, Loaner(**LOAN), ("康威液晶电视", "Konwell LCD TV"), "李伟", "")
AT_COUNTER = IntakeFacts(SHOP, ("平板电视", "Flat TV"), "深圳市南山区科苑路18号", "carry_in", NOW, None)

PAPERS = MappingProxyType(
    {
        "field_slip": (lambda: slip_paper(SLIP), format_order(NUMBER)),
        "box_list": (lambda: box_list_paper(BOX, ITEMS), BOX.code),
        "warranty_verdict": (lambda: verdict_paper(a_verdict()), format_order(NUMBER)),
        "repair_receipt": (lambda: receipt_paper(RECEIPT), format_order(NUMBER)),
        "approval": (lambda: approval_paper(an_approval(), "2026-03-17 16:00"), format_order(NUMBER)),
        "unit_receipt": (lambda: custody_paper(STAYS, "2026-03-17 16:00"), format_order(NUMBER)),
        "loaner_slip": (lambda: loaner_paper(LOANED, "2026-03-17 16:00"), format_order(NUMBER)),
        "counter_receipt": (lambda: intake_paper(AT_COUNTER, "2026-03-17 16:00"), format_order(NUMBER)),
        "certificate": (lambda: certificate_paper(CERTIFICATE), CERTIFICATE.number),
    }
)


@pytest.mark.parametrize(("size", "language"), [(A4, "zh_CN"), (A5, "en")], ids=["A4", "A5"])
@pytest.mark.parametrize("kind", PAPERS)
def test_every_page_gives_both_its_codes_to_our_reader(qapp, tmp_path, kind, size, language):
    make, code = PAPERS[kind]
    with i18n.speaking(language):
        path = write_print(paper_print(KINDS[kind], "p", make), tmp_path / "p.pdf", size, PAPER_DPI)
    document = pypdfium2.PdfDocument(str(path))
    try:
        for page in document:
            seen = np.asarray(page.render(scale=LABEL_DPI / 72).to_pil().convert("L"), dtype=np.uint8)
            found = [(one.format, one.text) for one in read_array(seen)]
            assert sorted(found) == [("Code128", code), ("QRCode", code)]
    finally:
        document.close()


def said(paper) -> str:
    """All facts and notices of a paper."""
    words = [paper.title]
    for block in paper.blocks:
        words += [f"{label}: {value}" for label, value in getattr(block, "rows", ()) if isinstance(label, str)]
        words += [getattr(block, "title", ""), getattr(block, "heading", ""), str(getattr(block, "words", ""))]
    return "\n".join(words)


def test_a_receipt_of_the_shop_tells_the_way_back_once_there_is_one():
    with i18n.speaking("en"):
        here, gone = custody_paper(STAYS), custody_paper(replace(STAYS, custody=Custody(**STAY | GONE)))
        lent, back = loaner_paper(LOANED), loaner_paper(replace(LOANED, loaner=Loaner(**LOAN | BACK)))
    assert "handed out against this receipt" in said(here) and "Handed out" not in said(here)
    assert "Accessories: 遥控器、底座、电源线" in said(here) and "From whom: 陈静" in said(here)
    assert gone.title != here.title and "To whom: 陈小明" in said(gone) and "SF1234567890" in said(gone)
    assert "against this receipt" not in said(gone)
    assert "Loaner returned" not in said(lent) and "Lent free of charge" in said(lent)
    assert "Loaner returned" in said(back) and "Lent free of charge" not in said(back)
    assert back.title != lent.title and "State of the unit: 完好" in said(back)
    assert "Accessories: none" in said(custody_paper(replace(STAYS, custody=Custody(**STAY | {"accessories": ""}))))


def test_an_approval_says_who_decided_when_by_which_clock_and_about_what():
    with i18n.speaking("en"):
        offline = said(approval_paper(an_approval()))
        known = said(approval_paper(an_approval(trusted=True, sent=True)))
        line = an_approval().line
        waiting = said(approval_paper(an_approval(line=line._replace(decided=None, rounds=()), decided_hash="")))
        back = said(approval_paper(an_approval(line=line._replace(decided=None, asked_back=True), decided_hash="")))
    assert "Goodwill · Approved" in offline and "Decided by: 王芳" in offline and "Reason: 同意，仅限本次" in offline
    assert "Clock: clock not trusted" in offline and "decided offline" in offline
    assert "Clock: checked against" in known and "Headquarters: has it" in known
    assert "01234567 89abcdef 01234567" in offline and "Amount: ¥238.00" in offline and "Days over: 11" in offline
    assert "Not decided yet" in waiting and "Decided by" not in waiting and "Asked back" not in waiting
    assert "Sent back with a question" in back and "01234567" in back


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_what_a_customer_takes_home_is_one_page(qapp, tmp_path, language):
    shop = ("unit_receipt", "loaner_slip", "counter_receipt")
    both = [(kind, size) for kind in ("repair_receipt", *shop) for size in (A4, A5)]
    one_page = [("warranty_verdict", A4), ("field_slip", A5), ("approval", A4), ("certificate", A4)]
    for kind, size in (*both, *one_page):
        with i18n.speaking(language):
            what = paper_print(KINDS[kind], "p", PAPERS[kind][0])
            document = pypdfium2.PdfDocument(str(write_print(what, tmp_path / "p.pdf", size, PAPER_DPI)))
        assert len(document) == 1
        document.close()
