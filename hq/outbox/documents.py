"""The ERP outbox's table: one row per document, kept by branch."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from hq.store.schema import erp_outbox


class Document(NamedTuple):
    """One document: ``text`` is its JSON form."""

    branch_id: str
    id: str
    kind: str
    text: str


def add(connection: Connection, document: Document, now: datetime) -> None:
    """Store the document, in place of an earlier one of the same id."""
    withdraw(connection, document.branch_id, document.id)
    values = {"branch_id": document.branch_id, "id": document.id, "kind": document.kind, "document": document.text}
    connection.execute(insert(erp_outbox).values(**values, made_at=now, attempts=0, problem=""))


def withdraw(connection: Connection, branch_id: str, document_id: str) -> None:
    """Take a document out again."""
    columns = erp_outbox.c
    connection.execute(delete(erp_outbox).where(columns.branch_id == branch_id, columns.id == document_id))


def documents_of(connection: Connection, branch_id: str, kind: str) -> list[Document]:
    """A branch's documents of a kind, in the order of their ids."""
    columns = erp_outbox.c
    wanted = (columns.branch_id == branch_id, columns.kind == kind)
    found = select(columns.branch_id, columns.id, columns.kind, columns.document).where(*wanted).order_by(columns.id)
    return [Document(*row) for row in connection.execute(found)]


def delivered(connection: Connection, branch_id: str, document_id: str, now: datetime) -> None:
    """Note that the document was delivered."""
    columns = erp_outbox.c
    wanted = (columns.branch_id == branch_id, columns.id == document_id)
    values = {"delivered_at": now, "attempts": columns.attempts + 1}
    connection.execute(update(erp_outbox).where(*wanted).values(values))
