"""Reads the command line of ``fixpoint-hq``, runs one command, prints its answer and returns the exit code."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

import resources
from core.refusals import Kind, Refusal
from hq.cli import (
    api_key,
    approvals,
    backup,
    check,
    corrections,
    devices,
    dispatch,
    enrol_code,
    export,
    housekeeping,
    importing,
    init,
    knowledge,
    openapi,
    overdue,
    parts,
    rejudge,
    release,
    rescue,
    restore,
    revoke,
    scans,
    self_checks,
    serve,
    settle,
    timeouts,
    waiting,
    withdraw,
)
from hq.cli.context import Answer, Context, context

_COMMANDS: tuple[Any, ...] = (
    *(init, serve, importing, enrol_code, api_key, settle, export, backup, restore, check, openapi, rejudge),
    *(waiting, release, withdraw, revoke.RevokeDevice, revoke.DeactivatePerson, rescue),
    *(devices, housekeeping, self_checks, scans, dispatch, timeouts, parts, overdue, corrections, knowledge),
    *(approvals.Approvals, approvals.Decide, approvals.AskBack),
)
#: What HQ writes (its key, customers, backups, exports) is for its own user alone.
_PRIVATE = 0o077
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
DONE, USAGE, REFUSED, UNREACHABLE = 0, 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 usage, 3 refused, 4 out of reach."""
    os.umask(_PRIVATE)
    options = _parser().parse_args(arguments)
    try:
        chosen = context(options.data, options.database, options.lang)
    except ValueError as error:
        print(f"fixpoint-hq: {error}", file=sys.stderr)
        return USAGE
    try:
        answer: Answer = options.run(chosen, options)
    except Refusal as refusal:
        return _refused(refusal, chosen, as_json=options.json)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return _refused(Refusal("disk_full", folder=str(_written(options, chosen))), chosen, as_json=options.json)
    except KeyboardInterrupt:
        return 130
    _show(answer, as_json=options.json)
    return answer.code


def _written(options: argparse.Namespace, chosen: Context) -> Path:
    """Where the command was writing: its own file or folder, else HQ's data."""
    file: Path | None = getattr(options, "file", None)
    folder: Path | None = getattr(options, "folder", None)
    if file is not None:
        return file.parent
    return chosen.data if folder is None else folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fixpoint-hq", description="The headquarters server and its commands.")
    _global(parser, absent=None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in _COMMANDS:
        command = module.add(commands)
        _global(command, absent=argparse.SUPPRESS)  # the options may stand behind the command too
        command.set_defaults(run=module.run)
    return parser


def _global(parser: argparse.ArgumentParser, absent: Any) -> None:
    flag: dict[str, Any] = {"default": absent} if absent is argparse.SUPPRESS else {}
    parser.add_argument("--data", type=Path, default=absent, help="HQ's data folder (or FIXPOINT_HQ_DATA)")
    parser.add_argument("--database", default=absent, metavar="URL", help="PostgreSQL instead of the embedded SQLite")
    parser.add_argument("--lang", default=absent, help="language of the answers: zh_CN or en")
    parser.add_argument("--json", action="store_true", help="print one JSON object", **flag)


def _show(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(answer.facts).decode())
    elif answer.text:
        print(answer.text)


def _refused(refusal: Refusal, chosen: Context, *, as_json: bool) -> int:
    sentence = resources.sentence(refusal, chosen.language)
    if as_json:
        facts = {"code": refusal.code, "facts": refusal.facts, "sentence": sentence}
        print(msgspec.json.encode(facts, enc_hook=str).decode())
    else:
        print(sentence, file=sys.stderr)
        rows = refusal.facts.get("rows")
        for row in rows if isinstance(rows, list) else ():
            print(f"  {row}", file=sys.stderr)
    return UNREACHABLE if refusal.kind is Kind.UNREACHABLE else REFUSED
