"""Administration by files: workbooks as spreadsheets write them, the API, and every bad row named."""

import io
import random
import zipfile
from datetime import UTC, date, datetime

import pytest
import xlsxwriter

from core.refusals import Refusal
from core.rows.people import Person, Place
from core.rows.reference import Part
from hq.identity import issue_api_key
from hq.imports.reading import rows_of
from tests.unit import world

PARTS = ["id", "name_zh", "part_class", "price_fen", "transfer_fen", "models"]
GOOD = ["N-1", "新主板", "main_board", 100, 60, "LED55K35U"]


def workbook(*lines: list[object]) -> bytes:
    """A workbook whose first sheet holds the lines."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("零件")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            if isinstance(value, date):
                sheet.write_datetime(row, column, value, day)
            elif value is not None:
                sheet.write(row, column, value)
    book.close()
    return out.getvalue()


def refusal(data: bytes, name: str = "parts.xlsx") -> Refusal:
    with pytest.raises(Refusal) as caught:
        rows_of(name, data)
    return caught.value


def test_a_workbooks_cells_are_read_as_csv_would_hold_them():
    data = workbook(
        ["a", "b", "c", "d", "e"], [12, 0.25, True, date(2026, 11, 20), " 文字 "], [None] * 5, ["1", "", 0, "", "x"]
    )
    reading = rows_of("table.xlsx", data)
    assert reading.rows == [
        (2, {"a": "12", "b": "0.25", "c": "true", "d": "2026-11-20", "e": "文字"}),
        (4, {"a": "1", "b": "", "c": "0", "d": "", "e": "x"}),
    ]


def test_a_number_whose_last_digits_are_lost_is_refused_and_text_is_not():
    told = refusal(workbook(["serial"], [86123456789012712345]))
    assert told.code == "file_unreadable"
    assert "as text" in told.facts["problem"]
    assert rows_of("x.xlsx", workbook(["serial"], ["86123456789012712345"])).rows[0][1]["serial"].endswith("12345")
    assert rows_of("x.xlsx", workbook(["imei"], [861234567890127])).rows[0][1]["imei"] == "861234567890127"


@pytest.mark.parametrize(
    "lines",
    [[], [[None, None], ["x"]], [["a"], ["1", "2"]], [["a", None, "c"], ["1", "2", "3"]]],
    ids=["empty", "no heading", "beyond the heading", "below a gap"],
)
def test_a_sheet_without_a_right_heading_is_refused(lines):
    assert refusal(workbook(*lines)).code == "file_unreadable"


def test_a_small_file_that_unpacks_to_much_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/bomb.xml", "w") as sheet:
        for _ in range(600):
            sheet.write(bytes(1024**2))
    assert len(out.getvalue()) < 2 * 1024**2
    assert refusal(out.getvalue()).code == "import_too_large"


def test_damaged_workbooks_are_refused_and_never_a_defect():
    whole = workbook(PARTS, *[[f"N-{n}", *GOOD[1:]] for n in range(40)])
    dice = random.Random(5)
    refused = 0
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 3, 40))):
            data[dice.randrange(4, len(data))] = dice.randrange(256)
        del data[dice.randrange(5, len(data)) if dice.random() < 0.2 else len(data) :]
        try:
            rows_of("parts.xlsx", bytes(data))
        except Refusal as told:
            refused += told.code in ("file_unreadable", "import_too_large")
    assert refused > 50


@pytest.fixture
def send(hq):
    """Posts a file to the import door with a key of its own right."""
    with hq.store.writing() as connection:
        keys = {
            right: issue_api_key(connection, right, [right], datetime.now(UTC)) for right in ("administer", "intake")
        }

    def post(kind, data, right="administer", **query):
        headers = {"X-API-Key": keys[right]}
        return hq.client.post(f"/v1/imports/{kind}", content=data, params=query, headers=headers)

    return post


def test_a_workbook_goes_in_over_the_api_after_a_dry_run_that_names_every_bad_row(hq, send):
    bad = workbook(PARTS, *[[f"N-{n}", "坏", "main_board", -5 if n % 2 else 5, 60, None] for n in range(2_500)])
    told = send("parts", bad, name="parts.xlsx", dry_run="true")
    assert (told.status_code, told.json()["code"]) == (400, "import_invalid")
    rows = told.json()["facts"]["rows"]
    assert [int(row.split(":")[0]) for row in rows] == [n + 2 for n in range(2_500) if n % 2]
    good = workbook(PARTS, GOOD)
    assert send("parts", good, dry_run="true").json() == {"kind": "parts", "rows": 1, "imported": 0}
    assert not hq.rows(Part, id="N-1")
    assert send("parts", good).json() == {"kind": "parts", "rows": 1, "imported": 1}
    assert hq.rows(Part, id="N-1")[0].name_zh == "新主板"


def test_one_bad_row_keeps_all_out(hq, send):
    people = (
        b"place,login,name,roles,password\nST,new-one,A,technician,long enough\nXX,new-two,B,technician,long enough\n"
    )
    code = hq.rows(Place, id=world.STATION)[0].code
    told = send("people", people.replace(b"ST,", code.encode() + b","), name="people.csv")
    assert told.json()["facts"] == {"count": 1, "total": 2, "rows": ["3: place XX is not known"]}
    assert not hq.rows(Person, login="new-one")


def test_other_rights_kinds_and_files_are_refused(send):
    assert send("parts", b"id\n", right="intake").json()["code"] == "right_missing"
    assert send("nothing", b"id\n").json()["code"] == "import_kind_unknown"
    assert send("parts", b"\xff\xfe\x00[").json()["code"] == "file_unreadable"
