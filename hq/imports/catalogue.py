"""Importing models and parts."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.identifiers import is_gtin
from core.parts.supersession import in_cycles
from core.rows.reference import Model, ModelPart, Part, ProductClass
from hq.feed import Work
from hq.imports.reading import Reading

_Code = Annotated[str, Meta(min_length=1, max_length=40)]
_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Fen = Annotated[int, Meta(ge=0, le=10**10)]


class ModelRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a model file; money in fen."""

    id: _Code
    brand: _Name
    product_class: _Code
    name_zh: _Name
    name_en: str = ""
    gtin: str
    serial_prefix: str = ""
    price_fen: _Fen
    tier: Annotated[int, Meta(ge=1, le=9)] = 1


class PartRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a parts file; money in fen; ``models`` are the models it fits."""

    id: _Code
    name_zh: _Name
    name_en: str = ""
    part_class: _Code
    main_part: bool = False
    price_fen: _Fen
    transfer_fen: _Fen
    serialised: bool = True
    return_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    superseded_by: _Code | None = None
    supplier: str = ""
    models: tuple[str, ...] = ()


def models(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """New and changed models."""
    rows, found = doing.reference(), []
    for number, row in reading.each(ModelRow):
        if rows.get(ProductClass, row.product_class) is None:
            reading.wrong(number, f"product class {row.product_class} is not known")
        if not is_gtin(row.gtin):
            reading.wrong(number, f"GTIN {row.gtin} has a wrong check digit")
        values = msgspec.structs.asdict(row) | {"gtin": row.gtin.zfill(14)}
        found.append(Model(**values))

    def write() -> None:
        for model in found:
            rows.put(_over(rows.get(Model, model.id), model))

    return write


def parts(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """New and changed parts, and which models they fit (added to what is known)."""
    rows = doing.reference()
    found: list[tuple[Part, tuple[str, ...]]] = []
    numbers: dict[str, int] = {}
    for number, row in reading.each(PartRow):
        for model in row.models:
            if rows.get(Model, model) is None:
                reading.wrong(number, f"model {model} is not known")
        values = msgspec.structs.asdict(row)
        del values["models"]
        found.append((Part(**values), row.models))
        numbers[row.id] = number
    successors = {part.id: part.superseded_by for part in rows.find(Part)}
    successors |= {part.id: part.superseded_by for part, _ in found}
    for part_id in in_cycles(successors):
        if part_id in numbers:
            reading.wrong(numbers[part_id], f"the replacements of {part_id} come back to themselves")

    def write() -> None:
        for part, fitting in found:
            rows.put(_over(rows.get(Part, part.id), part))
            for model in fitting:
                fits = ModelPart(id=f"{model}:{part.id}", model_id=model, part_id=part.id)
                if rows.get(ModelPart, fits.id) is None:
                    rows.put(fits)

    return write


def _over(before: Any, row: Any) -> Any:
    """The row with the version of the one it replaces."""
    return msgspec.structs.replace(row, version=before.version) if before is not None else row
