"""``openapi``: the interface's document, as other systems' tools read it."""

import argparse
import json
import tempfile
from pathlib import Path

from hq.cli.context import Answer, Context


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    return commands.add_parser("openapi", help="print the interface's OpenAPI document")


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Print it; no database is needed."""
    from hq.bootstrap import make_app, open_store

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        document = make_app(store, Path(folder)).openapi()
        store.close()
    return Answer(document, json.dumps(document, indent=2, ensure_ascii=False))
