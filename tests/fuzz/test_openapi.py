"""HQ's OpenAPI document against HQ: whatever fits it, and what does not, is answered as the document says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conformance

from tests.fuzz.test_hq_decoders import Reached, reached

TIMES = max(settings.default.max_examples // 100, 1)
CHECKS: list[Any] = [
    not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
EFFORT = settings(
    max_examples=6 * TIMES,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PIECES = "application/offset+octet-stream"
#: These hold on purpose until something happens.
WAITING = {"/v1/wait"}
KINDS = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


schemathesis.serializer.alias(PIECES, "application/octet-stream")
schemathesis.openapi.media_type(PIECES, st.binary(max_size=100))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    yield from reached(tmp_path_factory.mktemp("openapi"))


def token(there: Reached, operation: Any) -> dict[str, str]:
    """The bearer that the route asks for; one of its own device, which may be revoked or renamed by it."""
    names = [name for one in operation.definition.raw.get("security", []) for name in one]
    chosen = there.device.token if "device" in names else there.key if names else ""
    return {"Authorization": f"Bearer {chosen}"} if chosen else {}


def answered(there: Reached, case: Any) -> None:
    """Ask, and compare the answer with the document."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    headers = {name: value for name, value in sent.pop("headers", {}).items() if name.lower() != "authorization"}
    sent.pop("cookies", None)
    if case.operation.path in WAITING:
        sent["params"] = dict(sent.get("params") or {}) | {"seconds": "0"}
    content = sent.pop("data", None)
    more = {"content": content} if isinstance(content, bytes | str) else {}
    answer = there.hq.client.request(**sent, **more, headers=headers | token(there, case.operation))
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.lower())
def test_every_route_answers_as_the_document_says(there: Reached, kind: Any) -> None:
    schema = schemathesis.openapi.from_dict(there.hq.client.app.openapi())
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if not {"parameters", "requestBody"} & operation.definition.raw.keys() and kind is KINDS[1]:
            continue  # nothing that could be wrong

        @EFFORT
        @given(case=operation.as_strategy(generation_mode=kind))
        def ask(case: Any) -> None:
            answered(there, case)

        ask()
        asked += 1
    assert asked > 10
