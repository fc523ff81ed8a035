"""How a statement and its lines are told: words, tones, columns, and the table that is exported."""

from __future__ import annotations

from app.i18n import _, ngettext
from app.queries.settlement import LineRow, StatementRow, StatementView
from app.ui import formats
from app.ui.background import Failure
from app.ui.live import Words, text_of
from app.ui.refusal_words import code_words, name_words, told
from app.ui.widgets import (
    Column,
)
from core.sentences import DIFFERENCES

STATE_TONES = {"draft": "warn", "disputed": "bad", "confirmed": "blue", "paid": "ok", "posted": "ok"}


def problem(failure: Failure) -> Words:
    """Why the file could not be written."""
    return str(failure.error.strerror or "") if isinstance(failure.error, OSError) else told(failure)


def passes(line: LineRow, wanted: str) -> bool:
    """Whether the filter lets the line through."""
    return wanted == "all" or (wanted == "differ" and bool(line.class_)) or (wanted == "disputed" and line.disputed)


def judgement(view: StatementView) -> tuple[str, Words, Words]:
    """The banner: tone, words and detail on how the figures compare."""
    count, worth = len(view.differences), formats.money(abs(view.hq_fen - view.own_fen))
    if not count:
        return "ok", lambda: _("Every line agrees"), lambda: _("Recomputed here from your own orders and the tariff.")
    if view.hq_fen < view.own_fen:
        return (
            "warn",
            lambda: ngettext("{n} difference", "{n} differences", count).format(n=count),
            lambda: _("HQ pays {amount} less than your own figure.").format(amount=worth),
        )
    return (
        "blue",
        lambda: ngettext("{n} difference", "{n} differences", count).format(n=count),
        lambda: _("They are not to your cost."),
    )


def run_words(row: StatementRow) -> str:
    """Which claims a run holds."""
    return _("sound") if row.run == 1 else _("checked")


def state_word(row: StatementRow) -> str:
    """A statement's state."""
    return text_of(code_words("statement", row.state))


def line_columns() -> list[Column[LineRow]]:
    """The columns of a statement's lines."""
    return [
        Column(lambda: _("Order"), lambda line: line.order_number or "—", tone=lambda _line: "link", width=138),
        Column(lambda: _("Line"), _kind, second=_part, width=150),
        Column(lambda: _("HQ"), lambda line: formats.money(line.hq_fen), number=True, width=92),
        Column(lambda: _("Own"), lambda line: formats.money(line.own_fen), number=True, width=92),
        Column(lambda: _("Difference"), _difference, number=True, width=88),
        Column(lambda: _("Class"), _class, tone=_class_tone, width=118),
        Column(lambda: _("Explanation"), _explained, tone=lambda _line: "muted", stretch=True),
    ]


def _kind(line: LineRow) -> str:
    return text_of(code_words("fee", line.kind))


def _part(line: LineRow) -> str:
    return text_of(name_words(line.part_zh, line.part_en))


def _difference(line: LineRow) -> str:
    return formats.money(line.hq_fen - line.own_fen) if line.hq_fen != line.own_fen else "—"


def _class(line: LineRow) -> str:
    if line.disputed:
        return _("Disputed")
    return text_of(code_words("difference", line.class_)) if line.class_ else _("Agrees")


def _class_tone(line: LineRow) -> str:
    return "bad" if line.disputed else "warn" if line.class_ else "ok"


def _explained(line: LineRow) -> str:
    if line.disputed:
        return line.dispute_reason
    return _(DIFFERENCES[line.class_]) if line.class_ else ""


def comparison(view: StatementView) -> list[list[str]]:
    """The comparison as a table with its heads, amounts in yuan."""
    head = [_("Order"), _("Line"), _("Part"), _("HQ"), _("Own"), _("Difference"), _("Class"), _("Explanation")]
    rows = [
        [
            line.order_number,
            _kind(line),
            " ".join(filter(None, (line.part_id, _part(line)))),
            _yuan(line.hq_fen),
            _yuan(line.own_fen),
            _yuan(line.hq_fen - line.own_fen),
            _class(line),
            _explained(line),
        ]
        for line in view.lines
    ]
    return [head, *rows]


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
