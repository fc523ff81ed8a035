"""Each paper of the kit, written as PDF and seen at 203 dpi, gives its code on every page to our own reader."""

from datetime import UTC, date, datetime
from types import MappingProxyType

import numpy as np
import pypdfium2
import pytest

from app import i18n
from app.queries.papers import Issuer, UnitNamed
from app.queries.receipt_paper import ReceiptFacts, ReceiptFee, ReceiptPart
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
    FieldSlip,
    box_list_paper,
    paper_print,
    slip_paper,
    write_print,
)
from app.ui.printing.repair_receipt import receipt_paper
from app.ui.printing.verdict_page import verdict_paper
from core.identifiers import format_order
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
    parts=(ReceiptPart("TV-MB-0101", ("主板", "Main board"), 1, "N1234567", "customer", "customer"),),
    fees=(ReceiptFee("visit", None, 1, 5000, ""), ReceiptFee("part", ("主板", "Main board"), 1, 42000, "")),
    goodwill_fen=0, total_fen=47000, price_list="2026-01", outcome="out_of_warranty", signed_by="陈静", signed_at=NOW,
    holds_days=90, holds_until=date(2026, 6, 15),
)  # fmt: skip
SLIP = FieldSlip(NUMBER, "上门", "陈静", "138", "科苑路", "TV", "K35U", "10:00", "不开机", "南山维修站", "李伟")
BOX = BoxLabel("SZ-B-2603-0012", "FX-B:SZ-B-2603-0012", "南山维修站", "旧件库", 40, "2026-03-18")
ITEMS = [BoxItem(f"7K2M9QX4{n:04d}", "BL-5535-A", "背光灯条", f"PN5523A{n:06d}", NUMBER) for n in range(40)]

PAPERS = MappingProxyType(
    {
        "field_slip": (lambda: slip_paper(SLIP), format_order(NUMBER)),
        "box_list": (lambda: box_list_paper(BOX, ITEMS), BOX.code),
        "warranty_verdict": (lambda: verdict_paper(a_verdict()), format_order(NUMBER)),
        "repair_receipt": (lambda: receipt_paper(RECEIPT), format_order(NUMBER)),
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


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_what_a_customer_takes_home_is_one_page(qapp, tmp_path, language):
    for kind, size in (("warranty_verdict", A4), ("repair_receipt", A5), ("repair_receipt", A4), ("field_slip", A5)):
        with i18n.speaking(language):
            what = paper_print(KINDS[kind], "p", PAPERS[kind][0])
            document = pypdfium2.PdfDocument(str(write_print(what, tmp_path / "p.pdf", size, PAPER_DPI)))
        assert len(document) == 1
        document.close()
