"""A bad line between stations and HQ: it cuts, delays, swallows answers, refuses for a while and doubles requests."""

import asyncio
import random
from collections import Counter
from multiprocessing.connection import Connection
from typing import NamedTuple

_PIECE = 16 * 1024
_NEVER = 1 << 40
#: What may happen to a connection, and how often.
_KINDS = {"whole": 8, "cut up": 3, "cut down": 3, "swallow": 2, "late": 2, "refused": 1, "double": 2}


class _Fate(NamedTuple):
    """What happens to one connection; counts are bytes from its beginning, ``delay`` seconds for each piece."""

    kind: str
    up: int = _NEVER
    down: int = _NEVER
    delay: float = 0.0


class _Talk:
    """One connection through the line."""

    def __init__(self, fate: _Fate) -> None:
        self.fate = fate
        self.up = self.down = 0
        self.request = bytearray()  # what the client has said since the last answer


class Line:
    """Carries connections of ``port`` to ``target``; the other end of ``told`` may ask for ``tally`` or ``quiet``."""

    def __init__(self, told: Connection, port: int, target: int, seed: int) -> None:
        self._told = told
        self._port, self._target = port, target
        self._dice = random.Random(seed)
        self._tally: Counter[str] = Counter()
        self._quiet = False
        self._refused_until = 0.0
        self._copies: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        """Carry until the other end hangs up."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        loop.add_reader(self._told.fileno(), self._asked, over)
        async with await asyncio.start_server(self._carry, "127.0.0.1", self._port):
            self._told.send(("ready", None))
            await over.wait()

    def _asked(self, over: asyncio.Event) -> None:
        try:
            wish = self._told.recv()
        except EOFError:
            over.set()
            return
        if wish == "quiet":
            self._quiet = True
        self._told.send(("tally", dict(self._tally)))

    def _fate(self, now: float) -> _Fate:
        if self._quiet:
            return _Fate("whole")
        if now < self._refused_until:
            return _Fate("refused")
        dice = self._dice
        some = int(10 ** dice.uniform(0.5, 5.2))
        kind = dice.choices(list(_KINDS), list(_KINDS.values()))[0]
        if kind == "refused":
            self._refused_until = now + dice.uniform(0.01, 0.15)
        return {
            "cut up": _Fate(kind, up=some),
            "cut down": _Fate(kind, down=some),
            "swallow": _Fate(kind, down=dice.choice((0, 0, some))),
            "late": _Fate(kind, delay=dice.uniform(0.002, 0.03), down=some * 10),
        }.get(kind, _Fate(kind, down=some * 10))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fate = self._fate(asyncio.get_running_loop().time())
        self._tally[fate.kind] += 1
        try:
            if fate.kind != "refused":
                await self._between(_Talk(fate), reader, writer)
        except OSError:
            self._tally["hq out of reach"] += 1
        finally:
            writer.transport.abort()

    async def _between(self, talk: _Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [
            asyncio.ensure_future(self._up(talk, reader, up_writer)),
            asyncio.ensure_future(self._down(talk, up_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            up_writer.transport.abort()

    async def _up(self, talk: _Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            if talk.fate.delay:
                await asyncio.sleep(talk.fate.delay)
            piece = piece[: talk.fate.up - talk.up]
            talk.up += len(piece)
            if talk.fate.kind == "double":
                talk.request += piece
            writer.write(piece)
            await writer.drain()
            if talk.up >= talk.fate.up:
                return

    async def _down(self, talk: _Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            if talk.request:
                self._copy(bytes(talk.request))
                talk.request.clear()
            if talk.fate.delay:
                await asyncio.sleep(talk.fate.delay)
            piece = piece[: talk.fate.down - talk.down]
            talk.down += len(piece)
            writer.write(piece)
            await writer.drain()
            if talk.down >= talk.fate.down:
                return

    def _copy(self, request: bytes) -> None:
        """Send the whole request once more; nobody hears the second answer."""
        self._tally["doubled requests"] += 1
        task = asyncio.ensure_future(self._send_again(request))
        self._copies.add(task)
        task.add_done_callback(self._copies.discard)

    async def _send_again(self, request: bytes) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return
        try:
            writer.write(request)
            await asyncio.wait_for(reader.read(_PIECE), 2)
        except (OSError, TimeoutError):
            self._tally["copies lost"] += 1
        finally:
            writer.transport.abort()
