"""Words of the scanner's settings and test bench: why a row of keys counts as what it is, and what was put right."""

from __future__ import annotations

from app.i18n import N_, _
from app.scanner.frame import symbology_words
from app.scanner.heard import Heard
from app.ui import formats
from app.ui.live import Words, text_of
from app.ui.refusal_words import code_words, refusal_words
from core.visible import shown

RULES = {
    "machine": N_("rhythm of a scanner"),
    "fast": N_("rhythm of a radio scanner"),
    "steady": N_("even rhythm of a scanner that waits between characters"),
    "joined": N_("came in pieces that belong together"),
    "slow": N_("typing: too slow or too uneven for a scanner"),
    "held": N_("typing: keys were held as people hold them"),
    "short": N_("typing: too few keys"),
    "repeat": N_("typing: one key, held down"),
    "no_enter": N_("typing: no Enter, and not fast enough to be sure without one"),
    "frame": N_("typing: prefix or suffix is not there"),
    "long": N_("typing: more than 4,096 keys"),
    "scan_mixed": N_("typing: keys overlap"),
    "scan_doubtful": N_("typing: came in pieces"),
}
MENDED = {
    "caps": N_("Caps Lock was on: letters turned around"),
    "caps_kept": N_("Caps Lock was on: letters left as they came"),
    "layout": N_("read by the scanner’s own keyboard"),
    "input_method": N_("an input method took keys: read by their places"),
    "wide": N_("full-width characters made narrow"),
}
KINDS = {"scan": (N_("Scan accepted"), "ok"), "refused": (N_("Scan refused"), "bad"), "typing": (N_("Typing"), "grey")}
LAYOUTS = {
    "": N_("Not known yet"), "pc": N_("As the computer’s"), "us": N_("US"), "de": N_("German"), "fr": N_("French"),
}  # fmt: skip
PARITIES = {"N": N_("no parity"), "E": N_("even parity"), "O": N_("odd parity")}
_MOST_BYTES = 60


def word(table: dict[str, str], key: str) -> Words:
    """A word of one of the tables above."""
    return lambda: _(table[key]) if key in table else key


def source_words(heard: Heard) -> str:
    """Device, number of characters, symbology."""
    parts = [text_of(code_words("scan", heard.source)), heard.device, _("{n} characters").format(n=len(heard.text))]
    return " · ".join([*filter(None, parts), symbology_words(heard.symbology_id) or _("symbology not told")])


def rule_words(heard: Heard) -> str:
    """Why it was accepted or not, in figures; empty for what has no rhythm."""
    if heard.refusal is not None:
        reason = text_of(refusal_words(heard.refusal))
    else:
        reason = _(RULES[heard.rule]) if heard.rule in RULES else ""
    if heard.keys > 1:
        figures = _("{median} ms between keys, {n} keys in {total} ms").format(
            median=formats.number(round(heard.median_ms)), n=heard.keys, total=formats.number(round(heard.span_ms))
        )
        reason = " · ".join(filter(None, (reason, figures)))
    mended = [_(MENDED[one]) for one in heard.mended]
    return " · ".join(filter(None, (reason, *mended)))


def bytes_words(raw: bytes) -> str:
    """The first bytes as hexadecimal digits."""
    return raw[:_MOST_BYTES].hex(" ").upper() + (" …" if len(raw) > _MOST_BYTES else "")


def support_line(time: str, heard: Heard, meaning: str) -> str:
    """One scan as a line of text for support."""
    kind = _(KINDS[heard.kind][0])
    parts = [time, kind, source_words(heard), rule_words(heard), meaning, shown(heard.raw.decode(errors="replace"))]
    return " | ".join(filter(None, [*parts, heard.raw.hex(" ").upper()]))
