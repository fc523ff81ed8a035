"""The log of a profile: rotating files of bounded size, private, with secrets masked before they are written."""

import logging
import os
import re
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from app.files import open_private
from app.offline_db.profile import Profile

FILES = 5
FILE_BYTES = 2 * 1024 * 1024
_MASK = "…"
# Raw keys, authorisation headers and named secrets; each keeps its name so that a reader knows what was there.
_SECRETS = re.compile(
    r"(x'+)[0-9a-fA-F]{32,}|(\bauthorization\b[\"']?\s*[:=]\s*)[^\n]+|(\bbearer\s+)[\w.~+/=-]+"
    r"|(\b(?:password|passphrase|token|secret|api[_-]?key|enrol\w*[_ -]code)\b[\"']?\s*[:=]\s*)"
    r"(?:\"[^\"]*\"|'[^']*'|[^\s,;}]+)",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """``text`` with keys, tokens and passwords replaced by an ellipsis."""
    return _SECRETS.sub(lambda found: f"{found[1] or found[2] or found[3] or found[4]}{_MASK}", text)


class _Masking(logging.Formatter):
    """Formats first and masks afterwards, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class _PrivateRotatingFile(RotatingFileHandler):
    """A rotating file that only this person may read."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        stream: IO[str] = os.fdopen(open_private(Path(self.baseFilename), flags), "a", encoding="utf-8")
        assert isinstance(stream, TextIOWrapper)
        return stream


def start_log(profile: Profile, name: str = "window", level: int = logging.INFO) -> logging.Handler:
    """Write the program's log to ``log/NAME.log`` (5 files of 2 MB); the handler is returned so that it can be removed.

    Each kind of process names its own file: two processes that rotate one file would lose lines.
    """
    handler = _PrivateRotatingFile(profile.log / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES - 1, delay=True)
    handler.setFormatter(_Masking("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    return handler
