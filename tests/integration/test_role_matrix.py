"""Each role tries each action over HQ's real API: refused without the role, never refused for it with it."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, cast

import msgspec
import pytest
from msgspec import inspect

from core.contract.messages import Answer, Outcome
from core.ids import new_id
from core.operations import ACTIONS
from core.operations.kernel import Action, decode_args
from core.roles import Role
from tests.integration.device import TestDevice
from tests.unit import world

ROLES = tuple(Role)


def _text(kind: inspect.StrType) -> str:
    samples = ("x" * max(kind.min_length or 1, 1), new_id(), "0" * 64, "$argon2id$" + "x" * 20)
    return next(text for text in samples if re.search(kind.pattern or "", text))


#: The smallest value of a type, as JSON would hold it.
LEAST: dict[type[inspect.Type], Callable[[Any], Any]] = {
    inspect.StrType: _text,
    inspect.AnyType: lambda kind: None,
    inspect.IntType: lambda kind: 1 if kind.ge is None else kind.ge,
    inspect.BoolType: lambda kind: False,
    inspect.DateTimeType: lambda kind: datetime(2026, 11, 20, tzinfo=UTC).isoformat(),
    inspect.DateType: lambda kind: date(2026, 11, 20).isoformat(),
    inspect.EnumType: lambda kind: next(iter(kind.cls)).value,
    inspect.LiteralType: lambda kind: kind.values[0],
    inspect.StructType: lambda kind: {one.encode_name: least(one.type) for one in kind.fields if one.required},
    inspect.VarTupleType: lambda kind: [least(kind.item_type)] * (kind.min_length or 0),
    inspect.ListType: lambda kind: [least(kind.item_type)] * (kind.min_length or 0),
    inspect.UnionType: lambda kind: least(kind.types[0]),
    inspect.NoneType: lambda kind: None,
    inspect.DictType: lambda kind: {},
}


def least(kind: inspect.Type) -> Any:
    """The smallest value of a type; a KeyError asks for its line in the table."""
    return LEAST[type(kind)](kind)


def least_args(action: Action[Any]) -> dict[str, Any]:
    """Arguments that decode, though they fit no row."""
    args = least(inspect.type_info(action.args))
    decode_args(action, msgspec.json.encode(args))
    return cast(dict[str, Any], args)


def by_role(role: Role) -> str:
    """The id of the person who has this role alone."""
    return world.an_id(f"only {role}")


@pytest.fixture
def device(hq_store, tmp_path) -> Iterator[TestDevice]:
    """A station's device where nine people work, each with one role."""
    from tests.integration.hq_world import headquarters

    people = [world.person(by_role(role), world.STATION, role) for role in ROLES]
    with headquarters(hq_store, tmp_path / "hq-data", *people) as reached:
        yield reached.device()


def answers_of(device: TestDevice, role: Role) -> dict[str, Answer]:
    """What HQ answers when the person tries each action once, each on rows of its own."""
    pushed = {}
    for name, action in ACTIONS.items():
        pushed[name] = device.do(name, least_args(action), user=by_role(role))
    return dict(zip(pushed, device.push(*pushed.values()).answers, strict=True))


@pytest.mark.parametrize("role", ROLES)
def test_each_action_is_allowed_to_its_roles_and_refused_to_others(device, role):
    allowed, refused = set(), set()
    for name, answer in answers_of(device, role).items():
        assert answer.code != "operation_failed", (name, answer)
        if answer.code == "role_not_allowed":
            assert answer.outcome is Outcome.PARKED
            refused.add(name)
        else:
            allowed.add(name)
    assert allowed == {name for name, action in ACTIONS.items() if role in action.roles}
    assert refused == ACTIONS.keys() - allowed
