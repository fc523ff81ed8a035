"""A statement as a table: CSV and XLSX that no spreadsheet takes for formulas."""

import csv
import io

import xlsxwriter

from core.money import yuan_text
from hq.settlement.desk import DocumentLine, StatementDocument

HEADINGS = ("工单", "费用", "配件", "配件名称", "数量", "金额(元)", "结算标准")
_KINDS = {
    "labour": "人工费",
    "visit": "上门费",
    "inspection": "检测费",
    "exchange": "换机费",
    "installation": "安装费",
    "distance": "远程费",
    "part": "配件费",
    "sla_bonus": "时效奖励",
    "sla_malus": "时效扣款",
    "penalty": "考核",
    "deduction": "扣款",
    "carried_over": "上期结转",
}
#: A cell that begins with one of these is run as a formula by the usual spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(text: str) -> str:
    """The text for a CSV cell: what could be a formula gets an apostrophe in front, which marks text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(document: StatementDocument) -> bytes:
    """The lines and their total as CSV (UTF-8 with mark, so that spreadsheets read Chinese)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for line in document.lines:
        texts = [safe(text) for text in _texts(line)]
        writer.writerow([*texts, line.quantity, yuan_text(line.amount_fen), safe(line.tariff)])
    writer.writerow(["合计", "", "", "", "", yuan_text(document.total_fen), ""])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(document: StatementDocument) -> bytes:
    """The same as a workbook: texts are written as texts, amounts as numbers with two decimals."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": document.made_at.replace(tzinfo=None)})
    sheet, bold, money = (
        book.add_worksheet("结算单"),
        book.add_format({"bold": True}),
        book.add_format({"num_format": "0.00"}),
    )
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(0, column, heading, bold)
    for row, line in enumerate(document.lines, 1):
        for column, text in enumerate(_texts(line)):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 4, line.quantity)
        sheet.write_number(row, 5, line.amount_fen / 100, money)
        sheet.write_string(row, 6, line.tariff)
    last = len(document.lines) + 1
    sheet.write_string(last, 0, "合计", bold)
    sheet.write_number(last, 5, document.total_fen / 100, money)
    sheet.set_column(0, 3, 22)
    book.close()
    return out.getvalue()


def _texts(line: DocumentLine) -> tuple[str, str, str, str]:
    return line.order, _KINDS.get(line.kind, line.kind), line.part, line.part_name
