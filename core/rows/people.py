"""Places, the people who work there, and their offline log-in."""

from datetime import date, datetime

from core.geography import Position
from core.roles import PlaceKind, Role
from core.rows.base import Row, TradeRow
from core.sla import BusinessHours


class Place(Row, frozen=True, kw_only=True):
    """A branch, station, warehouse or HQ itself; reference data without personal facts."""

    kind: PlaceKind
    code: str
    name: str
    branch_id: str  # a branch's own id; a warehouse leads with its own id
    warehouse_id: str | None = None  # where a station's old parts go
    address: str = ""
    utc_offset_minutes: int = 480
    grade: int = 3  # the station's grade, 1 to 5
    lines: tuple[str, ...] = ()  # licensed product classes
    licence_until: date | None = None
    area_m: int = 20_000  # metres a visit may be away before it needs approval
    areas: tuple[str, ...] = ()  # names that an address of the licensed area holds; none: no area is named
    position: Position | None = None
    hours: BusinessHours | None = None  # None: those of the table of time limits
    active: bool = True
    frozen: bool = False  # is offered no new orders for the time being
    direct_dispatch: bool = False  # of a branch: HQ may offer orders to its stations without asking it


class Person(TradeRow, frozen=True, kw_only=True):
    """One of the people of a place; the branch sees its stations' people too."""

    place_id: str
    login: str
    name: str
    roles: tuple[Role, ...]
    grade: int = 1  # 1 初 junior, 2 中, 3 高 senior
    lines: tuple[str, ...] = ()
    active: bool = True
    licence_until: date | None = None
    reexamination: bool = False  # 待岗: failed the re-examination and is offered no work until it is passed
    approval_limit_fen: int | None = None  # what this person may decide; None: what their level may


class Deputy(TradeRow, frozen=True, kw_only=True):
    """Who decides in somebody's stead while they are away, both days included."""

    place_id: str
    person_id: str
    deputy_id: str
    first_day: date
    last_day: date
    named_at: datetime


class Credential(TradeRow, frozen=True, kw_only=True):
    """A person's password verifier (argon2id, PHC string), seen only at the person's own place. Id = person's id."""

    place_id: str
    verifier: str
    must_change: bool = False
