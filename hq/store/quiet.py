"""What a database's error may say: its kind and where, never the row that failed."""

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

_NAMES = ("table_name", "column_name", "constraint_name")


def keep_rows_out(engine: Engine) -> None:
    """Have the errors of ``engine`` say their kind and SQLSTATE alone: PostgreSQL's text shows customers' data.

    Whoever logs such an error, this program or a library, then logs no row. SQLite's text names columns only.
    """
    event.listen(engine, "handle_error", _on_error)


def _on_error(context: ExceptionContext) -> None:
    original = context.original_exception
    state = getattr(original, "sqlstate", None)
    if state is None:  # not the database's own: no connection, a defect here
        return
    text = " ".join([type(original).__name__, str(state), *_places(original)])
    original.args = (text,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (text,)


def _places(error: BaseException) -> list[str]:
    """Names of the schema, which is no secret."""
    diagnosis = getattr(error, "diag", None)
    return [f"{name}={found}" for name in _NAMES if (found := getattr(diagnosis, name, None))]
