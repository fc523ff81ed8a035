"""The registry file: what goes in comes out, nothing else is found, and no serial number can be read from it."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.warranty.facts import RegisteredUnit, UnitStatus
from rowstore.registry_building import build_registry
from rowstore.registry_format import About, Change, RegistryReader, apply_delta, change_of, problem_of
from rowstore.registry_packing import key_of, pack_facts, put_number, take_number, unpack_facts

SALT = b"0123456789abcdef"
ABOUT = About(salt=SALT, at_seq=7, as_of=date(2026, 11, 1), incarnation="one")

days = st.none() | st.dates(date(1985, 1, 1), date(2079, 12, 31))
serials = st.text(st.characters(codec="ascii", categories=("Lu", "Nd")), min_size=1, max_size=24)
units = st.builds(
    RegisteredUnit,
    model=st.sampled_from(["KFR-35GW", "BCD-215", "电视 55E5"]),
    serial=serials,
    status=st.sampled_from(UnitStatus),
    made=days,
    shipped=days,
    sold=days,
    registered=days,
    installed=days,
    exchanged_on=days,
    dealer=st.sampled_from(["", "D1", "苏宁"]),
    region=st.sampled_from(["", "华东"]),
    exchange_of=st.just("") | serials,
)


@given(st.lists(st.integers(0, 2**63 - 1), max_size=8))
def test_numbers_come_back_in_order(numbers: list[int]) -> None:
    packed = bytearray()
    for number in numbers:
        put_number(packed, number)
    at, back = 0, []
    while at < len(packed):
        number, at = take_number(bytes(packed), at)
        back.append(number)
    assert back == numbers


@pytest.mark.parametrize("broken", [b"\x80", b"\xff" * 12])
def test_a_number_without_end_is_an_error(broken: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        take_number(broken, 0)


@given(units)
def test_facts_come_back_as_they_were(unit: RegisteredUnit) -> None:
    packed = pack_facts(unit, SALT)
    back, end = unpack_facts(b"##" + packed + b"rest", 2, unit.serial, SALT)
    assert end == 2 + len(packed)
    for field in (
        "serial",
        "status",
        "made",
        "shipped",
        "sold",
        "registered",
        "installed",
        "exchanged_on",
        "exchange_of",
    ):
        assert getattr(back, field) == getattr(unit, field)


@given(serials)
def test_keys_are_positive_63_bit_numbers_of_one_registry(serial: str) -> None:
    key = key_of(serial, SALT)
    assert 0 <= key < 2**63
    assert key != key_of(serial, b"another-registry")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(units, max_size=30), st.lists(units, max_size=10), serials)
def test_a_file_answers_like_a_dictionary(
    tmp_path: Path, made: list[RegisteredUnit], changed: list[RegisteredUnit], other: str
) -> None:
    path = tmp_path / "registry.db"
    model: dict[str, list[RegisteredUnit]] = {}
    for unit in made:
        model.setdefault(unit.serial, []).append(unit)
    made = [unit for known in model.values() for unit in known[:16]]
    model = {serial: known[:16] for serial, known in model.items()}
    assert build_registry(path, made, ABOUT) == len(model)
    model = {serial: sorted(known, key=lambda unit: unit.model) for serial, known in model.items()}
    assert answers(path, [*model, other]) == {serial: model.get(serial, []) for serial in [*model, other]}

    for unit in changed:
        model[unit.serial] = [unit]
    gone = [unit.serial for unit in made[:3] if unit.serial not in {one.serial for one in changed}]
    for serial in gone:
        model.pop(serial, None)
    changes = [change_of(unit.serial, [unit], SALT) for unit in changed] + [
        Change(key_of(one, SALT), ()) for one in gone
    ]
    assert apply_delta(path, changes, 99, date(2026, 11, 2)) == len(model)
    assert problem_of(path) == ""
    asked = [*model, *gone, other]
    assert answers(path, asked) == {serial: model.get(serial, []) for serial in asked}
    reader = RegistryReader(path)
    assert (reader.about().at_seq, reader.about().as_of, reader.about().incarnation) == (99, date(2026, 11, 2), "one")
    reader.close()


def answers(path: Path, asked: list[str]) -> dict[str, list[RegisteredUnit]]:
    reader = RegistryReader(path)
    found = {serial: list(reader.units_of(serial)) for serial in asked}
    reader.close()
    return found


def unit_of(number: int, model: str = "KFR-35GW") -> RegisteredUnit:
    made = date.fromordinal(date(2022, 3, 1).toordinal() + number % 900)
    return RegisteredUnit(
        model=model, serial=f"AUX{number:09d}", status=UnitStatus.SOLD, made=made, shipped=made, sold=made,
        dealer=f"D{number % 50}", region="华东", exchange_of="OLDSERIAL0001" if number == 5 else "",
    )  # fmt: skip


def test_the_file_lists_no_serial_numbers(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    build_registry(path, map(unit_of, range(2000)), ABOUT)
    content = path.read_bytes()
    assert b"AUX0000" not in content
    assert b"OLDSERIAL" not in content
    assert [unit.exchange_of for unit in answers(path, ["AUX000000005"])["AUX000000005"]] == ["OLDSERIAL0001"]


def test_two_models_may_share_a_serial_number(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    assert build_registry(path, [unit_of(1), unit_of(2), unit_of(1, "BCD-215")], ABOUT) == 2
    assert [unit.model for unit in answers(path, ["AUX000000001"])["AUX000000001"]] == ["BCD-215", "KFR-35GW"]


def test_fifty_thousand_units_take_few_bytes_each_and_leave_nothing_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    assert build_registry(path, map(unit_of, range(50_000)), ABOUT) == 50_000
    assert path.stat().st_size / 50_000 <= 28
    assert [found.name for found in tmp_path.iterdir()] == ["registry.db"]
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA page_size").fetchone() == (8192,)
    file.close()


def test_a_delta_that_fails_leaves_rows_and_cursor_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    build_registry(path, map(unit_of, range(10)), ABOUT)

    def cut_off() -> object:
        yield change_of("NEW1", [unit_of(77)], SALT)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        apply_delta(path, cut_off(), 50, date(2026, 11, 9))  # type: ignore[arg-type]
    reader = RegistryReader(path)
    assert reader.about().at_seq == 7
    assert reader.units_of("NEW1") == ()
    reader.close()
    assert problem_of(path) == ""


def test_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    build_registry(path, map(unit_of, range(5000)), ABOUT)
    content = path.read_bytes()
    for broken in (content[: len(content) // 2], b"junk" * 5000, b"", content[:8192] + bytes(8192) + content[16384:]):
        path.write_bytes(broken)
        assert problem_of(path)


def test_rows_that_went_missing_are_told(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    build_registry(path, map(unit_of, range(50)), ABOUT)
    file = sqlite3.connect(path)
    file.execute("DELETE FROM units WHERE k = (SELECT min(k) FROM units)")
    file.commit()
    file.close()
    assert problem_of(path) == "49 rows instead of 50"


def test_a_salt_of_the_wrong_length_is_a_defect(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        build_registry(tmp_path / "r.db", [], About(salt=b"short", at_seq=0, as_of=date(2026, 1, 1)))
