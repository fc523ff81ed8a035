"""Enrolment: a one-time code and the device's public key become an identity that HQ knows."""

import base64
from collections.abc import Callable

from app.sync.client import decoded, problem_of
from app.sync.ports import Signer
from app.sync.transport import Request, Transport
from core.contract import codec
from core.contract.messages import EnrolReply, EnrolRequest


def enrol(
    transport: Transport,
    signer: Signer,
    code: str,
    *,
    device_name: str = "",
    app_version: str = "",
    language: Callable[[], str] = lambda: "en",
) -> EnrolReply:
    """Ask HQ for an identity; the caller keeps what comes back. The code is used up only when this returns.

    Refuses with HQ's reason (a wrong or used code) or with ``hq_unreachable``, ``hq_failed``, ``hq_unexpected``.
    """
    message = EnrolRequest(
        code=code.strip(),
        public_key=base64.b64encode(signer.public_bytes).decode(),
        device_name=device_name[:200],
        app_version=app_version[:40],
    )
    headers = {"Content-Type": "application/json", "Accept-Language": language()}
    reply = transport.send(Request("POST", "/v1/enrol", headers, codec.encode(message)))
    if reply.status not in (200, 201):
        raise problem_of(reply)
    return decoded(reply, EnrolReply)
