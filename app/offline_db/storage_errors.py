"""What the encrypted database's errors mean to a person: the one place where SQLite's codes become refusals."""

from pathlib import Path

from core.refusals import Refusal

# Primary result codes of SQLite (https://www.sqlite.org/rescode.html); extended codes carry them in the low byte.
_PERM, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 3, 5, 6, 8, 10, 11, 13, 14, 26
_CODES = {
    _PERM: "database_unwritable",
    _READONLY: "database_unwritable",
    _CANTOPEN: "database_unwritable",
    _BUSY: "database_busy",
    _LOCKED: "database_busy",
    _IOERR: "disk_error",
    _FULL: "disk_full",
}


def _primary_code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def is_damage(error: BaseException) -> bool:
    """Whether ``error`` says that a page of the file can't be read or trusted (or that the key is another one)."""
    return _primary_code(error) in (_CORRUPT, _NOTADB)


def refusal_of(error: BaseException, folder: Path) -> Refusal | None:
    """The refusal for a driver's ``error``; None for damage (see :func:`is_damage`) and for defects of the program."""
    code = _CODES.get(_primary_code(error) or 0)
    return Refusal(code, folder=str(folder)) if code else None
