"""Files that somebody has prepared: tampered backups change nothing and end in a sentence; HQ’s files are private."""

import hashlib
import json
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from hq.cli.main import REFUSED, main

Lines = list[bytes]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hq") / "data"
    assert main(["--data", str(folder), "init"]) == 0
    assert main(["--data", str(folder), "backup", str(folder.parent / "backup.fxb")]) == 0
    return folder


@pytest.fixture(scope="module")
def lines(data) -> Lines:
    packed = (data.parent / "backup.fxb").read_bytes()
    return zstandard.ZstdDecompressor().stream_reader(packed).read().split(b"\n")[:-1]


def proved(lines: Lines, path: Path) -> Path:
    """A backup whose end fits its lines, as somebody makes it who knows the form."""
    *body, last = lines
    whole = b"".join(line + b"\n" for line in body)
    rows = Counter(one[1] for one in map(json.loads, body[1:]) if isinstance(one, list) and one[0] == "r")
    end = ["e", dict(rows), json.loads(last)[2], hashlib.sha256(whole).hexdigest()]
    path.write_bytes(zstandard.ZstdCompressor().compress(whole + json.dumps(end).encode() + b"\n"))
    return path


def of(lines: Lines, table: str) -> int:
    return next(i for i, line in enumerate(lines) if line.startswith(f'["r","{table}"'.encode()))


def changed(lines: Lines, table: str, change: Callable[[list[object]], list[object]]) -> Lines:
    at = of(lines, table)
    kind, name, values = json.loads(lines[at])
    return [*lines[:at], json.dumps([kind, name, change(values)]).encode(), *lines[at + 1 :]]


def with_column(lines: Lines) -> Lines:
    head = json.loads(lines[0])
    head["tables"]["place"] = ["nope"]
    return [json.dumps(head).encode(), *lines[1:]]


TAMPERED: dict[str, Callable[[Lines], Lines]] = {
    "table": lambda lines: [lines[0], b'["r","sqlite_master",["x"]]', *lines[1:]],
    "column": with_column,
    "short": lambda lines: changed(lines, "reference_document", lambda values: values[:-1]),
    "types": lambda lines: changed(lines, "feed_meta", lambda values: [{"x": 1} for _ in values]),
    "twice": lambda lines: [*lines[:-1], lines[of(lines, "product_class")], lines[-1]],
    "path": lambda lines: [*lines[:-1], b'["b","../../evil","eA=="]', lines[-1]],
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_prepared_backup_changes_nothing(data, lines, tmp_path, capsys, name):
    prepared = proved(TAMPERED[name](lines), tmp_path / "prepared.fxb")
    assert main(["--data", str(data), "--json", "restore", str(prepared)]) == REFUSED
    assert json.loads(capsys.readouterr().out)["code"] == "backup_damaged"
    assert main(["--data", str(data), "check"]) == 0
    assert not list(data.parent.rglob("evil"))


def test_the_same_tool_makes_a_backup_that_is_taken(lines, tmp_path, capsys):
    kept = proved(lines, tmp_path / "kept.fxb")
    assert main(["--data", str(tmp_path / "new"), "restore", str(kept)]) == 0


def test_what_hq_writes_is_for_its_own_user_alone(data):
    files = [path for path in data.parent.rglob("*") if path.is_file()]
    assert {"hq.db", "backup.fxb"} <= {path.name for path in files}
    assert [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


IMPORTS = {
    "gbk.csv": "id,name\n1,中文\n".encode("gbk"),
    "nul.csv": b"id,code\n\0,\0\n",
    "utf16.csv": "id\n1".encode("utf-16"),
    "deep.json": b"[" * 100_000,
    "nested.json": b'[{"id":' + b"[" * 900 + b"]" * 900 + b"}]",
    "field.csv": b'id\n"' + b"x" * 200_000 + b'"\n',
    "cells.csv": b"id\n1,2,3\n",
    "number.json": b'[{"id": ' + b"9" * 5_000 + b"}]",
    "infinite.json": b'[{"id":1e999}]',
    "null.json": b"null",
    "empty.csv": b"",
}


@pytest.mark.parametrize("kind", ["models", "people", "registry"])
@pytest.mark.parametrize("name", IMPORTS)
def test_an_import_that_is_none_ends_in_a_sentence(data, tmp_path, capsys, kind, name):
    (tmp_path / name).write_bytes(IMPORTS[name])
    assert main(["--data", str(data), "--json", "import", kind, str(tmp_path / name)]) == REFUSED
    assert json.loads(capsys.readouterr().out)["sentence"]
