"""Refusals, codes and catalogue names as words that follow the language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import resources
from app.i18n import _, language
from app.ui.background import Failure, report_defect
from app.ui.live import Words
from core.refusals import Refusal
from core.words import word


def refusal_words(refusal: Refusal) -> Words:
    """The refusal's sentence."""
    return lambda: resources.sentence(refusal, language())


def reason_words(code: str, facts: Mapping[str, Any]) -> Words:
    """Why HQ refused; a reason this version does not know is told by its code."""
    try:
        refusal = Refusal(code, **facts)
        refusal.sentence()
    except (KeyError, TypeError, ValueError, IndexError):
        return lambda: _("HQ gave the reason “{code}”.").format(code=code)
    return refusal_words(refusal)


def told(failure: Failure) -> Words:
    """What to show for a failure; a defect is reported, and the person told that nothing was lost."""
    refusal = failure.refusal
    if refusal is not None:
        return refusal_words(refusal)
    report_defect(failure)
    return lambda: _("The program made an error. Nothing was changed; the error is in the log.")


def code_words(family: str, code: str) -> Words:
    """The word of a code of `core.words`."""
    return lambda: _(word(family, code))


def name_words(zh: str, en: str) -> Words:
    """A catalogue name in the language in use."""
    return lambda: (zh if language() == "zh_CN" else en) or zh or en
