"""The ASGI application: its parts put together once, its routes and error answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from hq.api import (
    approvals,
    checking,
    described,
    desk,
    errors,
    evidence,
    files,
    imports,
    intake,
    joining,
    knowledge,
    parts,
    rescue,
    sync,
    trust,
    units,
)
from hq.api.bell import Bell
from hq.api.doors import Doors
from hq.api.limits import AtOnce, Limit
from hq.api.settings import Settings
from hq.feed import Blobs, Snapshots, Spent
from hq.feed.sums import Adder
from hq.identity import Tokens, establish
from hq.store import Store

VERSION = "1"
_ROUTES = (
    joining,
    sync,
    checking,
    files,
    rescue,
    intake,
    desk,
    trust,
    imports,
    evidence,
    approvals,
    parts,
    units,
    knowledge,
)


def create_app(store: Store, settings: Settings) -> FastAPI:
    """The server's application on ``store``, whose schema is up to date."""
    app = FastAPI(title="Fixpoint HQ", version=VERSION, lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.doors = _doors(store, settings)
    errors.install(app)
    described.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    return app


def _doors(store: Store, settings: Settings) -> Doors:
    who = establish(store, settings.clock())
    return Doors(
        store=store,
        settings=settings,
        headquarters=who,
        tokens=Tokens(who.private_key.encode()),
        bell=Bell(store, settings.poll_seconds),
        blobs=Blobs(store, settings.data_dir / "blobs", limit=settings.max_blob_bytes, a_day=settings.blob_bytes_a_day),
        snapshots=Snapshots(store, settings.data_dir / "snapshots"),
        adder=Adder(),
        enrolments=Limit(settings.enrolments_per_minute, 60),
        requests=Limit(settings.requests_per_second, 1),
        at_once=AtOnce(settings.threads_at_once),
        pushed=Spent(settings.push_bytes_a_day),
        unit_questions=Limit(settings.unit_questions_per_hour, 3600),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.doors.bell.close()
