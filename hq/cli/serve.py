"""``serve``: HQ's server, in the foreground."""

import argparse
from pathlib import Path

from core.refusals import Refusal
from hq.cli.context import Answer, Context


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("serve", help="run the server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain; with --tls-key")
    parser.add_argument("--tls-key", type=Path, metavar="FILE")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="the CA certificate devices shall pin")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Serve until it is told to stop."""
    from hq.bootstrap import Tls, serve

    if bool(options.tls_cert) != bool(options.tls_key):
        raise Refusal("arguments_invalid", action="serve", problem="--tls-cert and --tls-key go together")
    for file in filter(None, (options.tls_cert, options.tls_key, options.ca)):
        if not file.is_file():
            raise Refusal("file_missing", file=str(file))
    with chosen.store():
        pass  # refused here with a sentence rather than in a traceback
    tls = Tls(options.tls_cert, options.tls_key, options.ca) if options.tls_cert else None
    code = serve(chosen.data, chosen.database, host=options.host, port=options.port, tls=tls)
    return Answer({"ok": code == 0}, "", code)
