"""Writes the next migration of HQ's database from what the models say: `python -m tools.hq_revision "What changed"`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from hq.store import Store, migrating


def main(argv: list[str] | None = None) -> int:
    """Upgrade an empty database by the migrations there are, and write what is missing as a new one to be read."""
    parser = argparse.ArgumentParser(prog="python -m tools.hq_revision", description=__doc__)
    parser.add_argument("message", help="what changed, in a few words")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'hq.db'}")
        store.upgrade()
        config = migrating.configuration()
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, options.message, autogenerate=True, rev_id=f"{number:04}")
        store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
