"""Finds every text that the sources mark for translation, and every mark that cannot work."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDERS = ("app", "hq", "core", "rowstore")
_SINGLE = {"_", "N_", "gettext"}
_PLURAL = {"ngettext"}
_TABLES = {"REASONS", "RULES", "PROBLEMS", "SENTENCES", "WORDS"}
_NAMED = re.compile(r"\{([^{}!:]*)[^{}]*\}")


@dataclass
class Found:
    """What the sources hold: plain texts, pairs (one, many), and complaints; each text with where it stands first."""

    single: dict[str, str] = field(default_factory=dict)
    plural: dict[tuple[str, str], str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def ids(self) -> set[str]:
        """Return every msgid that needs a translation; a pair counts by its singular."""
        return set(self.single) | {one for one, _many in self.plural}


def placeholders(text: str) -> list[str]:
    """Return the names of a text's `{placeholders}`, sorted."""
    return sorted(_NAMED.findall(text.replace("{{", "").replace("}}", "")))


def scan(root: Path, folders: tuple[str, ...] = FOLDERS) -> Found:
    """Read every module under the folders and the refusals' sentences."""
    found = Found()
    for file in _modules(root, folders):
        where = file.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), filename=where)):
            if isinstance(node, ast.Call):
                _take_call(node, where, found)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and where.startswith("core/"):
                _take_table(node, where, found)
    for template in _refusal_templates():
        found.single.setdefault(template, "core/refusals.py")
    return found


def _modules(root: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def _take_table(node: ast.Assign | ast.AnnAssign, where: str, found: Found) -> None:
    """Note the texts of a table: core marks nothing, it keeps its texts in known dictionaries or a `sentences.py`."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    named = any(isinstance(target, ast.Name) and target.id in _TABLES for target in targets)
    if node.value is None or not (named or where.endswith("/sentences.py")):
        return
    for table in ast.walk(node.value):
        for text in table.values if isinstance(table, ast.Dict) else ():
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found.single.setdefault(text.value, f"{where}:{text.lineno}")


def _take_call(node: ast.Call, where: str, found: Found) -> None:
    """Note one call of `_()` or `ngettext()`, or what is wrong with it."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    place = f"{where}:{node.lineno}"
    if name in _SINGLE and node.args:
        text = _constant(node.args[0], place, found)
        if text:
            found.single.setdefault(text, place)
    elif name in _PLURAL and len(node.args) >= 2:
        one, many = (_constant(argument, place, found) for argument in node.args[:2])
        if one and many:
            found.plural.setdefault((one, many), place)


def _constant(argument: ast.expr, place: str, found: Found) -> str | None:
    """Return a constant text; a name is fine (it was marked elsewhere); anything built on the spot is a complaint."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.JoinedStr | ast.BinOp):
        found.wrong.append(f'{place}: a text put together inside the mark; use _("… {{name}}").format(name=…)')
    elif isinstance(argument, ast.Call) and getattr(argument.func, "attr", "") == "format":
        found.wrong.append(f"{place}: .format() inside the mark; put it outside")
    return None


def _refusal_templates() -> list[str]:
    """Return the sentences of `core.refusals`."""
    from core import refusals

    return [template.text for template in refusals.CATALOGUE.values()]
