"""The language of the window and of the command line: choose it at once, hear when it changes; knows no Qt.

Texts are English in the code: `_("{n} to send").format(n=3)`. Nothing but a constant may stand inside `_()`.
"""

from __future__ import annotations

import gettext
import locale
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import ismethod

import resources


class _State:
    """The language of this process; there is one person at one window."""

    def __init__(self) -> None:
        self.code = "en"
        self.texts: gettext.NullTranslations = gettext.NullTranslations()
        self.listeners: list[Callable[[], Callable[[], object] | None]] = []


_state = _State()
_spoken: ContextVar[str] = ContextVar("spoken", default="")
"""Another language than the process's, as long as one paper is written; each thread has its own."""


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Let this thread's texts come in another language, for a paper; "" leaves the window's. Nobody is told of it."""
    token = _spoken.set(resources.normal_language(code) if code else "")
    try:
        yield
    finally:
        _spoken.reset(token)


def _texts() -> gettext.NullTranslations:
    spoken = _spoken.get()
    return resources.catalogue(spoken) if spoken else _state.texts


def set_language(code: str) -> str:
    """Switch to a language (a code of ours or a system's name for one), tell the listeners, return its code."""
    normal = resources.normal_language(code)
    texts = resources.catalogue(normal)
    changed = normal != _state.code
    _state.code, _state.texts = normal, texts
    if changed:
        _tell()
    return normal


def system_language() -> str:
    """Return the language to begin with: FIXPOINT_LANGUAGE, else what the system speaks."""
    named = [os.environ.get(name, "") for name in ("FIXPOINT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    return resources.normal_language(next(filter(None, named), None) or locale.getlocale()[0] or "en")


def language() -> str:
    """Return the code of the language in use."""
    return _spoken.get() or _state.code


def _(message: str) -> str:
    """Return a text in the language in use."""
    return _texts().gettext(message) if message else ""


def ngettext(one: str, many: str, n: int) -> str:
    """Return the form of a text for a number, in the language in use."""
    return _texts().ngettext(one, many, n)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark here, translate where it is shown"
    """Mark a constant for translation where it is only shown later by `_()`."""
    return message


def on_change(callback: Callable[[], object]) -> Callable[[], None]:
    """Call back after each change of language; returns how to stop it. Methods are held weakly: closed pages vanish."""
    held: Callable[[], Callable[[], object] | None]
    held = weakref.WeakMethod(callback) if ismethod(callback) else (lambda: callback)
    _state.listeners.append(held)

    def stop() -> None:
        if held in _state.listeners:
            _state.listeners.remove(held)

    return stop


def _tell() -> None:
    """Call every listener that is still there and forget the others."""
    for held in tuple(_state.listeners):
        callback = held()
        if callback is None:
            _state.listeners.remove(held)
        else:
            callback()
