"""Reading rows from CSV or JSON, each with its number, and turning them into values of a type."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from core.operations.kernel import clean
from core.refusals import Refusal

T = TypeVar("T", bound=msgspec.Struct)
MOST_BYTES = 2 * 1024**3
_LONGEST_FIELD = 100_000
_SEPARATOR = ";"


class Reading:
    """The rows of a file by number (CSV: its line, with the heading as line 1; JSON: from 1), and what is wrong."""

    def __init__(self, rows: list[tuple[int, dict[str, Any]]], *, is_csv: bool) -> None:
        """Hold the rows; nothing is wrong yet."""
        self.rows = rows
        self.bad: list[tuple[int, str]] = []
        self._is_csv = is_csv

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
                prepared = _prepared(row, names) if self._is_csv else row
                yield number, msgspec.convert(prepared, kind, strict=not self._is_csv, str_keys=True)
            except msgspec.ValidationError as error:
                self.wrong(number, str(error))
            except (Refusal, RecursionError) as error:
                self.wrong(number, "control characters" if isinstance(error, Refusal) else "nested too deeply")


def _prepared(row: dict[str, Any], names: dict[str, msgspec.structs.FieldInfo]) -> dict[str, Any]:
    """A CSV row's cells as the type wants them: empty cells are left out, lists are split at semicolons."""
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
        raise Refusal("file_too_large", file=path.name, limit=MOST_BYTES // 1024**2)
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("[", "{"):
            return Reading(list(enumerate(_objects(text), 1)), is_csv=False)
        return Reading(_csv(text), is_csv=True)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, csv.Error, ValueError, RecursionError) as error:
        raise Refusal("file_unreadable", file=path.name, problem=str(error)[:200]) from error


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
