"""Writes the next change of the station's database from its models (`python -m tools.make_migration "what"`)."""

import argparse
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from app.offline_db.migrate import FOLDER, config_of, run_in, scripts_of
from app.offline_db.schema import metadata


def main(argv: list[str] | None = None) -> int:
    """Write a numbered file into the station's migrations, to be read and mended by hand."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_migration", description=__doc__)
    parser.add_argument("what", help="what changes, in a few words")
    options = parser.parse_args(argv)
    write_next(str(options.what), FOLDER)
    return 0


def write_next(what: str, folder: Path) -> None:
    """Bring an empty database to the newest change of ``folder`` and write the difference to the models as the next."""
    scripts = scripts_of(folder)
    number = len(list(scripts.walk_revisions())) + 1
    with tempfile.TemporaryDirectory() as scratch:
        engine = create_engine(f"sqlite:///{Path(scratch) / 'scratch.db'}")
        with engine.begin() as connection:
            run_in(connection, scripts)
            config = config_of(folder, connection=connection, metadata=metadata)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(config, what, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()


if __name__ == "__main__":
    raise SystemExit(main())
