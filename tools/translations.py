"""Keeps the texts of every language complete: add, extract, check, compile (`python -m tools.translations --help`)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

import resources
from tools.message_scan import Found, placeholders, scan

ROOT = Path(__file__).resolve().parent.parent
PO = resources.path("locale", "zh_CN", "LC_MESSAGES", "fixpoint.po")
_FIXED = datetime(2026, 1, 1, tzinfo=UTC)  # no clock in a tracked file: equal texts give equal bytes


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 something to mend (printed), 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m tools.translations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help='merge {"msgid": "译文"} files into the Chinese catalogue')
    add.add_argument("files", nargs="+", type=Path)
    commands.add_parser("extract", help="print the texts that have no translation as JSON to fill in")
    check = commands.add_parser("check", help="fail when a text is missing, unusable or unequal in its placeholders")
    check.add_argument("--unused", action="store_true", help="fail on unused texts too")
    commands.add_parser("prune", help="drop texts that no source uses any more")
    commands.add_parser("compile", help="write the .mo file that the programs read fastest")
    options = parser.parse_args(argv)
    if options.command == "add":
        return _add(options.files)
    if options.command == "check":
        return _check(fail_unused=options.unused)
    return {"extract": _extract, "prune": _prune, "compile": _compile}[options.command]()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder, so that two people who add texts at once do not lose each other's."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read(po: Path) -> dict[str | tuple[str, str], str]:
    """Return a catalogue's texts: msgid, or (one, many), to translation."""
    if not po.exists():
        return {}
    catalog = read_po(BytesIO(po.read_bytes()), locale="zh_CN")
    return {_key(message): _text(message) for message in catalog if message.id}


def _key(message: Message) -> str | tuple[str, str]:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _text(message: Message) -> str:
    """Return a message's translation; Chinese has one form for every number."""
    if isinstance(message.string, str):
        return message.string
    return message.string[0] if message.string else ""


def write(po: Path, texts: dict[str | tuple[str, str], str]) -> None:
    """Write a catalogue sorted by msgid, in one step."""
    catalog = Catalog(
        locale="zh_CN",
        project="Fixpoint",
        version="1",
        header_comment="# Simplified Chinese texts of Fixpoint.",
        copyright_holder="Fixpoint",
        msgid_bugs_address="Fixpoint",
        last_translator="Fixpoint",
        language_team="zh_CN",
        creation_date=_FIXED,
        revision_date=_FIXED,
        fuzzy=False,
    )
    for key, text in texts.items():
        catalog.add(key, (text,) if isinstance(key, tuple) else text)
    out = BytesIO()
    write_po(out, catalog, width=0, sort_output=True, no_location=True)
    beside = po.with_suffix(".po.new")
    beside.write_bytes(out.getvalue())
    beside.replace(po)


def merge(
    texts: dict[str | tuple[str, str], str], new: dict[str, str], pairs: dict[str, str]
) -> dict[str | tuple[str, str], str]:
    """Return texts with new ones merged in; `pairs` maps a singular to its plural, and such texts become one pair."""
    merged: dict[str | tuple[str, str], str] = dict(texts)
    merged.update(new)
    for one, many in pairs.items():
        flat_many, flat_one = merged.pop(many, "") if many != one else "", merged.pop(one, "")
        text = new.get(one) or new.get(many) or merged.get((one, many)) or flat_one or flat_many
        if text:
            merged[one, many] = text
    return merged


def _add(files: list[Path]) -> int:
    """Merge JSON files; nothing is written when one of them is not a flat object of texts."""
    new: dict[str, str] = {}
    for file in files:
        found = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not all(isinstance(text, str) and text for text in found.values()):
            print(f'{file}: expected one object {{"msgid": "译文"}} without empty texts', file=sys.stderr)
            return 2
        new.update(found)
    with _locked(PO.parent):
        old = read(PO)
        merged = merge(old, new, _pairs(scan(ROOT)))
        write(PO, merged)
    print(f"{len(new)} texts given, {len(merged) - len(old)} new, {len(merged)} in the catalogue")
    return 0


def _pairs(found: Found) -> dict[str, str]:
    return dict(found.plural.keys())


def complaints(found: Found, texts: dict[str | tuple[str, str], str]) -> list[str]:
    """Return what is missing or unusable, each as a sentence with its place."""
    wrong = list(found.wrong)
    wanted: list[tuple[str | tuple[str, str], str]] = [*found.single.items(), *found.plural.items()]
    for key, place in wanted:
        text = texts.get(key, "")
        if not text:
            wrong.append(f"{place}: no Chinese for {_shown(key)}")
        elif set(placeholders(text)) != set(placeholders(_shown(key))):
            wrong.append(f"{place}: placeholders differ: {_shown(key)!r} and {text!r}")
    return wrong


def _shown(key: str | tuple[str, str]) -> str:
    """Return the text to show for a key: of a pair the plural, which has every placeholder."""
    return key if isinstance(key, str) else key[1]


def _unused(found: Found, texts: dict[str | tuple[str, str], str]) -> list[str | tuple[str, str]]:
    return [key for key in texts if key not in found.single and key not in found.plural]


def _check(*, fail_unused: bool) -> int:
    """Print every complaint; unused texts are listed and only fail when asked to."""
    found, texts = scan(ROOT), read(PO)
    wrong, unused = complaints(found, texts), _unused(found, texts)
    for line in wrong:
        print(line)
    for key in unused:
        print(f"unused: {_shown(key)}")
    print(f"translations: {len(found.ids)} texts, {len(wrong)} to mend, {len(unused)} unused")
    return 1 if wrong or (fail_unused and unused) else 0


def _extract() -> int:
    """Print missing texts as the JSON that `add` reads."""
    found, texts = scan(ROOT), read(PO)
    wanted: list[str | tuple[str, str]] = [*found.single, *found.plural]
    missing = {key if isinstance(key, str) else key[0]: "" for key in wanted if not texts.get(key)}
    print(json.dumps(missing, ensure_ascii=False, indent=1))
    return 0


def _prune() -> int:
    """Write the catalogue without the texts that nothing uses."""
    with _locked(PO.parent):
        texts = read(PO)
        gone = _unused(scan(ROOT), texts)
        write(PO, {key: text for key, text in texts.items() if key not in gone})
    print(f"{len(gone)} unused texts dropped")
    return 0


def _compile() -> int:
    """Write the .mo beside the .po."""
    PO.with_suffix(".mo").write_bytes(resources.compiled(PO))
    return 0


if __name__ == "__main__":
    sys.exit(main())
