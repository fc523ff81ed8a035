"""The reference documents that ship with the programs, as rows: what a station uses before it is enrolled."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar, cast

import msgspec

import resources
from core.rows import Row
from core.rows.reference import DocumentKind, ReferenceDocument
from core.warranty import RegisteredUnit, RegistryState

R = TypeVar("R", bound=Row)
_BEGINNING = date(2000, 1, 1)


class ShippedRows:
    """Rows of the shipped policies, serial patterns, codes and holidays; nothing else is known, no registry."""

    def __init__(self) -> None:
        """Read the files."""
        self._documents = [*_policies(), *_one_file_each()]

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        """The document with this id, or None."""
        return next((row for row in self.find(kind) if row.id == row_id), None)

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        """The documents whose fields equal the given values."""
        if kind is not ReferenceDocument:
            return []
        fitting = [row for row in self._documents if all(getattr(row, name) == is_ for name, is_ in equal.items())]
        return cast("list[R]", fitting)

    def put(self, row: Row, /) -> None:
        """Shipped documents are not changed: a defect."""
        raise NotImplementedError(type(row).__name__)

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """There is no registry before enrolment."""
        return RegistryState.MISSING, None


def _policies() -> list[ReferenceDocument]:
    found = [entry for name in ("law.json", "promises.json") for entry in _read("policies", name)]
    return [
        *(_document(DocumentKind.POLICY, f"{entry['id']}/{entry['version']}", entry) for entry in found),
        *(_document(DocumentKind.CAMPAIGN, entry["id"], entry) for entry in _read("policies", "campaigns.json")),
    ]


def _one_file_each() -> list[ReferenceDocument]:
    patterns = [
        entry for path in sorted(resources.path("patterns").glob("*.json")) for entry in _read("patterns", path.name)
    ]
    return [
        _document(DocumentKind.SERIAL_PATTERNS, "shipped", patterns),
        _document(DocumentKind.FAULT_CODES, "fx", _read("codes", "fx.json")),
        _document(DocumentKind.HOLIDAYS, "cn", _read("holidays", "cn.json")),
    ]


def _read(*parts: str) -> Any:
    return json.loads(resources.read_text(*parts))


def _document(kind: DocumentKind, name: str, body: Any) -> ReferenceDocument:
    return ReferenceDocument(
        id=f"{kind}/{name}",
        kind=kind,
        name=name,
        revision="shipped",
        in_force_from=_BEGINNING,
        body=msgspec.Raw(msgspec.json.encode(body)),
    )
