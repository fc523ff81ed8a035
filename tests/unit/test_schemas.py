"""Operations of older schemas: raised step by step to today's, refused only with the reason to keep them by."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.operations import kernel, schemas
from core.operations.operation import encode
from core.refusals import Refusal
from tests.unit import world as w


def body(schema: object, **fields: Any) -> str:
    """A note's operation that says it is of ``schema``."""
    made = msgspec.json.decode(encode(w.an_operation("add_note", {"order_id": w.ORDER, "text": "x"})))
    return msgspec.json.encode(made | {"schema": schema} | fields).decode()


@pytest.fixture
def at_five(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of schema 5 whose steps write down that they were taken."""
    monkeypatch.setattr(schemas, "NEWEST", 5)
    monkeypatch.setattr(schemas, "CONVERTERS", {2: passed("2"), 4: passed("4")})


def passed(step: str) -> schemas.Converter:
    """A step that leaves its mark."""
    return lambda found: found | {"versions": found["versions"] | {step: "passed"}}


@pytest.mark.parametrize(("schema", "steps"), [(2, {"2", "4"}), (3, {"4"}), (4, {"4"}), (5, set())])
def test_each_schema_takes_the_steps_it_lacks(at_five: None, schema: int, steps: set[str]) -> None:
    made = kernel.decode_operation(body(schema))
    assert set(made.versions) == steps
    assert made.schema == 5


@pytest.mark.parametrize(("schema", "code"), [(6, "schema_newer"), (1, "schema_too_old"), (0, "schema_too_old")])
def test_what_lies_outside_is_named(at_five: None, schema: int, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        kernel.decode_operation(body(schema, **({"moon": 1} if schema == 6 else {})))
    assert caught.value.code == code


def test_the_oldest_is_three_behind_and_never_below_the_first(at_five: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert schemas.least() == 2
    monkeypatch.setattr(schemas, "NEWEST", 1)
    assert schemas.least() == 1


@pytest.mark.parametrize(
    "broken", ["", "[]", "7", "{", '{"schema": "two"}', '{"schema": 2}', body("x"), body(None), body(2, versions=7)]
)
def test_what_is_no_operation_of_its_schema_is_refused_and_no_defect(at_five: None, broken: str) -> None:
    with pytest.raises(Refusal) as caught:
        kernel.decode_operation(broken)
    assert caught.value.code == "operation_invalid"


def test_half_a_character_has_no_schema() -> None:
    assert schemas.schema_of("\ud800") is None


@given(st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8), max_size=5))
def test_nothing_that_is_sent_is_a_defect(fields: dict[str, Any]) -> None:
    sent = msgspec.json.encode({**fields, "schema": 1}, enc_hook=str) if _fits(fields) else b"{}"
    with pytest.raises(Refusal) as caught:
        kernel.decode_operation(sent.decode("utf-8", "replace"))
    assert caught.value.code == "operation_invalid"


def _fits(fields: dict[str, Any]) -> bool:
    numbers = [value for value in fields.values() if isinstance(value, int)]
    texts = [text for pair in fields.items() for text in pair if isinstance(text, str)]
    return all(-(2**63) <= n < 2**63 for n in numbers) and not any("\ud800" <= c <= "\udfff" for t in texts for c in t)
