"""Data that ships with both programs (texts, icons, forms, sample policies) and the one loader that reads it."""

from __future__ import annotations

import contextlib
import functools
import gettext
import io
import os
import re
from pathlib import Path

from core.refusals import Refusal
from core.words import fact_word

LANGUAGES = ("zh_CN", "en")
"""The languages people can choose; `pseudo` exists beside them for layout tests."""

_HERE = Path(__file__).resolve().parent
_PLACEHOLDER = re.compile(r"(\{[^{}]*\}|%\([^)]*\)[a-z]|<[^<>]*>)")
_ACCENTS = str.maketrans("aceinouyACEINOUY", "áçéîñóúýÁÇÉÎÑÓÚÝ")


def path(*parts: str) -> Path:
    """Return where a shipped file or folder lies; raises ValueError for a way out of the folder."""
    found = _HERE.joinpath(*parts)
    if not found.resolve().is_relative_to(_HERE):
        raise ValueError(f"not inside the resources folder: {parts!r}")
    return found


def read_text(*parts: str) -> str:
    """Return a shipped UTF-8 text; raises FileNotFoundError."""
    return path(*parts).read_text(encoding="utf-8")


def normal_language(code: str) -> str:
    """Fold what systems call a language (`zh-Hans-CN`, `en_GB.UTF-8`) to one of ours; unknown ones are English."""
    low = code.replace("-", "_").lower()
    if low.startswith(("zh", "chinese")):  # Windows spells it out
        return "zh_CN"
    return "pseudo" if low == "pseudo" else "en"


@functools.cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the texts of a language, read once; English is the source and needs no file."""
    code = normal_language(language)
    if code == "en":
        return gettext.NullTranslations()
    if code == "pseudo":
        return _Pseudo()
    po = path("locale", code, "LC_MESSAGES", "fixpoint.po")
    mo = po.with_suffix(".mo")
    if mo.exists() and (not po.exists() or mo.stat().st_mtime >= po.stat().st_mtime):
        return gettext.GNUTranslations(io.BytesIO(mo.read_bytes()))
    return gettext.GNUTranslations(io.BytesIO(_kept(po, mo)))


def _kept(po: Path, mo: Path) -> bytes:
    """Compile the texts and keep them beside the source for the next start, where that folder can be written."""
    read_at = po.stat()
    content = compiled(po)
    fresh = mo.with_suffix(f".{os.getpid()}.mo")
    with contextlib.suppress(OSError):
        fresh.write_bytes(content)
        os.utime(fresh, ns=(read_at.st_atime_ns, read_at.st_mtime_ns))  # older than a source that changed meanwhile
        fresh.replace(mo)
    return content


def compiled(po: Path) -> bytes:
    """Compile a .po file to the bytes of a .mo file."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    out = io.BytesIO()
    with po.open("rb") as source:
        write_mo(out, read_po(source, locale=po.parent.parent.name))
    return out.getvalue()


def sentence(refusal: Refusal, language: str) -> str:
    """Return a refusal as a sentence in a person's language: its facts filled in, those that are codes as words."""
    say = catalogue(language).gettext
    words = {name: say(english) for name, value in refusal.facts.items() if (english := fact_word(name, value))}
    return Refusal(refusal.code, **(refusal.facts | words)).sentence(say(refusal.template.text))


class _Pseudo(gettext.NullTranslations):
    """A language nobody speaks: accented, half as long again, in brackets; untranslated or cut texts stand out."""

    def gettext(self, message: str) -> str:
        """Return the message made longer, its placeholders untouched."""
        parts = _PLACEHOLDER.split(message)
        accented = "".join(part if i % 2 else part.translate(_ACCENTS) for i, part in enumerate(parts))
        return f"[{accented} {'~' * (len(message) // 2)}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for n, made longer."""
        return self.gettext(msgid1 if n == 1 else msgid2)
