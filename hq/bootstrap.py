"""Puts the server together and runs it: the only place of HQ that picks concrete classes."""

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from core.contract.messages import REGISTRY_SCOPE
from hq.api.app import create_app
from hq.api.settings import Settings, utc_now
from hq.approvals.service import escalate
from hq.dispatch.timeouts import sweep
from hq.feed import Blobs
from hq.feed.housekeeping import tidy_daily
from hq.inbox import rejudge
from hq.parts import network
from hq.parts.overdue import sweep as sweep_overdue
from hq.store import Store

#: Unfinished requests get this long when the server stops.
_GRACE_SECONDS = 10
_COLLECTED_AFTER = (50_000, 20, 20)
#: How often it is looked whether today's housekeeping has been done, and how soon after a failure.
_LOOK_SECONDS = 1800.0
_SOON_SECONDS = 300.0
#: How often offers that nobody answered, and orders that run late, are looked for.
_SWEEP_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tls:
    """Files of the server's certificate and key, and of the authority that devices shall pin (may be the same)."""

    certificate: Path
    key: Path
    authority: Path | None = None


def open_store(data_dir: Path, database_url: str | None = None) -> Store:
    """The database at ``database_url``, or the embedded one in ``data_dir``, brought to this program's schema."""
    data_dir.mkdir(parents=True, exist_ok=True)
    store = Store.open(database_url or f"sqlite:///{data_dir / 'hq.db'}")
    store.upgrade()
    return store


def make_app(
    store: Store, data_dir: Path, tls: Tls | None = None, *, clock: Callable[[], datetime] = utc_now
) -> FastAPI:
    """The application on ``store``, with its files in ``data_dir``; ``clock`` gives aware UTC in whole seconds."""
    authority = tls.authority.read_text(encoding="ascii") if tls and tls.authority else None
    return create_app(store, Settings(data_dir=data_dir, ca_pem=authority, clock=clock))


class _Server(uvicorn.Server):
    """Says when it is ready, and at a signal sends those away who wait before it counts open requests."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            scheme = "https" if self.config.is_ssl else "http"
            for host, port in self._addresses():
                sys.stdout.write(f"HQ is ready at {scheme}://{host}:{port}\n")
            sys.stdout.flush()

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._app.state.doors.bell.close()
        await super().shutdown(sockets)  # type: ignore[arg-type]

    def _addresses(self) -> Sequence[tuple[str, int]]:
        found = [socket.getsockname()[:2] for server in self.servers for socket in server.sockets]
        return found[:1]


class _Beside:
    """Does something again and again beside the server, sooner after a failure; several workers may do it at once."""

    def __init__(self, name: str, do: Callable[[], object], every: float, soon: float) -> None:
        self._name, self._do, self._every, self._soon = name, do, every, soon
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the piece that is being done at most."""
        self._stopped.set()
        self._thread.join(_GRACE_SECONDS)

    def _run(self) -> None:
        while not self._stopped.wait(self._every if self._tried() else self._soon):
            pass

    def _tried(self) -> bool:
        try:
            self._do()
        except Exception:  # noqa: BLE001 - this thread's outer door; the server goes on without it
            _log.exception("%s failed", self._name)
            return False
        return True


def _beside(store: Store, blobs: Blobs) -> tuple[_Beside, ...]:
    """What is done beside the server: each look finds little, and again is safe."""

    def daily() -> None:
        if tidy_daily(store, blobs, utc_now()).done:
            sweep_overdue(store, utc_now())

    return (
        _Beside("housekeeping", daily, _LOOK_SECONDS, _SOON_SECONDS),
        _Beside("time-outs", lambda: sweep(store, utc_now()), _SWEEP_SECONDS, _SWEEP_SECONDS),
        _Beside("late approvals", lambda: escalate(store, utc_now()), _SWEEP_SECONDS, _SWEEP_SECONDS),
        _Beside("parts in the network", lambda: network.refresh(store, utc_now()), _LOOK_SECONDS, _SOON_SECONDS),
    )


def _collect_seldom() -> None:
    """What was loaded stays; a push makes thousands of objects and no rings, yet looking for some took a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)


def serve(
    data_dir: Path,
    database_url: str | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    tls: Tls | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT; prints one line when ready (port 0: any free one). Returns an exit code."""
    store = open_store(data_dir, database_url)
    rejudge(store)  # before any device can push: what waited for this version of HQ was made earlier
    app = make_app(store, data_dir, tls)
    _collect_seldom()
    app.state.doors.snapshots.manifest(REGISTRY_SCOPE, utc_now().date())  # made before the first device asks for it
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=60,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    server = _Server(config, app)
    beside = _beside(store, app.state.doors.blobs)
    for one in beside:
        one.start()
    if threading.current_thread() is threading.main_thread():
        # uvicorn raises the signal again when it has stopped: to end well is what it asked for
        signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run()
    except KeyboardInterrupt:
        _log.info("stopped")
    finally:
        for one in beside:
            one.stop()
        store.close()
    return 0 if server.started else 1
