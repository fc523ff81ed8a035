"""What the registry's benches stand on: an HQ whose table holds any number of units, as of a maker of many years."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import cache
from itertools import islice

from sqlalchemy import Connection, text

from core.contract.messages import REGISTRY_SCOPE
from core.warranty import RegisteredUnit, UnitStatus
from hq.feed import registry
from hq.feed.snapshot_files import registry_seq
from hq.store import Store

TODAY = date(2026, 11, 21)
_MODELS, _DEALERS, _REGIONS = 300, 4000, ("华东", "华南", "华北", "西南", "东北")
_DAYS = 2500
_PIECE = 20_000
_TRANSACTION = 500_000
_COUNTED = text("UPDATE scope_counter SET seq = :seq WHERE scope = :scope")
_COLUMNS = (*RegisteredUnit.__struct_fields__, "seq", "deleted", "key", "packed")


def unit(number: int) -> RegisteredUnit:
    """The unit with this number; every field is a function of it."""
    dice = number * 2654435761 % 2**32
    made, shipped = _DAYS - number % _DAYS, 4 + dice % 17
    sold = made - shipped - 5 - dice // 17 % 86
    is_sold = sold > 0
    dealer = dice // 3 % _DEALERS
    return RegisteredUnit(
        model=_model(number % _MODELS),
        serial=f"{_day(made).year % 100}{number % _MODELS:03}{number:08}",
        status=UnitStatus.SOLD if is_sold else UnitStatus.SHIPPED,
        made=_day(made),
        shipped=_day(made - shipped),
        dealer=_dealer(dealer),
        region=_REGIONS[dealer % 5],
        sold=_day(sold) if is_sold else None,
        registered=_day(sold) if is_sold and dice % 10 < 3 else None,
        installed=_day(sold - 1 - dice % 6) if is_sold and dice % 10 < 6 else None,
    )


def fill(store: Store, units: int, progress: Callable[[int], None], *, first: bool = True) -> None:
    """Write ``units`` into the registry as its loader does, but for its statements: those would take half an hour.

    ``first``: nothing is in it yet.
    """
    with store.writing() as connection:
        if first:
            connection.execute(text("INSERT INTO scope_counter VALUES (:scope, 0, 0)"), {"scope": REGISTRY_SCOPE})
        before = registry_seq(connection)
    for begin in range(0, units, _TRANSACTION):
        end = min(begin + _TRANSACTION, units)
        with store.writing() as connection:
            _write(connection, begin, end, before, sqlite=store.is_sqlite)
            connection.execute(_COUNTED, {"scope": REGISTRY_SCOPE, "seq": before + end})
        progress(end)
        if store.is_sqlite:
            with closing(store.engine.raw_connection()) as outside:  # of any transaction
                outside.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if not store.is_sqlite:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE registry_unit")


def _write(connection: Connection, begin: int, end: int, before: int, *, sqlite: bool) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    rows, columns = _rows(registry._Packer(connection), begin, end, before), ", ".join(_COLUMNS)
    if sqlite:
        raw.executemany(f"INSERT INTO registry_unit ({columns}) VALUES ({', '.join('?' * len(_COLUMNS))})", rows)
        return
    while some := list(islice(rows, _PIECE)):  # made before COPY begins: new names are written beside it
        with raw.cursor() as cursor, cursor.copy(f"COPY registry_unit ({columns}) FROM STDIN") as copy:
            for row in some:
                copy.write_row(row)


def _rows(packer: "registry._Packer", first: int, last: int, before: int) -> Iterator[tuple[object, ...]]:
    for begin in range(first, last, _PIECE):
        some = [unit(number) for number in range(begin, min(begin + _PIECE, last))]
        for seq, (one, packed) in enumerate(zip(some, packer.pack(some), strict=True), before + begin + 1):
            yield (
                one.model,
                one.serial,
                one.status.value,
                _text(one.made),
                _text(one.shipped),
                one.dealer,
                one.region,
                _text(one.sold),
                _text(one.registered),
                _text(one.installed),
                _text(one.exchanged_on),
                one.exchange_of,
                seq,
                False,
                packed["key"],
                packed["packed"],
            )


@cache
def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@cache
def _day(back: int) -> date:
    return TODAY - timedelta(days=back)


@cache
def _model(number: int) -> str:
    return f"KFR-{number}GW"


@cache
def _dealer(number: int) -> str:
    return f"经销商{number}"
