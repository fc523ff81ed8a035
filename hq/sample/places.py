"""The sample's places and people: HQ, three branches, their stations, a warehouse; everyone with a log-in."""

import hashlib
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec
from argon2.low_level import Type, hash_secret

from core.geography import Position
from core.roles import PlaceKind, Role
from core.rows.people import Credential, Person, Place
from hq.sample.dice import Dice, id_at
from hq.sample.documents import CLASSES
from hq.sample.names import CITIES, City, person

PASSWORD = "fixpoint-demo"  # noqa: S105 - the demonstration's password is printed on purpose
#: Cheap enough that forty take a second or two, within what OWASP's cheat sheet names for argon2id.
_DIRECT = "CD"  # the branch to whose stations HQ may offer orders itself
_NEIGHBOURS = 3  # a station's area: its own district and the next ones
_DISTRICT = 45_000  # from the middle of one district to the next, in millionths of a degree: five kilometres
_DEPUTY_LIMIT_FEN = 100_000  # what the first branch's second manager may decide alone
_MEMORY_KIB, _TIME, _LANES = 19 * 1024, 2, 1


class Account(NamedTuple):
    """A log-in of the demonstration, to be printed."""

    login: str
    password: str
    role: str
    name: str
    place: str
    place_name: str
    must_change: bool


class Staff(NamedTuple):
    """All places and people of the sample."""

    hq: Place
    warehouse: Place
    branches: list[Place]
    stations: list[Place]
    people: list[Person]
    credentials: list[Credential]
    accounts: list[Account]

    def at(self, place_id: str, role: Role) -> list[Person]:
        """The people of a place with a role, in the order they were made."""
        return [person for person in self.people if person.place_id == place_id and role in person.roles]


def city_of(branch: Place) -> City:
    """The city of a branch."""
    return next(city for city in CITIES if city.code == branch.code)


def staff(made_at: datetime, as_of: date, stations: int) -> Staff:
    """Build places and people; with twelve stations there are 42 people."""
    hq = _alone(made_at, PlaceKind.HQ, "HQ", "康威电器客户服务总部", "深圳市南山区高新南一道1号")
    warehouse = _alone(made_at, PlaceKind.WAREHOUSE, "WH01", "华南旧件库", "东莞市大朗镇富民路18号")
    branches = [
        msgspec.structs.replace(
            _alone(made_at, PlaceKind.BRANCH, city.code, f"{city.name}分公司", f"{city.name}市{city.districts[0]}区"),
            direct_dispatch=city.code == _DIRECT,
        )
        for city in CITIES
    ]
    places = [_station(made_at, as_of, index, branches, warehouse) for index in range(stations)]
    roster = _Roster(made_at)
    _fill(roster, hq, warehouse, branches, places)
    return Staff(hq, warehouse, branches, places, roster.people, roster.credentials, roster.accounts)


def _alone(made_at: datetime, kind: PlaceKind, code: str, name: str, address: str) -> Place:
    place_id = id_at(made_at, f"place/{code}")
    return Place(id=place_id, kind=kind, code=code, name=name, branch_id=place_id, address=address)


def _station(made_at: datetime, as_of: date, index: int, branches: list[Place], warehouse: Place) -> Place:
    branch, number = branches[index % len(branches)], index // len(branches)
    city, dice = city_of(branch), Dice("station", index)
    district = city.districts[number % len(city.districts)]
    round_ = number // len(city.districts)
    neighbours = tuple(city.districts[(number + step) % len(city.districts)] for step in range(_NEIGHBOURS))
    lines = CLASSES if index == 0 else tuple(line for line in CLASSES if line == "tv_lcd" or dice.chance(85))
    return Place(
        id=id_at(made_at, f"place/{branch.code}{number + 1:02d}"),
        kind=PlaceKind.STATION,
        code=f"{branch.code}{number + 1:02d}",
        name=f"{district}{f'第{round_ + 1}' if round_ else ''}维修站",
        branch_id=branch.id,
        warehouse_id=warehouse.id,
        address=f"{city.name}市{district}区{city.streets[number % len(city.streets)]}{dice.between(1, 200)}号",
        grade=4 if index == 0 else dice.between(2, 5),
        lines=lines,
        licence_until=as_of + timedelta(days=dice.between(90, 700)),
        areas=neighbours,
        position=position_in(city, district),
    )


def position_in(city: City, district: str, dice: Dice | None = None) -> Position:
    """The middle of a district, or a place in it: districts lie on two rings around the city's middle."""
    number = city.districts.index(district)
    north, east = ((0, 1), (1, 0), (0, -1), (-1, 0), (2, 1), (1, -2), (-2, -1), (-1, 2))[number % 8]
    away = (dice.between(-9_000, 9_000), dice.between(-9_000, 9_000)) if dice else (0, 0)
    lat, lon = city.lat_e6 + north * _DISTRICT, city.lon_e6 + east * _DISTRICT
    return Position(lat_e6=lat + away[0], lon_e6=lon + away[1])


class _Roster:
    """Hands out names, log-ins and verifiers, each log-in once."""

    def __init__(self, made_at: datetime) -> None:
        self.people: list[Person] = []
        self.credentials: list[Credential] = []
        self.accounts: list[Account] = []
        self._made_at = made_at
        self._dice = Dice("people")
        self._taken: set[str] = {"liwei", "wangfang"}

    def add(
        self,
        place: Place,
        role: Role,
        *,
        named: tuple[str, str] | None = None,
        lines: tuple[str, ...] = (),
        away: bool = False,
        limit_fen: int | None = None,
    ) -> None:
        name, login = named or self._name()
        must_change = role is Role.PARTS_PLANNER
        row = Person(
            id=id_at(self._made_at, f"person/{login}"),
            branch_id=place.branch_id,
            place_id=place.id,
            login=login,
            name=name,
            roles=(role,),
            grade=3 if named else self._dice.between(1, 3),
            lines=lines,
            reexamination=away,
            approval_limit_fen=limit_fen,
        )
        self.people.append(row)
        self.credentials.append(
            Credential(
                id=row.id,
                branch_id=row.branch_id,
                place_id=place.id,
                verifier=_verifier(login),
                must_change=must_change,
            )
        )
        self.accounts.append(Account(login, PASSWORD, role.value, name, place.code, place.name, must_change))

    def _name(self) -> tuple[str, str]:
        name, pinyin = person(self._dice)
        login, number = pinyin, 2
        while login in self._taken:
            login, number = f"{pinyin}{number}", number + 1
        self._taken.add(login)
        return name, login


def _fill(roster: _Roster, hq: Place, warehouse: Place, branches: list[Place], stations: list[Place]) -> None:
    for index, station in enumerate(stations):
        named = ("李伟", "liwei") if index == 0 else None
        roster.add(station, Role.TECHNICIAN, named=named, lines=station.lines)
        if index < 3:
            roster.add(station, Role.TECHNICIAN, lines=station.lines)
        roster.add(station, Role.STATION_LEAD, lines=station.lines)
    for index, branch in enumerate(branches):
        roster.add(branch, Role.BRANCH_MANAGER, named=("王芳", "wangfang") if index == 0 else None)
    for place, role, count in (
        (warehouse, Role.WAREHOUSE_CLERK, 2),
        (hq, Role.ADMINISTRATOR, 1),
        (hq, Role.DISPATCHER, 2),
        (hq, Role.CALLBACK_AGENT, 2),
        (hq, Role.SETTLEMENT_AUDITOR, 2),
        (hq, Role.PARTS_PLANNER, 1),
    ):
        for _ in range(count):
            roster.add(place, role)
    # these come last: the others keep their names
    roster.add(stations[0], Role.TECHNICIAN, lines=stations[0].lines, away=True)
    roster.add(branches[0], Role.BRANCH_MANAGER, limit_fen=_DEPUTY_LIMIT_FEN)


def _verifier(login: str) -> str:
    """The argon2id verifier of the demonstration password; its salt comes from the log-in, so that it repeats."""
    salt = hashlib.sha256(f"sample/{login}".encode()).digest()[:16]
    made = hash_secret(PASSWORD.encode(), salt, _TIME, _MEMORY_KIB, _LANES, 32, Type.ID)
    return made.decode()
