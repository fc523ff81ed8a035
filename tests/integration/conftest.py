"""Databases and servers for the integration tests: a PostgreSQL of their own, and SQLite files."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hq.store import Store
from tests.integration.templates import hq_file
from tests.memory import memory_folder

POSTGRES_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
WITHOUT_POSTGRES = "FIXPOINT_TEST_WITHOUT_POSTGRES"


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(home: Path, *command: str) -> None:
    subprocess.run(_as_postgres(list(command)), check=True, capture_output=True, cwd=home)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the tests."""
    if not (POSTGRES_PROGRAMS / "initdb").exists():
        if os.environ.get(WITHOUT_POSTGRES):
            pytest.skip(f"{WITHOUT_POSTGRES} is set")
        pytest.fail("PostgreSQL’s server programs are missing: install postgresql, or set " + WITHOUT_POSTGRES)
    # a folder of its own: socket paths may have 107 bytes at most, and the user postgres must reach it
    home = memory_folder("fixpoint-pg-")
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    data, port = home / "data", _free_port()
    _run(home, str(POSTGRES_PROGRAMS / "initdb"), "-D", str(data), "-U", "fixpoint", "--auth=trust", "-E", "UTF8", "-N")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
    control = (str(POSTGRES_PROGRAMS / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log"))
    _run(home, *control, "-o", options, "start")
    try:
        yield f"postgresql+psycopg://fixpoint@127.0.0.1:{port}"
    finally:
        _run(home, *control, "-m", "immediate", "stop")
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_template(postgres_server) -> str:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    _ask(postgres_server, "CREATE DATABASE newest TEMPLATE template0")
    store = Store.open(f"{postgres_server}/newest")
    store.upgrade()
    store.close()
    return "newest"


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def hq_database(request, tmp_path) -> Iterator[str]:
    """The address of a database without rows, once for each of the two kinds; ``Store.upgrade`` is still due."""
    if request.param == "sqlite":
        yield f"sqlite:///{hq_file(tmp_path / 'hq' / 'hq.db')}"
        return
    server = request.getfixturevalue("postgres_server")
    with _new_database(server, request.getfixturevalue("postgres_template")) as address:
        yield address


@pytest.fixture(params=KINDS)
def hq_empty_database(request, tmp_path) -> Iterator[str]:
    """The address of a database without any table, once for each of the two kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty' / 'hq.db'}"
        return
    with _new_database(request.getfixturevalue("postgres_server"), "template0") as address:
        yield address


@contextmanager
def _new_database(server: str, template: str) -> Iterator[str]:
    name = "t" + os.urandom(6).hex()
    _ask(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield f"{server}/{name}"
    finally:
        _ask(server, f"DROP DATABASE {name} WITH (FORCE)")


def _ask(server: str, statement: str) -> None:
    import psycopg

    address = server.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def hq_store(hq_database) -> Iterator[Store]:
    """An HQ database with the newest schema."""
    store = Store.open(hq_database)
    store.upgrade()
    yield store
    store.close()


@pytest.fixture
def hq(hq_store, tmp_path):
    """HQ with the small world in it, reached over HTTP, on both databases."""
    from tests.integration.hq_world import headquarters

    with headquarters(hq_store, tmp_path / "hq-data") as reached:
        yield reached
