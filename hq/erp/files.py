"""Exports a month as files: per statement a CSV, a workbook and JSON, and a manifest that proves them."""

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from hq import outbox
from hq.erp.tables import as_csv, as_xlsx
from hq.settlement.desk import STATEMENT, StatementDocument, branches_of
from hq.settlement.service import last_day
from hq.store import Store


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: statements, files (without the manifest), the statements' sum in fen."""

    month: str
    statements: int
    files: int
    total_fen: int
    manifest: str


def export(store: Store, month: str, folder: Path, now: datetime) -> Exported:
    """Write the month's documents into ``folder`` and mark them delivered; raises Refusal ``month_invalid``."""
    last_day(month)
    folder.mkdir(parents=True, exist_ok=True)
    found = _documents(store, month)
    documents = [document for _, document in found]
    entries = [_write(folder, document) for document in documents]
    manifest = {
        "month": month,
        "statements": entries,
        "total_fen": sum(document.total_fen for document in documents),
        "lines": sum(len(document.lines) for document in documents),
    }
    _put(folder / "manifest.json", _pretty(manifest))
    with store.writing() as connection:
        for branch_id, document in found:
            outbox.delivered(connection, branch_id, document.id, now)
    return Exported(
        month=month,
        statements=len(documents),
        files=sum(len(entry["files"]) for entry in entries),
        total_fen=sum(document.total_fen for document in documents),
        manifest=str(folder / "manifest.json"),
    )


def _documents(store: Store, month: str) -> list[tuple[str, StatementDocument]]:
    """The month's documents with their branch's id, by station."""
    found = []
    branches = branches_of(store)
    with store.reading() as connection:
        for branch in branches:
            for document in outbox.documents_of(connection, branch.id, STATEMENT):
                read = msgspec.json.decode(document.text, type=StatementDocument)
                if read.month == month:
                    found.append((branch.id, read))
    return sorted(found, key=lambda item: (item[1].station, item[1].run))


def _write(folder: Path, document: StatementDocument) -> dict[str, Any]:
    name = f"{document.station}-{document.month}-{document.run}"
    contents = {
        f"{name}.csv": as_csv(document),
        f"{name}.xlsx": as_xlsx(document),
        f"{name}.json": _pretty(msgspec.to_builtins(document)),
    }
    files = [_put(folder / file, content) for file, content in contents.items()]
    return {
        "id": document.id,
        "station": document.station,
        "run": document.run,
        "lines": len(document.lines),
        "total_fen": document.total_fen,
        "sum_of_lines_fen": sum(line.amount_fen for line in document.lines),
        "files": files,
    }


def _put(path: Path, content: bytes) -> dict[str, Any]:
    """Write the file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return {"name": path.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _pretty(content: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
