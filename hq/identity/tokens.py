"""Challenges and access tokens: short-lived texts that HQ signs itself, so that no table of them is kept."""

import base64
import hashlib
import hmac
import secrets

from core.refusals import Refusal

TOKEN_SECONDS = 15 * 60
CHALLENGE_SECONDS = 60


class Tokens:
    """Makes and reads challenges and tokens with one secret of this HQ. Times are seconds since 1970."""

    def __init__(self, secret: bytes) -> None:
        """``secret`` has at least 32 bytes and is known to HQ's servers alone."""
        self._secret = hashlib.sha256(b"fixpoint tokens" + secret).digest()

    def challenge(self, device_id: str, now: float) -> str:
        """A text that only the device can sign; good for a minute."""
        return self._seal("challenge", device_id, int(now) + CHALLENGE_SECONDS)

    def check_challenge(self, challenge: str, device_id: str, now: float) -> None:
        """Raises Refusal ``challenge_wrong`` unless HQ gave ``challenge`` to this device in the last minute."""
        if self._open("challenge", challenge, now) != device_id:
            raise Refusal("challenge_wrong")

    def token(self, device_id: str, now: float) -> str:
        """An access token of :data:`TOKEN_SECONDS`."""
        return self._seal("token", device_id, int(now) + TOKEN_SECONDS)

    def device_id(self, token: str, now: float) -> str:
        """Whose token this is; raises Refusal ``token_wrong`` when it is none of ours or has expired."""
        device_id = self._open("token", token, now)
        if device_id is None:
            raise Refusal("token_wrong")
        return device_id

    def _seal(self, kind: str, device_id: str, until: int) -> str:
        content = f"{device_id}.{until}.{secrets.token_hex(8)}"
        return f"{content}.{self._mac(kind, content)}"

    def _open(self, kind: str, sealed: str, now: float) -> str | None:
        content, _, mac = sealed.rpartition(".")
        if not hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(kind, content).encode()):
            return None
        device_id, until, _ = content.split(".")
        return device_id if now < int(until) else None

    def _mac(self, kind: str, content: str) -> str:
        digest = hmac.digest(self._secret, f"{kind} {content}".encode("utf-8", "replace"), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
