"""The wire between a device and HQ: it loses, doubles, delays, reorders, cuts and breaks off either way."""

import random
from collections import Counter
from typing import NamedTuple, Protocol

from app.sync.transport import Reply, Request
from core.refusals import Refusal
from tests.simulation.clockwork import EXCHANGE, Time
from tests.simulation.disks import Died
from tests.simulation.parties import Cut, Hq

FAULTS = (
    "request lost",
    "reply lost",
    "request doubled",
    "request delayed",
    "request cut",
    "reply cut",
    "error 500 before",
    "error 500 after",
)


class Late(NamedTuple):
    """A request that is still on its way; nobody waits for its answer any more."""

    device: str
    request: Request


class Air(Protocol):
    """What all wires share."""

    hq: Hq
    time: Time
    tally: Counter[str]
    late: list[Late]

    def hq_died(self) -> None:
        """HQ is opened again."""


class Wire:
    """One device's wire; ``dice`` set means a bad line, on which each exchange may go wrong."""

    def __init__(self, device: str, air: Air) -> None:
        """Begin whole."""
        self._device, self._air = device, air
        self.dice: random.Random | None = None
        self.rate = 0.25
        self.broken: str | None = None  # up | down | both

    def send(self, request: Request, /) -> Reply:
        """One exchange, disturbed."""
        air = self._air
        air.time.passes(EXCHANGE)
        air.tally["requests"] += 1
        fault = self._fault()
        if self.broken in ("up", "both"):
            raise self._lost("partition")
        if fault in ("request lost", "request delayed"):
            if fault == "request delayed":
                air.late.append(Late(self._device, request))
            raise self._lost(fault)
        if fault == "error 500 before":
            return self._failed(fault)
        if fault == "request cut" and request.body:
            self._deliver(request, self._cut(request))
            raise self._lost(fault)
        if fault == "request doubled":
            air.tally[fault] += 1
            self._doubled(request)
        reply = self._deliver(request)
        if self.broken == "down":
            raise self._lost("partition")
        return self._disturbed(reply, fault)

    def _fault(self) -> str | None:
        if self.dice is None or self.dice.random() >= self.rate:
            return None
        return self.dice.choice(FAULTS)

    def _lost(self, fault: str) -> Refusal:
        self._air.tally[fault] += 1
        return Refusal("hq_unreachable", url="")

    def _failed(self, fault: str) -> Reply:
        self._air.tally[fault] += 1
        return Reply(500, {}, b"oops")

    def _cut(self, request: Request) -> Cut:
        assert self.dice is not None
        return Cut(self.dice.randrange(len(request.body)), torn=self.dice.random() < 0.5)

    def _doubled(self, request: Request) -> None:
        """The other copy comes before this one, or much later."""
        assert self.dice is not None
        if self.dice.random() < 0.5:
            self._deliver(request)
        else:
            self._air.late.append(Late(self._device, request))

    def _disturbed(self, reply: Reply, fault: str | None) -> Reply:
        if fault == "reply lost":
            raise self._lost(fault)
        if fault == "error 500 after":
            return self._failed(fault)
        if fault == "reply cut" and reply.body:
            assert self.dice is not None
            self._air.tally[fault] += 1
            return reply._replace(body=reply.body[: self.dice.randrange(len(reply.body))])
        return reply

    def _deliver(self, request: Request, cut: Cut | None = None) -> Reply:
        try:
            return self._air.hq.handle(request, cut)
        except Died as died:
            if died.who != Hq.NAME:
                raise
            self._air.hq_died()
            raise Refusal("hq_unreachable", url="") from died
