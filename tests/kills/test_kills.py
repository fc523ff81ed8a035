"""Station, HQ and PostgreSQL are killed at random over a bad line: nothing lost, nothing doubled, nothing stuck."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import POSTGRES_PROGRAMS, WITHOUT_POSTGRES

ROOT = Path(__file__).resolve().parents[2]


def killed(kills: int, seed: int, database: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.kills", "--json", "--kills", str(kills), "--seed", str(seed)]
    done = subprocess.run(
        [*command, "--database", database], cwd=ROOT, capture_output=True, text=True, timeout=55, check=False
    )
    assert done.stdout, done.stderr[-3000:]
    tally: dict[str, Any] = json.loads(done.stdout)
    return tally


def proved(tally: dict[str, Any]) -> None:
    assert tally["problems"] == []
    assert [tally[name] for name in ("lost", "doubled", "stuck", "wrong")] == [0, 0, 0, 0]
    assert tally["ok"]
    assert tally["acknowledged"] >= tally["kills"], "people worked meanwhile"
    assert tally["operations"] >= tally["acknowledged"]


@pytest.mark.slow
@pytest.mark.postgres
def test_on_postgresql() -> None:
    if not (POSTGRES_PROGRAMS / "initdb").exists() and os.environ.get(WITHOUT_POSTGRES):
        pytest.skip(f"{WITHOUT_POSTGRES} is set")
    tally = killed(22, 5, "postgresql")
    proved(tally)
    assert min(tally[f"kills: {who}"] for who in ("station", "hq", "postgres")) >= 2


@pytest.mark.slow
def test_on_the_embedded_database() -> None:
    tally = killed(10, 11, "sqlite")
    proved(tally)
    assert min(tally[f"kills: {who}"] for who in ("station", "hq")) >= 2
