"""The golden warranty cases at both ends: in a station's encrypted database with its registry file, and at HQ."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.bootstrap import RegistryLookUps
from app.offline_db.registry_file import Registry
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from core.judging import advise_unit, judge_unit
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.warranty import WHOLE_UNIT, Advised, Verdict
from hq.bootstrap import open_store
from hq.feed import load, load_registry, work
from hq.store import Store as HqStore
from rowstore.registry_building import build_registry
from rowstore.registry_format import About
from tests import golden
from tests.golden import Golden
from tests.integration import station_kit as kit

CASES = golden.cases()
_REFUSED = "remedy.refund_like_model_refused"


class Ends(NamedTuple):
    """A station and HQ that hold the same facts."""

    station: Store
    hq: HqStore


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ends]:
    folder = tmp_path_factory.mktemp("golden")
    rows = [row for one in CASES for row in (golden.order(one), golden.unit(one), golden.record(one))]
    units = [unit for one in CASES for unit in golden.units(one)]
    hq = open_store(folder / "hq")
    with work(hq) as doing:
        load(doing, [*kit.reference(), *golden.reference(), *kit.people(), *rows])
        load_registry(doing, units)
    with kit.filled_store(folder / "station") as station:
        sync = SyncStore(station)
        kit.page(sync, kit.lines(golden.reference(), 100), scope="reference")
        kit.page(sync, kit.lines(rows, 100))
        station.registry = RegistryLookUps(_registry(folder / "station" / "golden.registry", units), kit.Clock(), 480)
        yield Ends(station, hq)
    hq.close()


def _registry(path: Path, units: list[Any]) -> Registry:
    build_registry(path, units, About(salt=bytes(range(16)), at_seq=1, as_of=kit.NOW.date()))
    return Registry(path)


def judged(rows: Rows, one: Golden) -> tuple[Verdict, Advised]:
    order = rows.get(WorkOrder, golden.order(one).id)
    unit = rows.get(OrderUnit, golden.unit(one).id)
    assert order is not None and unit is not None
    return judge_unit(order, unit, rows, one.day), advise_unit(order, unit, rows, one.day)


def test_there_are_enough_cases_and_each_names_its_source() -> None:
    assert len(CASES) >= 150
    assert all(one.get("source") for one in CASES)
    assert len({one.case for one in CASES}) == len(CASES)


@pytest.mark.parametrize("one", CASES, ids=[one.case for one in CASES])
def test_both_ends_say_what_the_table_says(ends: Ends, one: Golden) -> None:
    with ends.station.reading() as rows:
        verdict, advised = judged(rows, one)
    with work(ends.hq) as doing:
        assert judged(doing.view(kit.BRANCH), one) == (verdict, advised)
    expected = {
        name: one.get(name)
        for name in ("outcome", "start", "whole_to", "days_added", "part_to", "days_over", "remedies", *_MONEY)
        if one.get(name)
    }
    said = _said(verdict, advised, one)
    assert {name: said[name] for name in expected} == _as_sets(expected), (one.get("source"), one.get("note"))


_MONEY = ("rate_days", "kept_fen", "refund_fen")


def _as_sets(expected: dict[str, str]) -> dict[str, object]:
    named = expected.get("remedies", "")
    return expected | ({"remedies": set(named.split(";")) - {"none"}} if named else {})


def _said(verdict: Verdict, advised: Advised, one: Golden) -> dict[str, object]:
    """What an end said, in the words of the tables."""
    whole, part = verdict.cover_of(WHOLE_UNIT), verdict.cover_of(one.get("part") or WHOLE_UNIT)
    back = next((advice for advice in advised.advice if advice.rule == _REFUSED), None)
    return {
        "outcome": verdict.outcome.value,
        "start": _day(verdict.start),
        "whole_to": _day(whole.to_day if whole else None),
        "days_added": str(whole.days_added) if whole else "",
        "part_to": _day(part.to_day if part else None),
        "days_over": str(verdict.days_over or ""),
        "remedies": {remedy.rule.removeprefix("remedy.") for remedy in verdict.remedies},
        "rate_days": str((back.days_used or 0) - (back.days_off or 0)) if back else "",
        "kept_fen": str(back.kept_fen) if back else "",
        "refund_fen": str(back.refund_fen) if back else "",
    }


def _day(found: date | None) -> str:
    return found.isoformat() if found else ""
