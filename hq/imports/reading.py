"""Reading rows from CSV, XLSX or JSON, each with its number, and turning them into values of a type."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from core.operations.kernel import clean
from core.refusals import Refusal

T = TypeVar("T", bound=msgspec.Struct)
MOST_BYTES = 2 * 1024**3
#: A workbook is held in memory as a whole: its bytes, unpacked, may not be more.
MOST_UNPACKED_BYTES = 512 * 1024**2
_WORKBOOK = b"PK\x03\x04"
#: Spreadsheets keep a number to fifteen digits; a longer one has lost its end.
_EXACT = 10**15
_LONGEST_FIELD = 100_000
_SEPARATOR = ";"


class Reading:
    """The rows of a file by number (tables: the line, with the heading as line 1; JSON: from 1), and what is wrong."""

    def __init__(self, rows: list[tuple[int, dict[str, Any]]], *, is_table: bool) -> None:
        """Hold the rows; nothing is wrong yet."""
        self.rows = rows
        self.bad: list[tuple[int, str]] = []
        self._is_table = is_table

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def wrong(self, number: int, problem: str) -> None:
        """Note what is wrong with a row."""
        self.bad.append((number, problem))

    def each(self, kind: type[T]) -> Iterator[tuple[int, T]]:
        """Every row as a value of ``kind``; rows that are none are noted and left out."""
        names = {field.name: field for field in msgspec.structs.fields(kind)}
        for number, row in self.rows:
            try:
                clean(row)
                prepared = _prepared(row, names) if self._is_table else row
                yield number, msgspec.convert(prepared, kind, strict=not self._is_table, str_keys=True)
            except msgspec.ValidationError as error:
                self.wrong(number, str(error))
            except (Refusal, RecursionError) as error:
                self.wrong(number, "control characters" if isinstance(error, Refusal) else "nested too deeply")


def _prepared(row: dict[str, Any], names: dict[str, msgspec.structs.FieldInfo]) -> dict[str, Any]:
    """A table row's cells as the type wants them: empty cells are left out, lists are split at semicolons."""
    found: dict[str, Any] = {}
    for name, cell in row.items():
        if cell == "" or cell is None:
            continue
        is_list = name in names and "tuple" in str(names[name].type)
        found[name] = [part.strip() for part in cell.split(_SEPARATOR) if part.strip()] if is_list else cell
    return found


def read_rows(path: Path) -> Reading:
    """The file's rows; raises Refusal ``file_too_large`` or ``file_unreadable``."""
    if path.stat().st_size > MOST_BYTES:
        raise Refusal("import_too_large", file=path.name, limit=MOST_BYTES // 1024**2)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", file=path.name, problem=error.strerror or "") from error
    return rows_of(path.name, data)


def rows_of(name: str, data: bytes) -> Reading:
    """The rows in a file's bytes: a workbook's first sheet, JSON, or CSV; raises Refusal as :func:`read_rows`."""
    try:
        if data.startswith(_WORKBOOK):
            return Reading(_sheet(name, data), is_table=True)
        text = data.decode("utf-8-sig")
        if name.lower().endswith(".json") or text.lstrip()[:1] in ("[", "{"):
            return Reading(list(enumerate(_objects(text), 1)), is_table=False)
        return Reading(_csv(text), is_table=True)
    except _UNREADABLE as error:
        raise Refusal("file_unreadable", file=name, problem=str(error)[:200]) from error


_UNREADABLE = (
    msgspec.DecodeError,
    csv.Error,
    ValueError,
    RecursionError,
    CalamineError,
    zipfile.BadZipFile,
    NotImplementedError,  # zipfile: an archive of a newer kind
    OverflowError,
)


def _objects(text: str) -> list[dict[str, Any]]:
    found = msgspec.json.decode(text.encode())
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a list of objects is expected")
    return rows


def _csv(text: str) -> list[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if not reader.fieldnames:
        raise ValueError("the file is empty")
    rows = []
    for row in reader:
        if None in row:
            raise ValueError(f"line {reader.line_num} has more cells than the heading")
        rows.append((reader.line_num, {str(name).strip(): (cell or "").strip() for name, cell in row.items()}))
    return rows


def _sheet(name: str, data: bytes) -> list[tuple[int, dict[str, Any]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED_BYTES:
            raise Refusal("import_too_large", file=name, limit=MOST_UNPACKED_BYTES // 1024**2)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    lines = ([_cell(value) for value in line] for line in sheet.to_python(skip_empty_area=False))
    heading = next(lines, [])
    if not any(heading):
        raise ValueError("the first line holds no heading")
    rows = []
    for number, cells in enumerate(lines, 2):
        if any(cells[len(heading) :]) or any(cell for title, cell in zip(heading, cells, strict=False) if not title):
            raise ValueError(f"line {number} has cells below no heading")
        if any(cells):
            rows.append((number, {title: cell for title, cell in zip(heading, cells, strict=False) if title}))
    return rows


def _cell(value: str | float | bool | date | datetime | time | timedelta) -> str:
    """A cell as CSV would hold it; a number whose end the spreadsheet has lost is refused."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        if abs(value) >= _EXACT:
            raise ValueError(f"{value:.0f} has lost its last digits: format its column as text and type it again")
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip()
