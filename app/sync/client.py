"""HQ as the device talks to it: tokens, messages and problems; another HQ's or no HQ's answers are refused."""

import base64
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from app.sync.ahead import InThread, Later
from app.sync.ports import Signer
from app.sync.transport import READ_SECONDS, Reply, Request, Transport
from core.contract import codec
from core.contract.messages import (
    MAX_WAIT_SECONDS,
    Answer,
    ChallengeReply,
    Hello,
    HelloReply,
    Known,
    KnownReply,
    Line,
    Mended,
    PageEnd,
    Problem,
    PulledLine,
    Push,
    PushReply,
    RangeEnd,
    ScopeSums,
    SnapshotManifest,
    SumsReply,
    TokenReply,
    TokenRequest,
    UnitAnswer,
)
from core.refusals import CATALOGUE, Refusal

T = TypeVar("T")
L = TypeVar("L", bound=PulledLine)
JSON = "application/json"
# How a zstd frame begins; no JSON text does. HTTP libraries differ in whether they unfold it themselves.
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
#: HQ's challenges look so; no operation and no manifest does, so that nobody in between has one signed as a challenge.
_CHALLENGE = re.compile(r"[0-9A-Za-z._-]{1,200}")
#: A token is renewed this many seconds before HQ would refuse it.
_TOKEN_MARGIN = 60.0


class Page(NamedTuple):
    """One page of a pull."""

    lines: Sequence[PulledLine]
    end: PageEnd


class RangesPage(NamedTuple):
    """One page of rows of ranges that differ."""

    lines: tuple[Line, ...]
    end: RangeEnd


class Gone(Exception):
    """HQ can't continue from this cursor: the scope is to be read from the beginning, or its snapshot taken."""


class _Token(NamedTuple):
    """A bearer token and until when (of the steady clock) it is used."""

    text: str
    until: float


class _Pass:
    """The token of a device's clients: fetched by the first that needs it, for all of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.token: _Token | None = None


class HqClient:
    """The endpoints of protocol version 1 for one device. Refuses with ``hq_unreachable``, ``hq_failed`` (status 5xx),
    ``hq_unexpected`` (not an answer of HQ's), ``hq_other`` (another HQ's) and what HQ itself refuses with.
    """

    def __init__(
        self,
        transport: Transport,
        signer: Signer,
        device_id: str,
        hq_id: str,
        *,
        language: Callable[[], str] = lambda: "en",
        steady: Callable[[], float],
        colleague: "HqClient | None" = None,
        ahead: type[Later[Any]] | type[InThread[Any]] = Later,
    ) -> None:
        """``steady`` gives seconds that never go back; a ``colleague`` of the same device shares its token.

        ``ahead`` is how the next page of a pull is asked for while one is written.
        """
        self.ahead = ahead
        self._transport = transport
        self._signer = signer
        self._device_id = device_id
        self._hq_id = hq_id
        self._language = language
        self.steady = steady
        self._pass: _Pass = colleague._pass if colleague else _Pass()

    def hello(self, message: Hello) -> HelloReply:
        """Say where this device stands; refuses with ``hq_other`` unless the HQ of enrolment answers."""
        reply = self._post("/v1/hello", message, HelloReply)
        if reply.hq_id != self._hq_id:
            raise Refusal("hq_other", found=reply.hq_id)
        return reply

    def push(self, message: Push) -> PushReply:
        """Send operations."""
        headers = {"Content-Type": JSON, "Content-Encoding": "zstd"}
        return decoded(self.send("POST", "/v1/push", codec.pack(codec.encode(message)), headers), PushReply)

    def known(self, ids: tuple[str, ...]) -> KnownReply:
        """What HQ has of these operations, and which it does not have."""
        reply = self._post("/v1/known", Known(ids=ids), KnownReply)
        if {*reply.missing, *(answer.id for answer in reply.answers)} != set(ids):
            raise Refusal("hq_unexpected", problem="known")
        return reply

    def unit(self, serial: str) -> UnitAnswer:
        """What HQ knows of exactly this serial number."""
        answer = decoded(self.send("GET", f"/v1/units/{quote(serial, safe='')}"), UnitAnswer)
        if answer.serial != serial:
            raise Refusal("hq_unexpected", problem="unit")
        return answer

    def pull(self, scope: str, after: int, limit: int, incarnation: str, *, base: int = 0) -> Page | None:
        """The next page of a scope; None: nothing new. Raises :class:`Gone`.

        ``base``: where HQ stood when this reading from the beginning began.
        """
        asked = {"scope": scope, "after": after, "limit": limit, "incarnation": incarnation}
        query = urlencode(asked | ({"base": base} if base > after else {}))
        reply = self.send("GET", f"/v1/pull?{query}", accepted=(204, 410))
        if reply.status == 410:
            raise Gone
        return None if reply.status == 204 else _page(reply)

    def wait(self, cursors: Mapping[str, int], seconds: int = MAX_WAIT_SECONDS) -> bool:
        """Hold until one of the scopes stands past its cursor (True) or ``seconds`` are over."""
        places = [("cursor", f"{scope}@{seq}") for scope, seq in sorted(cursors.items())]
        path = f"/v1/wait?{urlencode([*places, ('seconds', seconds)])}"
        return self.send("GET", path, read_seconds=seconds + READ_SECONDS).status != 204

    def check(self, sums: ScopeSums) -> SumsReply:
        """Have HQ compare what this device holds of a scope with its own rows."""
        return self._post("/v1/check", sums, SumsReply)

    def check_rows(self, sums: ScopeSums, ranges: str, after: str, limit: int) -> RangesPage:
        """HQ's rows of these ranges above the key ``after``. Raises :class:`Gone`."""
        asked = {"scope": sums.scope, "seq": sums.seq, "incarnation": sums.incarnation}
        query = urlencode(asked | {"ranges": ranges, "after": after, "limit": limit})
        reply = self.send("GET", f"/v1/check/rows?{query}", accepted=(410,))
        if reply.status == 410:
            raise Gone
        lines, end = _lines_and(reply, Line, RangeEnd)
        return RangesPage(tuple(lines), end)

    def mended(self, message: Mended) -> None:
        """Tell HQ what was found where it differed."""
        self.send("POST", "/v1/check/mended", codec.encode(message), {"Content-Type": JSON})

    def manifest(self, scope: str) -> SnapshotManifest:
        """What the scope's snapshot is at present."""
        return decoded(self.send("GET", f"/v1/snapshot/{scope}"), SnapshotManifest)

    def operation(self, operation_id: str) -> Answer:
        """What became of an operation."""
        return decoded(self.send("GET", f"/v1/ops/{operation_id}"), Answer)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        accepted: tuple[int, ...] = (),
        read_seconds: float = READ_SECONDS,
        sink: Callable[[bytes], None] | None = None,
    ) -> Reply:
        """One authorised exchange; a status outside 2xx and ``accepted`` is raised as its refusal.

        A token that HQ no longer takes is renewed once. ``sink``: see :class:`~app.sync.transport.Request`.
        """
        request = Request(method, path, headers or {}, body, read_seconds, sink)
        reply = self._authorised(request)
        if reply.status == 401:
            self._pass.token = None
            reply = self._authorised(request)
        if reply.status // 100 != 2 and reply.status not in accepted:
            raise problem_of(reply)
        return reply

    def _authorised(self, request: Request) -> Reply:
        more = {**self._headers(), "Authorization": f"Bearer {self._bearer()}", **request.headers}
        return self._transport.send(request._replace(headers=more))

    def _post(self, path: str, message: Any, kind: type[T]) -> T:
        return decoded(self.send("POST", path, codec.encode(message), {"Content-Type": JSON}), kind)

    def _headers(self) -> dict[str, str]:
        return {"Accept-Language": self._language(), "Accept-Encoding": "identity"}

    def _bearer(self) -> str:
        with self._pass.lock:
            token = self._pass.token
            if token is None or self.steady() >= token.until:
                reply = self._signed_challenge()
                token = _Token(reply.token, self.steady() + max(reply.expires_in - _TOKEN_MARGIN, 1.0))
                self._pass.token = token
            return token.text

    def _signed_challenge(self) -> TokenReply:
        asked = self._ask_token(TokenRequest(device=self._device_id), ChallengeReply)
        if not _CHALLENGE.fullmatch(asked.challenge):
            raise Refusal("hq_unexpected", problem="challenge")
        signature = base64.b64encode(self._signer.sign(asked.challenge.encode())).decode()
        signed = TokenRequest(device=self._device_id, challenge=asked.challenge, signature=signature)
        return self._ask_token(signed, TokenReply)

    def _ask_token(self, message: TokenRequest, kind: type[T]) -> T:
        headers = {**self._headers(), "Content-Type": JSON}
        reply = self._transport.send(Request("POST", "/v1/token", headers, codec.encode(message)))
        if reply.status != 200:
            raise problem_of(reply)
        return decoded(reply, kind)


def decoded(reply: Reply, kind: type[T]) -> T:
    """The message of an answer; raises Refusal ``hq_unexpected`` for anything else."""
    try:
        return codec.decode(_unpacked(reply.body), kind)
    except Refusal as refusal:
        raise Refusal("hq_unexpected", problem=refusal.code) from refusal


def problem_of(reply: Reply) -> Refusal:
    """The refusal that an answer outside 2xx means to a person."""
    if reply.status >= 500:
        return Refusal("hq_failed", status=reply.status)
    try:
        problem = codec.decode(reply.body, Problem)
    except Refusal:
        return Refusal("hq_unexpected", problem=str(reply.status))
    if problem.code not in CATALOGUE:
        return Refusal("hq_unexpected", problem=problem.sentence or problem.code)
    facts = {name: value for name, value in problem.facts.items() if name.isidentifier()}
    return Refusal(problem.code, **facts)


def _page(reply: Reply) -> Page:
    return Page(*_lines_and(reply, PulledLine, PageEnd))


def _lines_and(reply: Reply, kind: type[L], end: type[T]) -> tuple[list[L], T]:
    """JSON lines in one zstd frame; the last line is the page's end."""
    try:
        text = _unpacked(reply.body)
        last = text.rfind(b"\n", 0, -1) + 1
        if not text.endswith(b"\n"):
            raise Refusal("body_invalid", problem="cut off")
        return codec.decode_lines(text[:last], kind), codec.decode(text[last:], end)
    except Refusal as error:
        raise Refusal("hq_unexpected", problem="page") from error


def _unpacked(body: bytes) -> bytes:
    return codec.unpack(body) if body.startswith(_ZSTD_MAGIC) else body
