"""How a command answers: one JSON object for programs, sentences for people, and the fixed exit codes."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

import resources
from app import i18n
from app.cli.problems import problem_words
from app.i18n import _
from core.preflight import SENTENCES as FINDINGS
from core.refusals import Kind, Refusal
from core.words import fact_word

DONE, USAGE, REFUSED, UNREACHABLE, INTERRUPTED = 0, 2, 3, 4, 130


class Answer(NamedTuple):
    """What a command found: ``facts`` for programs, ``text`` for people (made from the facts when empty).

    ``code`` is the exit code: an answer may tell what it can and be refused all the same.
    """

    facts: Any
    text: str = ""
    code: int = DONE


def show(answer: Answer, *, as_json: bool) -> None:
    """Print an answer."""
    if as_json:
        print(json.dumps(msgspec.to_builtins(answer.facts), ensure_ascii=False))
    else:
        print(answer.text or pretty(answer.facts))


def refuse(refusal: Refusal, *, as_json: bool) -> int:
    """Print a refusal (JSON to standard output, a sentence to standard error) and return its exit code."""
    if as_json:
        print(json.dumps(refusal_facts(refusal), ensure_ascii=False))
    else:
        print(sentence(refusal), file=sys.stderr)
    return exit_code(refusal)


def exit_code(refusal: Refusal) -> int:
    """The fixed exit code of a refusal."""
    return UNREACHABLE if refusal.kind is Kind.UNREACHABLE else REFUSED


def refusal_facts(refusal: Refusal) -> dict[str, Any]:
    """``{"code", "facts", "sentence"}``."""
    facts = {name: msgspec.to_builtins(value, enc_hook=str) for name, value in refusal.facts.items()}
    return {"code": refusal.code, "facts": facts, "sentence": sentence(refusal)}


def sentence(refusal: Refusal) -> str:
    """The refusal in the language in use, its codes as words."""
    spoken = {name: _spoken(name, value) for name, value in refusal.facts.items()}
    said = resources.sentence(Refusal(refusal.code, **spoken), i18n.language())
    findings = refusal.facts.get("findings")
    return "\n".join([said, *_findings(findings)]) if isinstance(findings, list) else said


def _findings(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each thing to mend, each once."""
    lines = []
    for finding in found:
        facts = {name: _spoken(name, value) for name, value in finding["facts"].items()}
        lines.append("- " + _(FINDINGS[finding["rule"]]).format_map(facts))
    return list(dict.fromkeys(lines))


def _spoken(name: str, value: Any) -> Any:
    if name == "problem":
        return problem_words(str(value))
    english = fact_word(name, value)
    return value if english is None else _(english)


def pretty(facts: Any) -> str:
    """Facts as indented JSON: readable without a text of their own."""
    return json.dumps(msgspec.to_builtins(facts), ensure_ascii=False, indent=2)


def table(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """A plain table; Chinese characters count as two columns."""
    widths = [max(_width(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    lines = ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
