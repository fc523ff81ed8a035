"""What HQ answered about units that somebody asked for: kept so that it can be read again without a line."""

from datetime import datetime

import msgspec
from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.offline_db.engine import writing
from app.offline_db.schema import unit_answer
from app.offline_db.store import LocalRows
from core.contract.messages import UnitAnswer

#: So many answers are kept; the oldest go first.
MOST_KEPT = 500


def keep(engine: Engine, answer: UnitAnswer) -> None:
    """Keep the answer in the place of an earlier one about the same serial number."""
    values = {"body": msgspec.json.encode(answer), "as_of": answer.as_of}
    statement = upsert(unit_answer).values(serial=answer.serial, **values)
    newest = select(unit_answer.c.serial).order_by(unit_answer.c.as_of.desc()).limit(MOST_KEPT)
    with writing(engine) as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=["serial"], set_=values))
        connection.execute(delete(unit_answer).where(unit_answer.c.serial.not_in(newest)))


def kept(rows: LocalRows, serial: str) -> tuple[UnitAnswer, datetime] | None:
    """The kept answer and when HQ gave it; None when nobody asked, or when a newer program wrote it."""
    found = rows.connection.execute(select(unit_answer).where(unit_answer.c.serial == serial)).first()
    if found is None:
        return None
    try:
        return msgspec.json.decode(found.body, type=UnitAnswer), found.as_of
    except msgspec.DecodeError:
        return None
