"""Importing places and people; a person's first password must be changed at the first log-in."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from argon2 import PasswordHasher
from msgspec import Meta

from core.geography import Position
from core.ids import new_id
from core.roles import PlaceKind, Role
from core.rows.access import Rows
from core.rows.people import Credential, Person, Place
from core.rows.reference import ProductClass
from core.sla import BusinessHours
from hq.feed import Work
from hq.imports.reading import Reading

_Code = Annotated[str, Meta(min_length=1, max_length=40)]
_Name = Annotated[str, Meta(min_length=1, max_length=200)]


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a file of places; ``branch`` and ``warehouse`` are codes. Distances in metres."""

    code: _Code
    kind: PlaceKind
    name: _Name
    branch: _Code | None = None
    warehouse: _Code | None = None
    address: str = ""
    utc_offset_minutes: Annotated[int, Meta(ge=-900, le=900)] = 480
    grade: Annotated[int, Meta(ge=1, le=5)] = 3
    lines: tuple[str, ...] = ()
    licence_until: date | None = None
    area_m: Annotated[int, Meta(ge=0, le=2_000_000)] = 20_000
    areas: tuple[str, ...] = ()
    position: Position | None = None
    hours: BusinessHours | None = None
    active: bool = True
    frozen: bool = False
    direct_dispatch: bool = False


class PersonRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a file of people; ``place`` is a code; ``password`` is the first one, needed for a new person."""

    place: _Code
    login: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9._-]+$")]
    name: _Name
    roles: Annotated[tuple[Role, ...], Meta(min_length=1)]
    grade: Annotated[int, Meta(ge=1, le=3)] = 1
    lines: tuple[str, ...] = ()
    active: bool = True
    licence_until: date | None = None
    reexamination: bool = False
    password: Annotated[str, Meta(min_length=8, max_length=256)] | None = None
    approval_limit_fen: Annotated[int, Meta(ge=0)] | None = None


def places(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """New and changed places; a station names its branch, which may stand in the same file before it."""
    rows = doing.reference()
    known = {place.code: place for place in rows.find(Place)}
    found = []
    for number, row in reading.each(PlaceRow):
        before = known.get(row.code)
        branch, warehouse = known.get(row.branch or ""), known.get(row.warehouse or "")
        for problem in _place_problems(rows, row, branch, warehouse, before):
            reading.wrong(number, problem)
        place_id = before.id if before else new_id()
        own = row.kind is not PlaceKind.STATION
        values = msgspec.structs.asdict(row)  # positions and hours stay the Structs they are
        del values["branch"], values["warehouse"]
        place = Place(
            id=place_id,
            version=before.version if before else 0,
            branch_id=place_id if own or branch is None else branch.id,
            warehouse_id=warehouse.id if warehouse else None,
            **values,
        )
        known[row.code] = place
        found.append(place)

    def write() -> None:
        for place in found:
            rows.put(place)

    return write


def _place_problems(
    rows: Rows, row: PlaceRow, branch: Place | None, warehouse: Place | None, before: Place | None
) -> list[str]:
    rules = (
        (row.kind is PlaceKind.STATION and (branch is None or branch.kind is not PlaceKind.BRANCH),
         f"branch {row.branch or ''} is not known"),
        (row.warehouse is not None and (warehouse is None or warehouse.kind is not PlaceKind.WAREHOUSE),
         f"warehouse {row.warehouse} is not known"),
        (before is not None and before.kind is not row.kind, "a place keeps its kind"),
        (before is not None and branch is not None and before.branch_id != branch.id, "a station keeps its branch"),
    )  # fmt: skip
    unknown = [line for line in row.lines if rows.get(ProductClass, line) is None]
    return [what for wrong, what in rules if wrong] + [f"product class {line} is not known" for line in unknown]


def people(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """New and changed people; a given password replaces the old one and must be changed."""
    known = {place.code: place for place in doing.reference().find(Place)}
    found: list[tuple[Place, PersonRow, Person | None]] = []
    seen: set[tuple[str, str]] = set()
    for number, row in reading.each(PersonRow):
        place = known.get(row.place)
        if place is None:
            reading.wrong(number, f"place {row.place} is not known")
            continue
        same = doing.rows(place.branch_id).find(Person, place_id=place.id, login=row.login)
        if (row.place, row.login) in seen:
            reading.wrong(number, f"{row.login} stands here twice")
        seen.add((row.place, row.login))
        if not same and row.password is None:
            reading.wrong(number, f"{row.login} is new and needs a password")
        found.append((place, row, same[0] if same else None))

    def write() -> None:
        hasher = PasswordHasher()
        for place, row, before in found:
            _write_person(doing.rows(place.branch_id), place, row, before, hasher)

    return write


def _write_person(rows: Any, place: Place, row: PersonRow, before: Person | None, hasher: PasswordHasher) -> None:
    person = Person(
        id=before.id if before else new_id(),
        version=before.version if before else 0,
        branch_id=place.branch_id,
        place_id=place.id,
        login=row.login,
        name=row.name,
        roles=row.roles,
        grade=row.grade,
        lines=row.lines,
        active=row.active,
        approval_limit_fen=row.approval_limit_fen,
        licence_until=row.licence_until,
        reexamination=row.reexamination,
    )
    rows.put(person)
    if row.password is not None:
        old = rows.get(Credential, person.id)
        rows.put(
            Credential(
                id=person.id,
                version=old.version if old else 0,
                branch_id=place.branch_id,
                place_id=place.id,
                verifier=hasher.hash(row.password),
                must_change=True,
            )
        )
